import type { TopLevelSpec } from "vega-lite";
import { present } from "papilio/core/assert.ts";
import type { DrawnClass } from "papilio/report/class_overlay.ts";
import type { CurvesOptions, HistoryRow } from "papilio/report/curves.ts";
import { BACKGROUND, classColours } from "papilio/core/classes.ts";
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
      ...phaseLayers(rows, index === 0),
      ...chart.series.flatMap((series) => seriesLayers(series, chart, rows.length)),
      labelLayer(chart, rows.length),
      ...bestLayers(rows, chart, bestIndex, index === 0),
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
  const lowest = Math.min(...finiteOf(series), 0.9);
  const domain: [number, number] = [Math.floor(lowest * 10) / 10, 1];
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
  const lowest = Math.min(...finiteOf(series), 0.9);
  const domain: [number, number] = [Math.floor(lowest * 10) / 10, 1];
  return { title: "IoU of each class, validation", heightPx: 140, domain, series };
}

function learningRateChart(rows: readonly HistoryRow[]): Chart {
  const values = rows.map((row) => row.learningRate);
  const known = values.filter((value) => value > 0);
  const domain: [number, number] = known.length === 0
    ? [1e-4, 1e-3]
    : [Math.min(...known) / 1.5, Math.max(...known) * 1.5];
  return {
    title: "Learning rate (logarithmic)",
    heightPx: 60,
    domain,
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
    ...(chart.isLogarithmic && { interpolate: "step" }),
    ...(series.isDashed && { strokeDash: [4, 3] }),
  };
  const point = { type: "point", color: series.colour, filled: true, size: 14 };
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

function yAxis({ domain, isLogarithmic, series }: Chart): object {
  const axis = isLogarithmic
    ? { values: extremes(present(series[0]).values), format: ".0e" }
    : { tickCount: 5 };
  const scale = isLogarithmic ? { type: "log", domain } : { domain, nice: false, zero: false };
  return { field: "value", type: "quantitative", title: null, scale, axis };
}

function extremes(values: readonly number[]): number[] {
  return [...new Set([Math.min(...values), Math.max(...values)])];
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
  return heightPx * (1 - (scaled(value) - scaled(low)) / (scaled(high) - scaled(low)));
}

function formatNumber(value: number, { isLogarithmic }: Chart): string {
  return isLogarithmic ? value.toExponential(1).replace(".0e", "e") : value.toFixed(3);
}

function phaseLayers(rows: readonly HistoryRow[], isLabelled: boolean): object[] {
  const starts = rows.flatMap((row, index) =>
    row.phase === rows[index - 1]?.phase ? [] : [{ epoch: index + 0.5, text: phaseName(row.phase) }]
  );
  const x = xAxis(rows.length);
  const rule = {
    data: { values: starts.filter(({ epoch }) => epoch > 0.5) },
    mark: { type: "rule", color: "#aaaaaa", strokeWidth: 1.5 },
    encoding: { x },
  };
  // Each on a line of its own: a short phase is narrower than its name.
  const texts = starts.map((start, line) => ({
    data: { values: [start] },
    mark: {
      type: "text",
      align: "left",
      baseline: "top",
      dx: 4,
      dy: -6 + 14 * line,
      fontSize: FONT_PX,
      color: GREY,
    },
    encoding: { x, y: { value: 0 }, text: { field: "text" } },
  }));
  return isLabelled ? [rule, ...texts] : [rule];
}

function phaseName(phase: number): string {
  const meaning = { 1: ": encoder frozen", 2: ": all layers" }[phase] ?? "";
  return `phase ${phase}${meaning}`;
}

/** A ring on each validation curve at the best epoch, and its name once. */
function bestLayers(
  rows: readonly HistoryRow[],
  chart: Chart,
  bestIndex: number,
  isLabelled: boolean,
): object[] {
  if (bestIndex < 0 || chart.isLogarithmic) return [];
  const values = chart.series.filter((series) => !series.isDashed)
    .map((series) => ({ epoch: bestIndex + 1, value: present(series.values[bestIndex]) }))
    .filter(({ value }) => Number.isFinite(value));
  const encoding = { x: xAxis(rows.length), y: yAxis(chart) };
  const ring = { type: "point", shape: "circle", size: 110, color: DARK, strokeWidth: 1.5 };
  const isLate = bestIndex > rows.length / 2;
  const name = {
    type: "text",
    text: `best: epoch ${bestIndex + 1}`,
    align: isLate ? "right" : "left",
    dx: isLate ? 4 : -4,
    dy: -16,
    fontSize: FONT_PX,
    color: DARK,
  };
  return (isLabelled ? [ring, name] : [ring]).map((mark) => ({ data: { values }, mark, encoding }));
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
