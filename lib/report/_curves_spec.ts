import type { TopLevelSpec } from "vega-lite";
import { present } from "papilio/core/assert.ts";
import type { DrawnClass } from "papilio/report/class_overlay.ts";
import type { CurvesOptions, HistoryRow } from "papilio/report/curves.ts";
import { BACKGROUND, classColours } from "papilio/core/classes.ts";
import { nameLayers, phaseBoxes, phaseLayers } from "papilio/report/_curve_names.ts";
import { boxesAlong, boxOf } from "papilio/report/_label_places.ts";
import { rateDomain, rateText, rateTicks } from "papilio/report/_rate_axis.ts";
import { scoreDomain } from "papilio/report/_score_domain.ts";
import {
  BLUE,
  DARK,
  FONT_PX,
  GREY,
  onWhite,
  ORANGE,
  PLOT_WIDTH_PX,
  spread,
  themed,
} from "papilio/report/_theme.ts";

interface Series {
  label: string;
  colour: string;
  /** Training curves are dashed, validation curves are not. */
  isDashed: boolean;
  values: readonly number[];
}

interface Chart {
  title: string;
  heightPx: number;
  /** Lower and upper end of the vertical axis. */
  domain: [number, number];
  isLogarithmic?: boolean;
  series: readonly Series[];
}

/** The drawing of a run's learning curves in Vega-Lite's terms. */
export function curvesSpec(
  rows: readonly HistoryRow[],
  { title = "Training", classes = [] }: CurvesOptions,
): TopLevelSpec {
  const bestIndex = indexOfBest(rows);
  const charts = [
    lossChart(rows),
    scoreChart(rows),
    ...(rows[0]?.valClassIou ? [classChart(rows, Object.keys(rows[0].valClassIou), classes)] : []),
    learningRateChart(rows),
  ];
  const views = charts.map((chart, index) => ({
    width: PLOT_WIDTH_PX,
    height: chart.heightPx,
    title: { text: chart.title, anchor: "start", frame: "group", fontSize: 12 },
    layer: [
      ...phaseLayers(rows, {
        x: xAxis(rows.length),
        heightPx: chart.heightPx,
        isNamed: index === 0,
      }),
      ...chart.series.flatMap((series) => seriesLayers(series, chart, rows.length)),
      labelLayer(chart, rows.length),
      ...ringLayers(chart, bestIndex, rows.length),
      ...(index === 0 ? bestNameLayers(rows, chart, bestIndex) : []),
    ],
  }));
  return themed(title, { spacing: 18, vconcat: views });
}

function lossChart(rows: readonly HistoryRow[]): Chart {
  const series = [
    { label: "validation", colour: DARK, isDashed: false, values: rows.map((row) => row.valLoss) },
    { label: "training", colour: GREY, isDashed: true, values: rows.map((row) => row.loss) },
  ];
  const highest = Math.max(...finiteOf(series), Number.MIN_VALUE);
  return {
    title: "Loss (lower is better)",
    heightPx: 180,
    domain: [0, highest * 1.25], // Room for the names of the phases above the curves.
    series,
  };
}

function scoreChart(rows: readonly HistoryRow[]): Chart {
  const series = [
    {
      label: "Dice, validation",
      colour: BLUE,
      isDashed: false,
      values: rows.map((r) => r.valDice),
    },
    { label: "Dice, training", colour: BLUE, isDashed: true, values: rows.map((r) => r.dice) },
    {
      label: "IoU, validation",
      colour: ORANGE,
      isDashed: false,
      values: rows.map((r) => r.valIou),
    },
    { label: "IoU, training", colour: ORANGE, isDashed: true, values: rows.map((r) => r.iou) },
  ];
  const domain = scoreDomain(finiteOf(series));
  return { title: "Dice and IoU (1 is perfect)", heightPx: 200, domain, series };
}

function classChart(
  rows: readonly HistoryRow[],
  names: readonly string[],
  classes: readonly DrawnClass[],
): Chart {
  const usual = classColours(names);
  const colourOf = (name: string, i: number) =>
    classes.find((each) => each.name === name)?.colour ?? present(usual[i]);
  const colours = new Map(names.map((name, i) => [name, onWhite(colourOf(name, i))]));
  const series = names.filter((name) => name !== BACKGROUND).map((name) => ({
    label: name,
    colour: present(colours.get(name)),
    isDashed: false,
    values: rows.map((row) => row.valClassIou?.[name] ?? NaN),
  }));
  const domain = scoreDomain(finiteOf(series));
  return { title: "IoU of each class, validation", heightPx: 140, domain, series };
}

function learningRateChart(rows: readonly HistoryRow[]): Chart {
  const values = rows.map((row) => row.learningRate);
  return {
    title: "Learning rate (logarithmic)",
    heightPx: 60,
    domain: rateDomain(values),
    isLogarithmic: true,
    series: [{ label: "", colour: DARK, isDashed: false, values }],
  };
}

function seriesLayers(series: Series, chart: Chart, epochs: number): object[] {
  const values = series.values.map((value, index) => ({ epoch: index + 1, value }))
    .filter(({ value }) => Number.isFinite(value));
  const encoding = { x: xAxis(epochs), y: yAxis(chart) };
  const line = {
    type: "line",
    color: series.colour,
    strokeWidth: series.isDashed ? 1.2 : 2,
    ...(chart.isLogarithmic && { interpolate: "step", clip: true }),
    ...(series.isDashed && { strokeDash: [4, 3] }),
  };
  const point = { type: "point", color: series.colour, filled: true, size: 14, clip: true };
  return [line, point].map((mark) => ({ data: { values }, mark, encoding }));
}

function xAxis(epochs: number): object {
  const step = Math.max(1, Math.ceil(epochs / 20));
  const ticks = Array.from({ length: Math.ceil(epochs / step) }, (_, index) => 1 + index * step);
  return {
    field: "epoch",
    type: "quantitative",
    title: "epoch",
    scale: { domain: [0.5, epochs + 0.5], nice: false, zero: false },
    axis: { values: ticks, grid: false, format: "d" },
  };
}

function yAxis({ domain, heightPx, isLogarithmic, series }: Chart): object {
  const axis = isLogarithmic
    ? {
      values: rateTicks(present(series[0]).values, { domain, heightPx }),
      format: ".2~e",
      labelOverlap: false,
    }
    : { tickCount: 5 };
  const scale = isLogarithmic ? { type: "log", domain } : { domain, nice: false, zero: false };
  return { field: "value", type: "quantitative", title: null, scale, axis };
}

/** A label at the end of each curve, pushed apart where curves end close together. */
function labelLayer(chart: Chart, epochs: number): object {
  const ends = chart.series.map((series) => ({ series, value: lastFinite(series.values) }))
    .filter((end) => end.value !== undefined)
    .map(({ series, value = 0 }) => ({ ...series, value, y: toPixels(value, chart) }))
    .sort((a, b) => a.y - b.y);
  const places = spread(ends.map((end) => end.y), chart.heightPx);
  const values = ends.map((end, index) => ({
    epoch: epochs + 0.5,
    value: end.value,
    y: places[index],
    colour: end.colour,
    text: `${end.label} ${formatNumber(end.value, chart)}`.trim(),
  }));
  return {
    data: { values },
    mark: { type: "text", align: "left", baseline: "middle", dx: 6, fontSize: FONT_PX },
    encoding: {
      x: xAxis(epochs),
      y: { field: "y", type: "quantitative", scale: null, axis: null },
      text: { field: "text" },
      color: { field: "colour", type: "nominal", scale: null },
    },
  };
}

function toPixels(value: number, { domain: [low, high], heightPx, isLogarithmic }: Chart): number {
  const scaled = isLogarithmic ? Math.log : (number: number) => number;
  const share = (scaled(value) - scaled(low)) / (scaled(high) - scaled(low));
  return heightPx * (1 - Math.max(share, 0)); // What is below the axis is named at its end.
}

function formatNumber(value: number, { isLogarithmic }: Chart): string {
  return isLogarithmic ? rateText(value) : value.toFixed(3);
}

/** A ring on each validation curve at the best epoch. */
function ringLayers(chart: Chart, bestIndex: number, epochs: number): object[] {
  if (bestIndex < 0 || chart.isLogarithmic) return [];
  const values = chart.series.filter((series) => !series.isDashed)
    .map((series) => ({ epoch: bestIndex + 1, value: present(series.values[bestIndex]) }))
    .filter(({ value }) => Number.isFinite(value));
  const mark = { type: "point", shape: "circle", size: 110, color: DARK, strokeWidth: 1.5 };
  return [{ data: { values }, mark, encoding: { x: xAxis(epochs), y: yAxis(chart) } }];
}

/** What the ring is, where no curve and no other name is; a line leads to it from far away. */
function bestNameLayers(rows: readonly HistoryRow[], chart: Chart, bestIndex: number): object[] {
  const best = rows[bestIndex];
  if (!best) return [];
  const toX = (epoch: number) => PLOT_WIDTH_PX * (epoch - 0.5) / rows.length;
  const curves = chart.series.map(({ values }) =>
    values.map((value, i) => ({ x: toX(i + 1), y: toPixels(value, chart) }))
      .filter(({ y }) => Number.isFinite(y))
  );
  const text = `best: epoch ${bestIndex + 1}`;
  const point = { x: toX(bestIndex + 1), y: toPixels(best.valLoss, chart) };
  return nameLayers({ text, ...point }, {
    taken: [
      ...curves.flatMap(boxesAlong),
      ...curves.flat().map((at) => boxOf({ widthPx: 6, heightPx: 6 }, at)),
      ...phaseBoxes(rows, chart.heightPx),
    ],
    within: { left: 0, top: 0, right: PLOT_WIDTH_PX, bottom: chart.heightPx },
  });
}

/** The epoch with the lowest validation loss; -1 if none was measured. */
function indexOfBest(rows: readonly HistoryRow[]): number {
  return rows.reduce((best, row, index) => {
    const isLower = best < 0 || row.valLoss < present(rows[best]).valLoss;
    return Number.isFinite(row.valLoss) && isLower ? index : best;
  }, -1);
}

function finiteOf(series: readonly Series[]): number[] {
  return series.flatMap(({ values }) => values.filter(Number.isFinite));
}

function lastFinite(values: readonly number[]): number | undefined {
  return values.findLast(Number.isFinite);
}
