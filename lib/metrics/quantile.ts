// @ts-types="npm:@types/d3-array@3.2.2"
import { quantile as d3Quantile } from "d3-array";

/**
 * The value below which a share of the values lies, by linear interpolation between the two nearest (R's
 * type 7, NumPy's default). Those that are NaN are left out; NaN if none is left.
 *
 * @example
 * ```ts
 * import { quantile } from "papilio/metrics/quantile.ts";
 * console.assert(quantile([4, 1, 2, 3], 0.5) === 2.5);
 * ```
 */
export function quantile(values: Iterable<number>, share: number): number {
  return d3Quantile(values, share) ?? NaN;
}
