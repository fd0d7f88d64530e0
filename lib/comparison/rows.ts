// @ts-types="npm:@types/d3-array@3.2.2"
import { deviation, mean } from "d3-array";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { ranked } from "papilio/comparison/_ranking.ts";
import type { ResolvedEntry } from "papilio/comparison/entries.ts";
import { adviceFor, findsNothing } from "papilio/comparison/finds_nothing.ts";
import { withNetwork } from "papilio/comparison/_network.ts";
import type { JudgedRun } from "papilio/comparison/judge_run.ts";
import { bootstrap, type Interval } from "papilio/metrics/bootstrap.ts";
import { compareValues } from "papilio/metrics/paired_comparison.ts";
import { layerCosts, totalCost } from "papilio/model/cost.ts";

/** The metrics of a comparison, by their names in an evaluation's files. */
export const comparedMetrics = { iou: "IoU", dice: "Dice", boundary_f1: "boundary F1" } as const;

export type ComparedMetric = keyof typeof comparedMetrics;

/** A mean over images, with its bootstrap interval. */
export type MetricOfEntry = Interval & {
  /** For which it is defined. */
  images: number;
  /** With cross-validation: mean and standard deviation of the folds' own means. */
  overFolds?: { mean: number; standardDeviation: number };
};

/** The mean difference to the best entry, image by image. */
export interface DifferenceToBest extends Interval {
  pValue: number;
}

/** A line of the table: what an entry came to. */
export interface ComparisonRow {
  name: string;
  /** Of its runs, in the comparison's folder. */
  folder: string;
  /** Runs that are finished: 1, or folds. */
  runs: number;
  /** Images that others were judged on, and this one was not, as one of its folds failed. */
  missingImages: number;
  metrics: Record<ComparedMetric, MetricOfEntry>;
  /** Of the IoU; none for the best one. */
  difference?: DifferenceToBest;
  parameters: number;
  /** For one image; NaN where they cannot be counted. */
  multiplyAdds: number;
  /** Of the exported network, for one image. */
  milliseconds: number;
  /** Mean of the runs. */
  trainingSeconds: number;
  bestEpoch: number;
  /** Of the network whose time was measured. */
  modelHash: string;
  /** Of a network that finds nothing: what may help. */
  advice?: string;
}

/** The judged runs of an entry. */
export interface JudgedEntry {
  entry: ResolvedEntry;
  runs: readonly JudgedRun[];
  milliseconds: number;
}

/**
 * The table's lines, the highest IoU first.
 *
 * Entries that lack images, since a fold failed, stand last: see `ranked`.
 */
export function comparisonRows(
  entries: readonly JudgedEntry[],
  { seed }: { seed: number },
): ComparisonRow[] {
  const places = ranked(entries, ({ runs }) => valuesOf(runs, "iou"));
  const [best] = places;
  return places.map(({ entry, missingImages }) => {
    const row = { ...rowOf(entry, seed), missingImages };
    const difference = best && entry !== best.entry ? toBest(best.entry, entry, seed) : undefined;
    return difference ? { ...row, difference } : row;
  });
}

function rowOf(
  { entry, runs, milliseconds }: JudgedEntry,
  seed: number,
): Omit<ComparisonRow, "missingImages"> {
  const first = present(runs[0]);
  const iou = metricOf(runs, "iou", seed);
  return {
    name: entry.name,
    folder: entry.folder,
    runs: runs.length,
    metrics: {
      iou,
      dice: metricOf(runs, "dice", seed),
      boundary_f1: metricOf(runs, "boundary_f1", seed),
    },
    parameters: first.parameters,
    multiplyAdds: multiplyAddsOf(entry),
    milliseconds,
    trainingSeconds: meanOf(runs.map((run) => run.trainingSeconds)),
    bestEpoch: meanOf(runs.map((run) => run.bestEpoch)),
    modelHash: first.modelHash,
    ...(findsNothing(iou) ? { advice: adviceFor(entry.config, first.trainingCases) } : {}),
  };
}

function metricOf(
  runs: readonly JudgedRun[],
  metric: ComparedMetric,
  seed: number,
): MetricOfEntry {
  const values = [...valuesOf(runs, metric).values()];
  const defined = values.filter((value) => !Number.isNaN(value));
  const interval = { ...bootstrap(values, meanOf, { seed }), images: defined.length };
  if (runs.every(({ run }) => run.fold === undefined)) return interval;
  const folds = runs.map((run) => meanOf([...valuesOf([run], metric).values()]));
  return { ...interval, overFolds: { mean: meanOf(folds), standardDeviation: spreadOf(folds) } };
}

/** A metric of each image; with folds, each image is one fold's. */
function valuesOf(runs: readonly JudgedRun[], metric: ComparedMetric): Map<string, number> {
  return new Map(
    runs.flatMap(({ byId }) => [...byId].map(([id, values]) => [id, values[metric] ?? NaN])),
  );
}

function toBest(
  best: JudgedEntry,
  other: JudgedEntry,
  seed: number,
): DifferenceToBest | undefined {
  const [ours, theirs] = [valuesOf(best.runs, "iou"), valuesOf(other.runs, "iou")];
  const ids = [...ours.keys()].filter((id) => theirs.has(id));
  const [first, second] = [ours, theirs].map((values) => ids.map((id) => values.get(id) ?? NaN));
  const isPair = (i: number) => !Number.isNaN(first?.[i]) && !Number.isNaN(second?.[i]);
  if (!first || !second || !ids.some((_, i) => isPair(i))) return undefined;
  const { difference, test } = compareValues(first, second, { seed });
  return { ...difference, pValue: test.pValue };
}

/** Of the network that the configuration describes; NaN for one with layers that have no formula. */
function multiplyAddsOf({ config }: ResolvedEntry): number {
  return withNetwork(config, ({ model }) => {
    try {
      return totalCost(layerCosts(model)).multiplyAdds;
    } catch (error) {
      if (error instanceof PapilioError) return NaN;
      throw error;
    }
  });
}

/** Without those that are NaN. */
function meanOf(values: readonly number[]): number {
  return mean(values) ?? NaN;
}

/** The sample's standard deviation; NaN of one value. */
function spreadOf(values: readonly number[]): number {
  return deviation(values) ?? NaN;
}
