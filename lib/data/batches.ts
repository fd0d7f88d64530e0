import type { Config } from "papilio/core/config.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import { Random } from "papilio/core/random.ts";
import { augment } from "papilio/data/augment.ts";
import type { BinaryMask, Case, RgbImage } from "papilio/data/case.ts";
import { decodeResized, imageSize } from "papilio/data/decode.ts";
import { readMask, readMaskResizedAny, resizeMask } from "papilio/data/masks.ts";
import { limitTo } from "papilio/data/_limit.ts";

/** Cases decoded at the same time: enough for sharp's threads, few enough for memory. */
const CASES_AT_ONCE = 8;
/** Batches that are being made while one is computed on. */
const BATCHES_AHEAD = 2;

/** Cases in the form that the network takes; bytes, because the engine casts them itself. */
export interface Batch {
  ids: string[];
  /** `[size, sidePx, sidePx, 3]`, 0…255. */
  images: Uint8Array;
  /** `[size, sidePx, sidePx, 1]`, 0 or 1. */
  masks: Uint8Array;
  /** Cases in this batch; the last one of an epoch may have fewer. */
  size: number;
}

export interface BatchSourceOptions {
  sidePx: number;
  maskResize: Config["maskResize"];
  /** Memory for decoded cases; those beyond it are read anew in each epoch. */
  cacheMegabytes: number;
  seed: number;
  /** How images are varied in epochs that ask for it; null, or `enabled: false`: not at all. */
  augment: Config["augment"] | null;
}

export interface EpochOptions {
  batchSize: number;
  /** Its number: order and augmentation follow from it, whatever epochs were run before. */
  epoch?: number;
  /** Random order; otherwise that of the cases. */
  shuffle?: boolean;
  augment?: boolean;
}

/** A case at the network's size. */
interface Sample {
  id: string;
  image: RgbImage;
  mask: BinaryMask;
}

/**
 * Cases as batches, decoded ahead, kept in memory as far as they fit, shuffled and varied by seed.
 *
 * Order and augmentation of an epoch depend on the seed and its number alone, so that an epoch is the
 * same in a run that was resumed.
 */
export class BatchSource {
  readonly #cases: readonly Case[];
  readonly #options: BatchSourceOptions;
  readonly #cache = new Map<string, Sample>();
  readonly #cacheLimit: number;
  readonly #limited = limitTo(CASES_AT_ONCE);

  constructor(cases: readonly Case[], options: BatchSourceOptions) {
    const bytesPerCase = options.sidePx ** 2 * 4;
    this.#cases = cases;
    this.#options = options;
    this.#cacheLimit = Math.floor(options.cacheMegabytes * 1e6 / bytesPerCase);
  }

  /** Cases that are in memory by now. */
  get cachedCount(): number {
    return this.#cache.size;
  }

  /**
   * Every case once, in batches; the last batch may be smaller.
   *
   * Shapes: see `Batch`.
   * @throws {PapilioError} at the batch of a case that cannot be read; the message names it.
   */
  async *epoch(options: EpochOptions): AsyncGenerator<Batch, void, undefined> {
    const { batchSize, epoch = 0, shuffle = false, augment = false } = options;
    const order = shuffle
      ? Random.from(this.#options.seed, "shuffle", epoch).shuffle(this.#cases)
      : this.#cases;
    const load = async (item: Case) => {
      const sample = await this.#load(item);
      return augment ? this.#vary(sample, epoch) : sample;
    };
    const samples = mapAhead(order, load, BATCHES_AHEAD * batchSize);
    for await (const group of inGroups(samples, batchSize)) yield stack(group);
  }

  async #load(item: Case): Promise<Sample> {
    const cached = this.#cache.get(item.id);
    if (cached) return cached;
    const sample = await this.#limited(() => this.#read(item));
    if (this.#cache.size < this.#cacheLimit) this.#cache.set(item.id, sample);
    return sample;
  }

  async #read(item: Case): Promise<Sample> {
    const { sidePx, maskResize } = this.#options;
    const [image, mask] = await Promise.all([
      decodeResized(item.imagePath, sidePx, { caseId: item.id }),
      readMaskAt(item, sidePx, maskResize),
    ]);
    return { id: item.id, image, mask };
  }

  #vary(sample: Sample, epoch: number): Sample {
    const { augment: options, seed } = this.#options;
    if (!options?.enabled) return sample;
    const random = Random.from(seed, "augment", epoch, sample.id);
    return { id: sample.id, ...augment(sample.image, sample.mask, options, random) };
  }
}

async function readMaskAt(
  item: Case,
  sidePx: number,
  maskResize: Config["maskResize"],
): Promise<BinaryMask> {
  const size = await imageSize(item.imagePath, { caseId: item.id });
  if (maskResize === "any") return await readMaskResizedAny(item, sidePx, size);
  return resizeMask(await readMask(item, size), sidePx, sidePx);
}

async function* inGroups<T>(items: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let group: T[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length === size) {
      yield group;
      group = [];
    }
  }
  if (group.length > 0) yield group;
}

function stack(samples: readonly Sample[]): Batch {
  const pixels = samples[0]?.mask.data.length ?? 0;
  const images = new Uint8Array(samples.length * pixels * 3);
  const masks = new Uint8Array(samples.length * pixels);
  for (const [i, sample] of samples.entries()) {
    images.set(sample.image.data, i * pixels * 3);
    masks.set(sample.mask.data, i * pixels);
  }
  return { ids: samples.map((sample) => sample.id), images, masks, size: samples.length };
}
