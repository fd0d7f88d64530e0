import type { TopLevelSpec } from "vega-lite";
import { checkAny, isMeasured } from "papilio/report/_chart_values.ts";
import { colourAt, PLOT_WIDTH_PX, themed, titleAbove } from "papilio/report/_theme.ts";
import type { ScatterOptions } from "papilio/report/charts.ts";

const HEIGHT_PX = 320;
const SHAPES = ["circle", "triangle-up", "square", "diamond", "cross", "triangle-down", "stroke"];

/** Half-transparent points, so that crowds look darker; groups differ by colour and by shape. */
export function scatterSpec(options: ScatterOptions): TopLevelSpec {
  const { title, xTitle, yTitle, xDomain, yDomain } = options;
  const points = options.points.filter(({ x, y }) => isMeasured(x) && isMeasured(y));
  checkAny(points, title);
  const groups = [...new Set(points.map(({ group = "" }) => group))];
  const encoding = {
    x: { field: "x", type: "quantitative", title: xTitle, scale: scaleOf(xDomain) },
    y: {
      field: "y",
      type: "quantitative",
      scale: scaleOf(yDomain),
      axis: titleAbove(yTitle),
    },
    ...groupEncoding(groups),
  };
  return themed(title, {
    width: PLOT_WIDTH_PX,
    height: HEIGHT_PX,
    data: { values: points.map(({ x, y, group = "" }) => ({ x, y, group })) },
    mark: { type: "point", filled: true, size: 34, opacity: 0.6 },
    encoding,
  });
}

function scaleOf(domain: readonly [number, number] | undefined): object {
  return domain ? { domain, nice: false, zero: false } : { zero: false };
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
