import { accuracyCostSpec } from "papilio/report/_accuracy_cost_spec.ts";
import { vegaToSvg } from "papilio/report/_vega.ts";
import { svgToPng } from "papilio/report/svg.ts";

/** A network in the plot. */
export interface AccuracyCostPoint {
  name: string;
  /** Above 0. */
  cost: number;
  accuracy: { value: number; low: number; high: number };
}

export interface AccuracyCostChart {
  title: string;
  /** With its unit. */
  costTitle: string;
  accuracyTitle: string;
  points: readonly AccuracyCostPoint[];
}

/**
 * The PNG of networks by what they cost, on a logarithmic axis, and how well they do.
 *
 * Intervals are bars. Networks on the Pareto front, to which none is both cheaper and better, are filled
 * and joined by a line. Names are placed so that they cover nothing; those that must stand apart are
 * joined to their points.
 *
 * @throws {PapilioError} if there is no network.
 */
export async function renderAccuracyCost(chart: AccuracyCostChart): Promise<Uint8Array> {
  return svgToPng(await vegaToSvg(accuracyCostSpec(chart)), 2);
}

/**
 * The points to which no other is at least as cheap and as accurate, and better in one of both; from
 * the cheapest on. One without accuracy, 0 or NaN, is never among them, however cheap.
 *
 * @example
 * ```ts
 * import { paretoFront } from "papilio/report/accuracy_cost.ts";
 * const point = (name: string, cost: number, value: number) =>
 *   ({ name, cost, accuracy: { value, low: value, high: value } });
 * const front = paretoFront([point("b", 2, 0.8), point("c", 3, 0.7), point("a", 1, 0.5)]);
 * console.assert(front.map(({ name }) => name).join() === "a,b");
 * ```
 */
export function paretoFront(points: readonly AccuracyCostPoint[]): AccuracyCostPoint[] {
  const isWorse = (a: AccuracyCostPoint, b: AccuracyCostPoint) =>
    b.cost <= a.cost && b.accuracy.value >= a.accuracy.value &&
    (b.cost < a.cost || b.accuracy.value > a.accuracy.value);
  return points.filter((point) => point.accuracy.value > 0)
    .filter((point) => !points.some((other) => isWorse(point, other)))
    .sort((a, b) => a.cost - b.cost);
}
