import type { Overlap, Overlaps } from "papilio/metrics/overlaps.ts";

/** The two areas whose quotient is the aggregated Jaccard index. */
export interface JaccardAreas {
  intersectionPx: number;
  unionPx: number;
}

/**
 * The areas of the aggregated Jaccard index: of each true object with the predicted one of the highest
 * intersection over union, and of the predicted objects that no true one has chosen in the union.
 *
 * As published, a predicted object may be chosen by several true ones; of equally good ones the first
 * counts. A true object that none overlaps adds its area to the union.
 *
 * Source: Kumar et al., A Dataset and a Technique for Generalized Nuclear Segmentation for Computational
 * Pathology (2017), algorithm 1.
 *
 * @example
 * ```ts
 * import { jaccardAreas } from "papilio/metrics/aggregated_jaccard.ts";
 * const areas = { predictedAreasPx: Float64Array.of(4, 2), trueAreasPx: Float64Array.of(5, 3) };
 * const pairs = [{ predictedLabel: 1, trueLabel: 1, sharedPx: 3, iou: 0.5 }];
 * const { intersectionPx, unionPx } = jaccardAreas({ ...areas, pairs });
 * console.assert(intersectionPx === 3 && unionPx === 6 + 3 + 2);
 * ```
 */
export function jaccardAreas({ pairs, predictedAreasPx, trueAreasPx }: Overlaps): JaccardAreas {
  const best = bestOfEach(pairs);
  const chosen = new Set([...best.values()].map(({ predictedLabel }) => predictedLabel));
  let [intersectionPx, unionPx] = [0, 0];
  trueAreasPx.forEach((area, index) => {
    const pair = best.get(index + 1);
    const partner = pair ? predictedAreasPx[pair.predictedLabel - 1] as number : 0;
    const sharedPx = pair?.sharedPx ?? 0;
    intersectionPx += sharedPx;
    unionPx += area + partner - sharedPx;
  });
  predictedAreasPx.forEach((area, index) => {
    if (!chosen.has(index + 1)) unionPx += area;
  });
  return { intersectionPx, unionPx };
}

/** For each true object that is overlapped, its pair of the highest intersection over union. */
function bestOfEach(pairs: readonly Overlap[]): Map<number, Overlap> {
  const best = new Map<number, Overlap>();
  for (const pair of pairs) {
    if (pair.iou > (best.get(pair.trueLabel)?.iou ?? 0)) best.set(pair.trueLabel, pair);
  }
  return best;
}
