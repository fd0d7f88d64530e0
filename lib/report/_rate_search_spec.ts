import type { TopLevelSpec } from "vega-lite";
import { present } from "papilio/core/assert.ts";
import { extent } from "papilio/report/_bins.ts";
import { checkAny, isMeasured } from "papilio/report/_chart_values.ts";
import { logAxis } from "papilio/report/_log_axis.ts";
import {
  BLUE,
  DARK,
  GREY,
  LABEL_GAP_PX,
  ORANGE,
  PLOT_WIDTH_PX,
  themed,
  titleAbove,
} from "papilio/report/_theme.ts";
import type { RateSearchChart, RateTrial } from "papilio/report/rate_search.ts";

const HEIGHT_PX = 280;
const NAMES = { loss: "loss of a batch", smoothedLoss: "smoothed" };

/** The drawing of a search for a learning rate in Vega-Lite's terms. */
export function rateSearchSpec({ title, trials, marked }: RateSearchChart): TopLevelSpec {
  const measured = trials.filter(({ loss, smoothedLoss }) =>
    isMeasured(loss) && isMeasured(smoothedLoss)
  );
  checkAny(measured, title);
  const domain = lossDomain(measured);
  const shown = measured.map((trial) => withinReach(trial, domain));
  const x = logAxis("rate", { title: "learning rate", domain: extent(shown.map((t) => t.rate)) });
  const y = {
    type: "quantitative",
    scale: { domain, nice: false, zero: false },
    axis: { ...titleAbove("training loss", marked.length), tickCount: 6 },
  };
  const line = (field: keyof typeof NAMES, color: string, strokeWidth: number) => ({
    data: { values: shown },
    mark: { type: "line", color, strokeWidth, clip: true },
    encoding: { x, y: { ...y, field } },
  });
  return themed(title, {
    width: PLOT_WIDTH_PX,
    height: HEIGHT_PX,
    layer: [
      line("loss", "#aaaaaa", 1),
      ...marked.flatMap((mark, index) => markLayers(mark, { x, index })),
      line("smoothedLoss", BLUE, 2.5),
      ...marked.map((mark, index) => dotLayer(shown, mark.rate, { x, y, index })),
      ...legendLayers(),
    ],
  });
}

/** From a little below the lowest loss to a little above the smoothed one before it fell. */
function lossDomain(trials: readonly RateTrial[]): [number, number] {
  const smoothed = trials.map(({ smoothedLoss }) => smoothedLoss);
  const end = smoothed.indexOf(Math.min(...smoothed)) + 1;
  const lowest = Math.min(...smoothed, ...trials.map(({ loss }) => loss));
  const highest = Math.max(...smoothed.slice(0, end));
  const reach = highest - lowest || Math.abs(lowest) || 1;
  return [lowest - 0.1 * reach, highest + 0.4 * reach];
}

/** Losses beyond the plot no farther than needed to leave it: there is no drawing at 1e30 pixels. */
function withinReach(trial: RateTrial, [low, high]: readonly [number, number]): RateTrial {
  const highest = high + 4 * (high - low);
  const { rate, loss, smoothedLoss } = trial;
  return { rate, loss: Math.min(loss, highest), smoothedLoss: Math.min(smoothedLoss, highest) };
}

/** An upright line, and its name above the plot on a line of its own: rates may lie close together. */
function markLayers(
  { rate, label }: RateSearchChart["marked"][number],
  { x, index }: { x: object; index: number },
): object[] {
  const data = { values: [{ rate, label }] };
  const color = index === 0 ? ORANGE : GREY;
  return [
    {
      data,
      mark: { type: "rule", color, strokeWidth: index === 0 ? 1.5 : 1, strokeDash: [4, 3] },
      encoding: { x },
    },
    {
      data,
      mark: { type: "text", baseline: "bottom", color },
      encoding: { x, y: { value: -4 - LABEL_GAP_PX * index }, text: { field: "label" } },
    },
  ];
}

/** Where a marked rate meets the smoothed line. */
function dotLayer(
  trials: readonly RateTrial[],
  rate: number,
  { x, y, index }: { x: object; y: object; index: number },
): object {
  const values = [{ rate, smoothedLoss: smoothedAt(trials, rate) }];
  const color = index === 0 ? ORANGE : GREY;
  return {
    data: { values },
    mark: { type: "point", filled: true, size: 70, opacity: 1, color, clip: true },
    encoding: { x, y: { ...y, field: "smoothedLoss" } },
  };
}

/** The height of the line between the trials before and after a rate, which may lie between them. */
function smoothedAt(trials: readonly RateTrial[], rate: number): number {
  const next = trials.findIndex((trial) => trial.rate >= rate);
  const [before, after] = [trials[next - 1], trials.at(next)];
  if (!before || !after) return present(after).smoothedLoss; // At an end, or beyond it.
  const share = Math.log(rate / before.rate) / Math.log(after.rate / before.rate);
  return before.smoothedLoss + share * (after.smoothedLoss - before.smoothedLoss);
}

/** What the two lines are, in the lower left, where a search is seldom: it begins high. */
function legendLayers(): object[] {
  const entries = [
    { text: NAMES.loss, color: "#aaaaaa", width: 1 },
    { text: NAMES.smoothedLoss, color: BLUE, width: 2.5 },
  ];
  return entries.flatMap(({ text, color, width }, line) => {
    const y = { value: HEIGHT_PX - 12 - LABEL_GAP_PX * (entries.length - 1 - line) };
    const data = { values: [{}] };
    return [
      {
        data,
        mark: { type: "rule", color, strokeWidth: width },
        encoding: { x: { value: 10 }, x2: { value: 30 }, y },
      },
      {
        data,
        mark: { type: "text", align: "left", baseline: "middle", text, color: DARK },
        encoding: { x: { value: 36 }, y },
      },
    ];
  });
}
