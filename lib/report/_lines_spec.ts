import type { TopLevelSpec } from "vega-lite";
import { present } from "papilio/core/assert.ts";
import { extent, widened } from "papilio/report/_bins.ts";
import { checkAny, isMeasured } from "papilio/report/_chart_values.ts";
import {
  colourAt,
  GREY,
  LABEL_GAP_PX,
  PLOT_WIDTH_PX,
  spread,
  themed,
  titleAbove,
} from "papilio/report/_theme.ts";
import type { LinesOptions } from "papilio/report/charts.ts";

const HEIGHT_PX = 280;
/** Longer lines would hide below their points. */
const MOST_POINTS = 60;

interface Line {
  label: string;
  colour: string;
  points: readonly { x: number; y: number }[];
}

/** Lines with their names at their ends, and upright lines at the markers. */
export function linesSpec(options: LinesOptions): TopLevelSpec {
  const lines = options.series.map(toLine).filter(({ points }) => points.length > 0);
  checkAny(lines, options.title);
  const points = lines.flatMap((line) => line.points);
  const yDomain = options.yDomain ?? widened(extent(points.map(({ y }) => y)));
  const xDomain = options.xDomain ?? extent(points.map(({ x }) => x));
  const areWhole = points.every((point) => Number.isInteger(point.x));
  const isCut = options.xDomain !== undefined || options.yDomain !== undefined;
  const x = {
    field: "x",
    type: "quantitative",
    title: options.xTitle,
    scale: { domain: xDomain, nice: false, zero: false },
    // Epochs and other counts have no halves.
    axis: { grid: false, ...(areWhole ? { tickMinStep: 1, format: "d" } : {}) },
  };
  const y = {
    field: "y",
    type: "quantitative",
    scale: { domain: yDomain, nice: false, zero: false },
    axis: { ...titleAbove(options.yTitle, options.markers?.length), tickCount: 6 },
  };
  return themed(options.title, {
    width: PLOT_WIDTH_PX,
    height: HEIGHT_PX,
    layer: [
      ...markerLayers(options.markers ?? [], x),
      // The first, which the chart is about, on top: an ideal may be the same line.
      ...lines.toReversed().flatMap((line) => lineLayers(line, { x, y }, isCut)),
      endLabels(lines, yDomain),
    ],
  });
}

function toLine({ label, x, y }: LinesOptions["series"][number], index: number): Line {
  const points = x.map((value, i) => ({ x: value, y: y[i] ?? null }))
    .filter((point): point is { x: number; y: number } =>
      isMeasured(point.x) && isMeasured(point.y)
    );
  return { label, colour: colourAt(index), points };
}

function lineLayers({ colour, points }: Line, encoding: object, clip: boolean): object[] {
  const line = { type: "line", color: colour, strokeWidth: 2, clip };
  const dots = { type: "point", color: colour, filled: true, size: 18, opacity: 1, clip };
  const marks = points.length <= MOST_POINTS ? [line, dots] : [line];
  return marks.map((mark) => ({ data: { values: points }, mark, encoding }));
}

/** The name of each line beside its last point, pushed apart where lines end close together. */
function endLabels(lines: readonly Line[], [low, high]: readonly [number, number]): object {
  const ends = lines.map(({ label, colour, points }) => {
    // A line that leaves the plot is named at the edge that it leaves it by.
    const y = Math.min(Math.max(present(points.at(-1)).y, low), high);
    return { label, colour, y: HEIGHT_PX * (1 - (y - low) / (high - low)) };
  }).sort((a, b) => a.y - b.y);
  const places = spread(ends.map((end) => end.y), HEIGHT_PX);
  return {
    data: { values: ends.map((end, index) => ({ ...end, y: places[index] })) },
    mark: { type: "text", align: "left", baseline: "middle", dx: 6 },
    encoding: {
      x: { value: PLOT_WIDTH_PX },
      y: { field: "y", type: "quantitative", scale: null, axis: null },
      text: { field: "label" },
      color: { field: "colour", type: "nominal", scale: null },
    },
  };
}

/** Names stand above the plot, on lines of their own: markers may lie closer than a name is wide. */
function markerLayers(markers: NonNullable<LinesOptions["markers"]>, x: object): object[] {
  return markers.flatMap((marker, line) => {
    const data = { values: [marker] };
    const rule = { type: "rule", color: "#aaaaaa", strokeWidth: 1.5 };
    const text = { type: "text", baseline: "bottom", color: GREY };
    const name = { x, y: { value: -4 - LABEL_GAP_PX * line }, text: { field: "label" } };
    return [{ data, mark: rule, encoding: { x } }, { data, mark: text, encoding: name }];
  });
}
