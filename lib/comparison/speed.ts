import { present } from "papilio/core/assert.ts";
import { median } from "papilio/core/median.ts";
import type { PredictionWish } from "papilio/comparison/judge_run.ts";
import { findEvaluationCases } from "papilio/evaluation/evaluation_cases.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { decodeFor } from "papilio/predict/recipe.ts";

export interface SpeedOptions {
  /** Runs of each network that are not counted; 2 if not given. */
  warmUps?: number;
  /** Runs of each that are counted; 9 if not given. */
  rounds?: number;
}

/**
 * Milliseconds that each network takes for one image: the median of its rounds.
 *
 * The networks take turns, so that a moment in which the machine is busy is no one's alone.
 *
 * @param networks functions that run a network on an image.
 *
 * @example
 * ```ts
 * import { medianMilliseconds } from "papilio/comparison/speed.ts";
 * const order: string[] = [];
 * const network = (name: string) => () => Promise.resolve(void order.push(name));
 * const times = await medianMilliseconds(["a", "b"].map(network), { warmUps: 0, rounds: 2 });
 * console.assert(order.join("") === "abab" && times.length === 2);
 * ```
 */
export async function medianMilliseconds(
  networks: readonly (() => Promise<unknown>)[],
  { warmUps = 2, rounds = 9 }: SpeedOptions = {},
): Promise<number[]> {
  const times = networks.map((): number[] => []);
  for (let round = -warmUps; round < rounds; round++) {
    for (const [i, network] of networks.entries()) {
      const startMs = performance.now();
      await network();
      if (round >= 0) times[i]?.push(performance.now() - startMs);
    }
  }
  return times.map(median);
}

/** The time that the exported network of each run takes for one image that is in memory. */
export async function measureSpeed(
  runPaths: readonly string[],
  wish: PredictionWish,
): Promise<number[]> {
  const predictors: Predictor[] = [];
  try {
    const networks: (() => Promise<unknown>)[] = [];
    for (const path of runPaths) {
      const predictor = await Predictor.open(path, wish);
      predictors.push(predictor);
      const { cases: [shown] } = await findEvaluationCases(path, { takesData: false });
      const image = await decodeFor(present(shown).imagePath, predictor, {});
      networks.push(() => predictor.predict(image));
    }
    return await medianMilliseconds(networks);
  } finally {
    for (const predictor of predictors) await predictor.dispose();
  }
}
