import { rateSearchSpec } from "papilio/report/_rate_search_spec.ts";
import { vegaToSvg } from "papilio/report/_vega.ts";
import { svgToPng } from "papilio/report/svg.ts";

/** A learning rate that was tried, with the loss at it. */
export interface RateTrial {
  rate: number;
  loss: number;
  smoothedLoss: number;
}

export interface RateSearchChart {
  title: string;
  trials: readonly RateTrial[];
  /** Learning rates that are marked, with their names; the first one most. */
  marked: readonly { rate: number; label: string }[];
}

/**
 * The PNG of a search for a learning rate: the loss over rates on a logarithmic axis.
 *
 * The batches' own losses are thin, the smoothed one is thick. What lies far above the smoothed loss
 * before its lowest point leaves the plot.
 *
 * @throws {PapilioError} if no rate was tried.
 */
export async function renderRateSearch(chart: RateSearchChart): Promise<Uint8Array> {
  return svgToPng(await vegaToSvg(rateSearchSpec(chart)), 2);
}
