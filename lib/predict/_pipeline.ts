import { messageOf } from "papilio/core/errors.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { ChannelImage } from "papilio/data/case.ts";
import { imageSize } from "papilio/data/decode.ts";
import { photoState } from "papilio/predict/_photo_state.ts";
import type { ExportOptions } from "papilio/predict/export.ts";
import type { JournalEntry } from "papilio/predict/journal.ts";
import { type Fractions, writeOutputs } from "papilio/predict/outputs.ts";
import { PixelBudget } from "papilio/predict/_pixel_budget.ts";
import { drawnClasses, type Predictor } from "papilio/predict/predictor.ts";
import { checkClassSteps } from "papilio/predict/postprocess/class_steps.ts";
import {
  decisionOf,
  decodeFor,
  maskByRecipe,
  predictMap,
  type Recipe,
  recipeText,
} from "papilio/predict/recipe.ts";
import type { ProbabilityMap, Size } from "papilio/predict/resize.ts";
import type { Photo } from "papilio/predict/sources.ts";
import type { DrawnClass } from "papilio/report/class_overlay.ts";

/** Photos decoded while others are in the network. */
const DECODED_AHEAD = 4;
/** Photos in line for the network, so that it never waits for JavaScript. */
const PREDICTED_AHEAD = 1;
/** Photos being written. */
const WRITTEN_AHEAD = 3;
/** Of photos at their own size in memory at a time; a larger one comes alone. */
const BUDGET_PIXELS = 64_000_000;

/** A photo on its way; each stage adds what it found. */
interface Work {
  photo: Photo;
  photoState: string;
  milliseconds: number;
  size?: Size;
  image?: ChannelImage;
  map?: ProbabilityMap;
  error?: string;
}

function recipeOf(
  predictor: Predictor,
  { resizeProbabilities = false, tiles, postProcessing = {} }: ExportOptions,
): Recipe {
  const interpolation = resizeProbabilities ? "bilinear" : "nearest";
  const decision = decisionOf(predictor);
  if (decision.classes) checkClassSteps(postProcessing, decision.classes);
  return { ...decision, interpolation, tiles, postProcessing };
}

const nothing: Fractions = { foregroundFraction: 0 };

/** Decoding, network and encoding of many photos, each stage a few photos ahead of the next. */
export class Pipeline {
  readonly #predictor: Predictor;
  readonly #options: ExportOptions;
  readonly #recipe: Recipe;
  readonly #budget = new PixelBudget(BUDGET_PIXELS);
  readonly #classes: readonly DrawnClass[];
  #networkFreeMs = 0;
  /** Time in which the network computed. */
  networkMs = 0;
  /** Hears how many tiles of the photo in the network are done. */
  onTiles: ((done: number, total: number) => void) | undefined;

  /** @throws {PapilioError} if its masks cannot be post-processed so. */
  constructor(predictor: Predictor, options: ExportOptions) {
    this.#predictor = predictor;
    this.#options = options;
    this.#recipe = recipeOf(predictor, options);
    this.#classes = drawnClasses(predictor);
  }

  /** What masks depend on, besides their photos. */
  get settings(): string {
    const { modelHash, inputSidePx } = this.#predictor;
    return `${modelHash.slice(0, 16)} ${inputSidePx} ${recipeText(this.#recipe)}`;
  }

  /** None for binary masks. */
  get classNames(): readonly string[] {
    return this.#recipe.classes ?? [];
  }

  /** Yields each photo's entry once its files are written, in order; fewer if the signal comes. */
  async *run(photos: readonly Photo[], signal?: AbortSignal): AsyncGenerator<JournalEntry> {
    if (this.#recipe.tiles) return yield* this.#oneByOne(photos, signal);
    const begun = mapAhead(
      untilAborted(photos, signal),
      (photo) => this.#decode(photo),
      DECODED_AHEAD,
    );
    const predicted = mapAhead(
      untilAborted(begun, signal),
      (work) => this.#predict(work),
      PREDICTED_AHEAD,
    );
    yield* mapAhead(untilAborted(predicted, signal), (work) => this.#write(work), WRITTEN_AHEAD);
  }

  /** Large photos by tiles: the network takes nearly all the time, and one at a time saves memory. */
  async *#oneByOne(
    photos: readonly Photo[],
    signal: AbortSignal = new AbortController().signal,
  ): AsyncGenerator<JournalEntry> {
    for await (const photo of untilAborted(photos, signal)) {
      const decoded = await this.#decode(photo);
      const predicted = await this.#predict(decoded, signal).catch((error) => {
        if (!signal.aborted) throw error;
      });
      if (!predicted) return; // It counts as not begun.
      yield await this.#write(predicted);
    }
  }

  async #decode(photo: Photo): Promise<Work> {
    const work: Work = { photo, photoState: await photoState(photo.path), milliseconds: 0 };
    return await attempt(work, async () => {
      const size = await imageSize(photo.path);
      return await this.#budget.use(
        size.widthPx * size.heightPx,
        () =>
          timed({ ...work, size }, async () => {
            return { image: await decodeFor(photo.path, this.#predictor, this.#recipe) };
          }),
      );
    });
  }

  /** What the network throws is no photo's fault, and ends the export. */
  async #predict({ image, ...work }: Work, signal?: AbortSignal): Promise<Work> {
    if (!image) return work;
    const askedMs = performance.now();
    const map = await predictMap(this.#predictor, image, {
      ...this.#recipe,
      signal,
      onTiles: this.onTiles,
    });
    const endMs = performance.now();
    const computedMs = endMs - Math.max(askedMs, this.#networkFreeMs);
    this.#networkFreeMs = endMs;
    this.networkMs += computedMs;
    return { ...work, map, milliseconds: work.milliseconds + computedMs };
  }

  async #write(work: Work): Promise<JournalEntry> {
    const { photo: { id, path }, map, size } = work;
    if (!map || !size) return this.#entry(work);
    let fractions: Fractions = nothing;
    const written = await attempt(
      work,
      () =>
        this.#budget.use(size.widthPx * size.heightPx, () =>
          timed(work, async () => {
            const { interpolation, intensityRange } = this.#recipe;
            const { inputChannels } = this.#predictor;
            const how = { interpolation, intensityRange, inputChannels, classes: this.#classes };
            const options = { ...this.#options, ...how };
            const found = { map, ...await maskByRecipe(map, { path, size }, this.#recipe) };
            fractions = await writeOutputs({ id, path }, found, options);
            return {};
          })),
    );
    return this.#entry(written, { ...fractions, meanConfidence: meanConfidence(map) });
  }

  #entry(
    { photo, photoState, size, milliseconds, error = "" }: Work,
    { foregroundFraction, classFractions, meanConfidence }: Fractions & { meanConfidence: number } =
      { ...nothing, meanConfidence: 0 },
  ): JournalEntry {
    return {
      id: photo.id,
      source: photo.path,
      widthPx: size?.widthPx ?? 0,
      heightPx: size?.heightPx ?? 0,
      foregroundFraction,
      ...(classFractions && { classFractions }),
      meanConfidence,
      milliseconds,
      status: error === "" ? "done" : "failed",
      error,
      photoState,
      settings: this.settings,
    };
  }
}

async function* untilAborted<T>(
  items: Iterable<T> | AsyncIterable<T>,
  signal?: AbortSignal,
): AsyncGenerator<T> {
  for await (const item of items) {
    if (signal?.aborted) return;
    yield item;
  }
}

/** The work, or the work with the error that it ended in. */
async function attempt(work: Work, step: () => Promise<Work>): Promise<Work> {
  try {
    return await step();
  } catch (error) {
    return { ...work, error: messageOf(error) || "failed without a message" };
  }
}

async function timed(work: Work, step: () => Promise<Partial<Work>>): Promise<Work> {
  const startMs = performance.now();
  const found = await step();
  return { ...work, ...found, milliseconds: work.milliseconds + performance.now() - startMs };
}

/** `mean(max(p, 1 − p))`, with classes `mean(max(p_c))` */
function meanConfidence({ data, channels = 1 }: ProbabilityMap): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += channels) {
    let most = channels === 1 ? 1 - (data[i] as number) : 0;
    for (let c = 0; c < channels; c++) most = Math.max(most, data[i + c] as number);
    sum += most;
  }
  return sum / (data.length / channels);
}
