import { dirname, resolve } from "@std/path";
import { PapilioError } from "papilio/core/errors.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import { formatDuration, type Progress } from "papilio/core/progress.ts";
import { counted } from "papilio/core/text.ts";
import { FailureLog } from "papilio/predict/_failure_log.ts";
import { Journal, type JournalEntry, type Shard } from "papilio/predict/journal.ts";
import { haveOutputs, type OutputChoice, outputPaths } from "papilio/predict/output_paths.ts";
import { photoState } from "papilio/predict/_photo_state.ts";
import { Pipeline } from "papilio/predict/_pipeline.ts";
import type { PostProcessing } from "papilio/predict/postprocess/options.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import type { Tiles } from "papilio/predict/recipe.ts";
import type { Photo } from "papilio/predict/sources.ts";

export interface ExportOptions extends OutputChoice {
  /** Output folder: `<out>/<id>/<id>_pred.png` and `<out>/predictions.csv`. */
  out: string;
  /** Interpolate the probabilities, for smoother borders, instead of repeating the network's pixels. */
  resizeProbabilities?: boolean;
  /** Slide the network over each photo instead of squeezing it. */
  tiles?: Tiles | undefined;
  /** What is done to each mask after the network. */
  postProcessing?: PostProcessing;
  /** Do again what is done. */
  overwrite?: boolean;
  /** Only this part of the photos: every `count`-th, beginning with the `index`-th. */
  shard?: Shard;
  /** Ends the work: what is being written is finished, nothing new begun. */
  signal?: AbortSignal;
  /** Called once, with the number of photos to do. */
  startProgress?: (total: number) => Progress;
}

export interface ExportSummary {
  /** Photos of this shard. */
  total: number;
  done: number;
  /** Done by an earlier export with the same model and settings. */
  skipped: number;
  failed: number;
  seconds: number;
  /** Share of the time in which the network computed. */
  networkShare: number;
  wasInterrupted: boolean;
  csvPath: string;
  /** What its masks depend on besides their photos: tells them from those of other exports. */
  settings: string;
}

/**
 * Predicts a mask for each photo, and writes it at the photo's own size.
 *
 * Decoding, network and encoding overlap, and only a few photos are in memory at a time. A photo that
 * cannot be read becomes a row with its error; the others go on. What an earlier export finished, with
 * the same model and settings, is skipped; each finished photo is remembered at once, so that a kill
 * loses none.
 *
 * Shards share the output folder without talking: each writes a CSV of its own. The same export without
 * a shard, run last, skips all that they did and joins their rows in `predictions.csv`.
 *
 * @throws {PapilioError} if the folder holds masks of other photos with the same ids, the network gives no
 * probabilities, or a step of post-processing cannot be done to its classes.
 */
export async function exportMasks(
  predictor: Predictor,
  photos: readonly Photo[],
  options: ExportOptions,
): Promise<ExportSummary> {
  const startMs = performance.now();
  const ownPhotos = partOf(photos, options.shard);
  const pipeline = new Pipeline(predictor, options);
  const journal = await Journal.open(options.out, options.shard);
  try {
    const wanted = { ...options, settings: pipeline.settings, classes: pipeline.classNames };
    const pending = await findPending(ownPhotos, journal, wanted);
    const counts = await runPipeline(pipeline, pending, journal, options);
    const seconds = (performance.now() - startMs) / 1000;
    return {
      total: ownPhotos.length,
      skipped: ownPhotos.length - pending.length,
      ...counts,
      seconds,
      networkShare: pipeline.networkMs / 1000 / seconds,
      wasInterrupted: counts.done + counts.failed < pending.length,
      csvPath: journal.csvPath,
      settings: pipeline.settings,
    };
  } finally {
    journal.close();
    await journal.writeCsv();
  }
}

/** A summary as lines for people. */
export function describeExport(summary: ExportSummary): string {
  const { total, done, skipped, failed, seconds, networkShare, csvPath } = summary;
  const rate = ((done + failed) / seconds).toPrecision(3);
  const share = Math.round(networkShare * 100);
  return [
    `${done} done, ${skipped} skipped (done before), ${failed} failed, of ${
      counted(total, "photo")
    }`,
    `${formatDuration(seconds)}, ${rate} photos/s, network ${share} % of the time`,
    `masks: ${resolve(dirname(csvPath))}, table: ${resolve(csvPath)}`,
    ...(failed > 0 ? [`${failed} of ${total} failed: see the column error`] : []),
  ].join("\n");
}

async function runPipeline(
  pipeline: Pipeline,
  pending: readonly Photo[],
  journal: Journal,
  options: ExportOptions,
): Promise<{ done: number; failed: number }> {
  const counts = { done: 0, failed: 0 };
  const progress = options.startProgress?.(pending.length);
  const failures = new FailureLog((line) => progress?.log(line));
  pipeline.onTiles = (done, total) => {
    progress?.update(counts.done + counts.failed, `tile ${done} of ${total}`);
  };
  try {
    for await (const entry of pipeline.run(pending, options.signal)) {
      await journal.add(entry);
      counts[entry.status]++;
      if (entry.status === "failed") failures.add(entry);
      progress?.update(counts.done + counts.failed, failedNote(counts.failed));
    }
    return counts;
  } finally {
    failures.end();
    progress?.stop();
  }
}

function failedNote(failed: number): string {
  return failed === 0 ? "" : `${failed} failed`;
}

function partOf(photos: readonly Photo[], shard: Shard | undefined): Photo[] {
  return photos.filter((_, index) => !shard || index % shard.count === shard.index - 1);
}

/** The photos still to do; rows of those that other shards did are taken over. */
async function findPending(
  photos: readonly Photo[],
  journal: Journal,
  { settings, classes, ...options }: ExportOptions & {
    settings: string;
    classes: readonly string[];
  },
): Promise<Photo[]> {
  if (options.overwrite) return [...photos];
  const isPending = async (photo: Photo) => {
    const entries = journal.entriesOf(photo.id).filter(({ status }) => status === "done");
    if (entries.length === 0) return true;
    const state = await photoState(photo.path);
    checkOwner(photo, state, entries);
    const entry = entries.find((candidate) =>
      candidate.photoState === state && candidate.settings === settings
    );
    const paths = outputPaths(options.out, photo.id, classes);
    if (!entry || !await haveOutputs(paths, options)) return true;
    if (!journal.owns(entry) || entry.source !== photo.path) {
      await journal.add({ ...entry, source: photo.path });
    }
    return false;
  };
  const pending: Photo[] = [];
  const checked = mapAhead(photos, async (photo) => ({ photo, todo: await isPending(photo) }), 16);
  for await (const { photo, todo } of checked) if (todo) pending.push(photo);
  return pending;
}

function checkOwner(photo: Photo, state: string, entries: readonly JournalEntry[]): void {
  const isOurs = entries.some((entry) => entry.source === photo.path || entry.photoState === state);
  if (isOurs) return;
  throw new PapilioError({
    cannot: `write the mask of ${photo.path}`,
    expected: "a folder without masks of other photos under the same names",
    got: `"${photo.id}", the mask of ${entries[0]?.source}`,
    remedy: "Choose another folder with --out, or replace its masks with --overwrite.",
  });
}
