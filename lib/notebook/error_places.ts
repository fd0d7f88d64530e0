import { mapAhead } from "papilio/core/parallel.ts";
import type { BinaryMask, Case } from "papilio/data/case.ts";
import { signedDistances } from "papilio/data/distances.ts";
import { diagonalPx } from "papilio/metrics/boundary.ts";
import { predictCase } from "papilio/predict/predict_cases.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { maskByRecipe, plainRecipe } from "papilio/predict/recipe.ts";

/** How far wrong pixels lie from the true border. */
export interface ErrorDistances {
  /** Distances, as shares of the diagonal. */
  reach: readonly number[];
  /** The share of the missed pixels that lie within each of them; the same for the invented ones. */
  missed: number[];
  invented: number[];
}

/** The shares, of all wrong pixels of the cases together; NaN where none is wrong. */
export async function errorDistances(
  predictor: Predictor,
  cases: readonly Case[],
  reach: readonly number[],
): Promise<ErrorDistances> {
  const recipe = plainRecipe(predictor);
  const tally = { missed: newTally(reach), invented: newTally(reach) };
  const work = async (item: Case) => {
    const { map, truth } = await predictCase(predictor, item, { recipe });
    const { mask } = await maskByRecipe(map, { path: item.imagePath, size: truth }, recipe);
    return { mask, truth };
  };
  for await (const pair of mapAhead(cases, work, 2)) addErrors(tally, { ...pair, reach });
  return { reach, missed: shares(tally.missed), invented: shares(tally.invented) };
}

interface Tally {
  all: number;
  within: number[];
}

function newTally(reach: readonly number[]): Tally {
  return { all: 0, within: reach.map(() => 0) };
}

function addErrors(
  tally: { missed: Tally; invented: Tally },
  { mask, truth, reach }: { mask: BinaryMask; truth: BinaryMask; reach: readonly number[] },
): void {
  const distances = signedDistances(truth);
  const reachPx = reach.map((share) => diagonalPx(truth, share));
  for (let i = 0; i < distances.length; i++) {
    if (mask.data[i] === truth.data[i]) continue;
    const kind = truth.data[i] === 1 ? tally.missed : tally.invented;
    const distancePx = Math.abs(distances[i] as number);
    kind.all++;
    kind.within.forEach((_, k) => {
      if (distancePx <= (reachPx[k] as number)) (kind.within[k] as number)++;
    });
  }
}

function shares({ all, within }: Tally): number[] {
  return within.map((count) => count / all);
}
