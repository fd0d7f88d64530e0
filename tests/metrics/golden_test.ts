import { join } from "@std/path";
import { expect } from "expect";
import type { BinaryMask, Case } from "papilio/data/case.ts";
import { imageSize } from "papilio/data/decode.ts";
import { maskOfLabels, readLabels } from "papilio/data/labels.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { readMask } from "papilio/data/masks.ts";
import { borderDistances } from "papilio/metrics/border_distances.ts";
import { boundaryMetrics, countBoundary } from "papilio/metrics/boundary.ts";
import {
  brierScore,
  expectedCalibrationError,
  maximumCalibrationError,
  reliabilityCurve,
} from "papilio/metrics/calibration.ts";
import { countPixels } from "papilio/metrics/counts.ts";
import { instanceMetrics } from "papilio/metrics/instance_metrics.ts";
import { tallyInstances } from "papilio/metrics/instances.ts";
import type { NamedMetric } from "papilio/metrics/named_metric.ts";
import { pixelMetrics } from "papilio/metrics/pixel_metrics.ts";
import { countProbabilities } from "papilio/metrics/probability_histogram.ts";
import { precisionRecallArea, rocArea } from "papilio/metrics/ranking.ts";
import { surfaceMetrics } from "papilio/metrics/surface_metrics.ts";
import { sweepThresholds } from "papilio/metrics/threshold_sweep.ts";
import golden from "../golden/metrics/metrics.json" with { type: "json" };
import { simulateMask, simulateObjects, simulateProbabilities } from "./_simulated.ts";

type Values = Record<string, number>;

/** How far the exact probabilities of the golden values may lie from those of a histogram. */
const HISTOGRAM_ERROR = 1 / 256;

/** The largest difference of each metric, printed at the end of a test. */
class Differences {
  readonly #largest = new Map<string, number>();

  compare(actual: Values, expected: Values, { within }: { within: number }): void {
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, value] of Object.entries(actual)) {
      const difference = Math.abs(value - (expected[name] as number));
      this.#largest.set(name, Math.max(difference, this.#largest.get(name) ?? 0));
      expect({ name, difference, isNear: difference <= within }).toMatchObject({ isNear: true });
    }
  }

  print(): void {
    for (const [name, difference] of this.#largest) {
      console.log(`${name}: ${difference.toExponential(1)}`);
    }
  }
}

function valuesOf<Tally>(metrics: Record<string, NamedMetric<Tally>>, tally: Tally): Values {
  return Object.fromEntries(Object.entries(metrics).map(([name, { of }]) => [name, of(tally)]));
}

function rankingOf(prediction: BinaryMask, truth: BinaryMask): Values {
  const histogram = countProbabilities(simulateProbabilities(prediction), truth.data);
  const sweep = sweepThresholds(histogram);
  const curve = reliabilityCurve(histogram, { bins: 16 });
  return {
    rocArea: rocArea(sweep),
    precisionRecallArea: precisionRecallArea(sweep),
    brier: brierScore(histogram),
    expectedError: expectedCalibrationError(curve),
    maximumError: maximumCalibrationError(curve),
  };
}

function named(prefix: string, values: Values): Values {
  return Object.fromEntries(Object.entries(values).map(([name, v]) => [`${prefix} ${name}`, v]));
}

interface GoldenMasks {
  pixel: Values;
  surface: Values;
  boundary: Values;
  probabilities: Values;
  quantised: Values;
}

function compareMasks(
  prediction: BinaryMask,
  truth: BinaryMask,
  { expected, differences }: { expected: GoldenMasks; differences: Differences },
): void {
  const within = 1e-12;
  const counts = countPixels(prediction.data, truth.data);
  differences.compare(valuesOf(pixelMetrics, counts), expected.pixel, { within });
  const distances = borderDistances(prediction, truth);
  differences.compare(valuesOf(surfaceMetrics, distances), expected.surface, { within });
  const boundary = countBoundary(prediction, truth, { tolerancePx: 2.5 });
  differences.compare(valuesOf(boundaryMetrics, boundary), expected.boundary, { within });
  const ranking = rankingOf(prediction, truth);
  differences.compare(ranking, expected.quantised, { within });
  const unbinned = named("unbinned", expected.probabilities);
  differences.compare(named("unbinned", ranking), unbinned, { within: HISTOGRAM_ERROR });
}

async function casesOf(name: string): Promise<Map<string, Case> | null> {
  const shared = Deno.env.get("PAPILIO_TEST_SHARED");
  if (!shared) {
    console.log(`skipped: metrics of ${name} (PAPILIO_TEST_SHARED is not set)`);
    return null;
  }
  const { cases } = await readDataSet(join(shared, "data", name));
  return new Map(cases.map((item) => [item.id, item]));
}

Deno.test("metrics of nuclei agree with naive implementations", async () => {
  const cases = await casesOf("nuclei");
  if (!cases) return;
  const differences = new Differences();
  for (const expected of golden.nuclei) {
    const item = cases.get(expected.id) as Case;
    const truth = await readLabels(item, await imageSize(item.imagePath));
    const prediction = simulateObjects(truth);
    const tally = tallyInstances(prediction, truth);
    differences.compare(valuesOf(instanceMetrics, tally), expected.instance, { within: 1e-12 });
    const masks = [maskOfLabels(prediction), maskOfLabels(truth)] as const;
    compareMasks(...masks, { expected, differences });
  }
  differences.print();
});

Deno.test("metrics of butterflies agree with naive implementations", async () => {
  const cases = await casesOf("butterflies");
  if (!cases) return;
  const differences = new Differences();
  for (const [index, expected] of golden.butterflies.entries()) {
    const item = cases.get(expected.id) as Case;
    const truth = await readMask(item, await imageSize(item.imagePath));
    compareMasks(simulateMask(truth, index), truth, { expected, differences });
  }
  differences.print();
});
