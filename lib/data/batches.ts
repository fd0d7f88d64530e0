import type { ClassEntry } from "papilio/core/classes.ts";
import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import { Random } from "papilio/core/random.ts";
import { augment } from "papilio/data/augment.ts";
import type { BinaryMask, Case, ChannelImage, ClassMask } from "papilio/data/case.ts";
import { readClassMask } from "papilio/data/class_masks.ts";
import { decodeResized, imageSize } from "papilio/data/decode.ts";
import type { IntensityRange } from "papilio/data/intensities.ts";
import { readMask, readMaskResizedAny, resizeMask } from "papilio/data/masks.ts";
import { limitTo } from "papilio/data/_limit.ts";

/** Cases decoded at the same time: enough for sharp's threads, few enough for memory. */
const CASES_AT_ONCE = 8;
/** Batches that are being made while one is computed on. */
const BATCHES_AHEAD = 2;

/** Cases in the form that the network takes; bytes, because the engine casts them itself. */
export interface Batch {
  ids: string[];
  /** `[size, sidePx, sidePx, channels]`, 0…255. */
  images: Uint8Array;
  /** `[size, sidePx, sidePx, 1]`, 0 or 1; with classes their numbers, or `IGNORED`. */
  masks: Uint8Array;
  /** Cases in this batch; the last one of an epoch may have fewer. */
  size: number;
}

export interface BatchSourceOptions {
  sidePx: number;
  maskResize: Config["maskResize"];
  /** The class table; without entries (the default) there is one mask of 0 and 1. */
  classes?: readonly ClassEntry[];
  /** Of the images: 1 is grey, 3 (the default) RGB, others are as the files have them. */
  channels?: number;
  /** Which of their values become 0…255; by default all that the format holds. */
  intensityRange?: IntensityRange;
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
  image: ChannelImage;
  mask: BinaryMask | ClassMask;
}

/**
 * Cases as batches, decoded ahead, kept in memory as far as they fit, shuffled and varied by seed.
 *
 * Order and augmentation of an epoch depend on the seed and its number alone, so that an epoch is the
 * same in a run that was resumed.
 */
export class BatchSource {
  readonly #cases: readonly Case[];
  readonly #options: Required<BatchSourceOptions>;
  readonly #cache = new Map<string, Sample>();
  readonly #cacheLimit: number;
  readonly #limited = limitTo(CASES_AT_ONCE);

  /** @throws {PapilioError} for `maskResize: "any"` with classes. */
  constructor(cases: readonly Case[], options: BatchSourceOptions) {
    const complete = { classes: [], channels: 3, intensityRange: "format" as const, ...options };
    checkMaskResize(complete);
    const bytesPerCase = complete.sidePx ** 2 * (complete.channels + 1);
    this.#cases = cases;
    this.#options = complete;
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
    const { sidePx, channels, intensityRange } = this.#options;
    const [image, mask] = await Promise.all([
      decodeResized(item.imagePath, sidePx, { caseId: item.id, channels, intensityRange }),
      readMaskAt(item, this.#options),
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

/**
 * Refuses a way of resizing masks that mixes neighbours, where there are classes.
 *
 * @throws {PapilioError} for `"any"` with classes.
 */
export function checkMaskResize(
  { maskResize, classes }: Pick<Config, "maskResize"> & { classes: readonly ClassEntry[] },
): void {
  if (maskResize === "nearest" || classes.length === 0) return;
  throw new PapilioError({
    cannot: `resize masks of ${classes.length} classes by "${maskResize}"`,
    expected: '"nearest"; "any" would let every class grow over the others',
    got: `"${maskResize}"`,
    remedy: "Leave --mask-resize out, or --classes.",
  });
}

async function readMaskAt(
  item: Case,
  { sidePx, maskResize, classes }: Required<BatchSourceOptions>,
): Promise<BinaryMask | ClassMask> {
  const size = await imageSize(item.imagePath, { caseId: item.id });
  if (maskResize === "any") return await readMaskResizedAny(item, sidePx, size);
  const mask = classes.length > 0
    ? await readClassMask(item, size, classes)
    : await readMask(item, size);
  return resizeMask(mask, sidePx, sidePx);
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
  return {
    ids: samples.map(({ id }) => id),
    images: concatenated(samples.map(({ image }) => image.data)),
    masks: concatenated(samples.map(({ mask }) => mask.data)),
    size: samples.length,
  };
}

/** Arrays of one length in a row. */
function concatenated(arrays: readonly Uint8Array[]): Uint8Array {
  const length = arrays[0]?.length ?? 0;
  const whole = new Uint8Array(arrays.length * length);
  for (const [i, array] of arrays.entries()) whole.set(array, i * length);
  return whole;
}
