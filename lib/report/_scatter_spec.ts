import type { TopLevelSpec } from "vega-lite";
import { extent, widened } from "papilio/report/_bins.ts";
import { checkAny, isMeasured } from "papilio/report/_chart_values.ts";
import { colourAt, PLOT_WIDTH_PX, themed, titleAbove } from "papilio/report/_theme.ts";
import type { ScatterOptions } from "papilio/report/charts.ts";

const HEIGHT_PX = 320;
const SHAPES = [
  "circle",
  "triangle-up",
  "square",
  "diamond",
  "cross",
  "triangle-down",
  "triangle-right",
];

/** Half-transparent points, so that crowds look darker; groups differ by colour and by shape. */
export function scatterSpec(options: ScatterOptions): TopLevelSpec {
  const { title, xTitle, yTitle, xDomain, yDomain } = options;
  const points = options.points.flatMap(({ x, y, group = "" }) =>
    isMeasured(x) && isMeasured(y) ? [{ x, y, group }] : []
  );
  checkAny(points, title);
  const groups = [...new Set(points.map(({ group }) => group))];
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  const encoding = {
    x: { field: "x", type: "quantitative", title: xTitle, scale: scaleOf(xs, xDomain) },
    y: {
      field: "y",
      type: "quantitative",
      scale: scaleOf(ys, yDomain),
      axis: titleAbove(yTitle),
    },
    ...groupEncoding(groups),
  };
  return themed(title, {
    width: PLOT_WIDTH_PX,
    height: HEIGHT_PX,
    data: { values: points },
    mark: { type: "point", filled: true, size: 34, opacity: 0.6 },
    encoding,
  });
}

/** The domain given, else one of round numbers around the values. */
function scaleOf(values: readonly number[], domain?: readonly [number, number]): object {
  if (domain) return { domain, nice: false, zero: false };
  const [low, high] = extent(values);
  return low < high ? { zero: false } : { domain: widened([low, high]), nice: true, zero: false };
}

function groupEncoding(groups: readonly string[]): object {
  const legend = groups.length > 1
    ? { title: null, orient: "top", symbolOpacity: 1, symbolSize: 60, offset: 28 }
    : null;
  const scale = (range: readonly string[]) => ({ domain: groups, range });
  return {
    color: {
      field: "group",
      type: "nominal",
      scale: scale(groups.map((_, index) => colourAt(index))),
      legend,
    },
    shape: { field: "group", type: "nominal", scale: scale(SHAPES), legend },
  };
}
