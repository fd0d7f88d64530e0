import type { TopLevelSpec } from "vega-lite";
import { extent, widened } from "papilio/report/_bins.ts";
import { checkAny } from "papilio/report/_chart_values.ts";
import {
  type Box,
  boxesAlong,
  type LabelPlace,
  leaderEnd,
  placeLabels,
} from "papilio/report/_label_places.ts";
import { logAxis } from "papilio/report/_log_axis.ts";
import {
  BLUE,
  DARK,
  FONT_PX,
  GREY,
  PLOT_WIDTH_PX,
  themed,
  titleAbove,
} from "papilio/report/_theme.ts";
import {
  type AccuracyCostChart,
  type AccuracyCostPoint,
  paretoFront,
} from "papilio/report/accuracy_cost.ts";
import { textWidthPx } from "papilio/report/svg.ts";

const HEIGHT_PX = 360;
const RADIUS_PX = 5;
/** Share of the axis left free at either end, for names. */
const MARGIN = 0.12;

interface Place {
  point: AccuracyCostPoint;
  x: number;
  y: number;
  /** Ends of its bar. */
  lowY: number;
  highY: number;
  isOnFront: boolean;
}

/** The drawing of networks by cost and accuracy in Vega-Lite's terms. */
export function accuracyCostSpec(chart: AccuracyCostChart): TopLevelSpec {
  const { title, points, costTitle, accuracyTitle } = chart;
  checkAny(points, title);
  const [xDomain, yDomain] = [costDomain(points), accuracyDomain(points)];
  const front = paretoFront(points);
  const toX = scaleTo(xDomain.map(Math.log), [0, PLOT_WIDTH_PX]);
  const toY = scaleTo(yDomain, [HEIGHT_PX, 0]);
  const places = points.map((point): Place => ({
    point,
    x: toX(Math.log(point.cost)),
    y: toY(point.accuracy.value),
    lowY: toY(point.accuracy.low),
    highY: toY(point.accuracy.high),
    isOnFront: front.includes(point),
  }));
  const values = points.map((point) => ({
    ...{ cost: point.cost, ...point.accuracy },
    colour: front.includes(point) ? BLUE : GREY,
  }));
  const x = logAxis("cost", { title: costTitle, domain: xDomain, format: "~s" });
  const y = {
    field: "value",
    type: "quantitative",
    scale: { domain: yDomain, nice: false, zero: false },
    axis: { ...titleAbove(accuracyTitle), tickCount: 6 },
  };
  const color = { field: "colour", type: "nominal", scale: null };
  return themed(title, {
    width: PLOT_WIDTH_PX,
    height: HEIGHT_PX,
    layer: [
      {
        data: { values: front.map((point) => ({ cost: point.cost, value: point.accuracy.value })) },
        mark: { type: "line", color: "#7fb3d3", strokeWidth: 1.5, strokeDash: [5, 4] },
        encoding: { x, y },
      },
      {
        data: { values },
        mark: { type: "rule", strokeWidth: 1.2, opacity: 0.7 },
        encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color },
      },
      ...labelLayers(places),
      {
        data: { values },
        mark: { type: "point", filled: true, opacity: 1, size: Math.PI * RADIUS_PX ** 2 },
        encoding: { x, y, color },
      },
      frontLayer(),
    ],
  });
}

function costDomain(points: readonly AccuracyCostPoint[]): [number, number] {
  const [low, high] = extent(points.map(({ cost }) => Math.log(cost)));
  const margin = Math.max(MARGIN * (high - low), Math.log(1.5));
  return [Math.exp(low - margin), Math.exp(high + margin)];
}

function accuracyDomain(points: readonly AccuracyCostPoint[]): [number, number] {
  const ends = points.flatMap(({ accuracy }) => [accuracy.value, accuracy.low, accuracy.high]);
  const [low, high] = widened(extent(ends.filter(Number.isFinite)));
  return [Math.max(low, 0), Math.min(high, 1)];
}

function scaleTo(domain: readonly number[], [start, end]: readonly [number, number]) {
  const [low = 0, high = 1] = domain;
  return (value: number) => start + (end - start) * (value - low) / (high - low);
}

/** The names, clear of points and bars, and lines to those that stand apart. */
function labelLayers(places: readonly Place[]): object[] {
  const labels = places.map(({ point, x, y }) => ({
    ...{ x, y, text: point.name, heightPx: FONT_PX + 3 },
    widthPx: textWidthPx(point.name, FONT_PX) + 4,
  }));
  const spots = placeLabels(labels, {
    taken: [...places.flatMap(takenBy), ...alongFront(places)],
    within: { left: 0, top: 0, right: PLOT_WIDTH_PX, bottom: HEIGHT_PX },
  });
  const unscaled = (field: string) => ({
    field,
    type: "quantitative",
    scale: null,
    axis: null,
  });
  const texts = labels.map((label, i) => ({ ...(spots[i] as LabelPlace), text: label.text }));
  const leaders = labels.flatMap((label, i) => {
    const spot = spots[i] as LabelPlace;
    const end = leaderEnd(label, spot);
    return spot.isApart ? [{ x: label.x, y: label.y, x2: end.x, y2: end.y }] : [];
  });
  return [
    {
      data: { values: leaders },
      mark: { type: "rule", color: "#999999", strokeWidth: 0.8 },
      encoding: {
        x: unscaled("x"),
        y: unscaled("y"),
        x2: { field: "x2" },
        y2: { field: "y2" },
      },
    },
    {
      data: { values: texts },
      mark: { type: "text", align: "center", baseline: "middle", color: DARK },
      encoding: { x: unscaled("x"), y: unscaled("y"), text: { field: "text" } },
    },
  ];
}

/** What a name may not cover: a point and its bar. */
function takenBy({ x, y, lowY, highY }: Place): Box[] {
  const halfPx = RADIUS_PX + 1;
  return [
    { left: x - halfPx, right: x + halfPx, top: y - halfPx, bottom: y + halfPx },
    { left: x - 2, right: x + 2, top: highY, bottom: lowY },
  ];
}

/** The line of the front. */
function alongFront(places: readonly Place[]): Box[] {
  return boxesAlong(places.filter(({ isOnFront }) => isOnFront).sort((a, b) => a.x - b.x));
}

/** What the line is, above the plot. */
function frontLayer(): object {
  return {
    data: { values: [{}] },
    mark: {
      ...{ type: "text", align: "right", baseline: "bottom", color: BLUE },
      text: "– – ●  Pareto front",
    },
    encoding: { x: { value: PLOT_WIDTH_PX }, y: { value: -5 } },
  };
}
