import type { TopLevelSpec } from "vega-lite";
import { extent } from "papilio/report/_bins.ts";
import { checkAny, formatterFor, isMeasured } from "papilio/report/_chart_values.ts";
import { DARK, FONT_PX, themed, titleAbove } from "papilio/report/_theme.ts";
import type { HeatMapAxis, HeatMapOptions } from "papilio/report/charts.ts";
import { textWidthPx } from "papilio/report/svg.ts";

const WHITE = "#ffffff";
const WIDTH_PX = 400;
const NAMED_HEIGHT_PX = 44;
const LEAST_HEIGHT_PX = 60;
const MOST_HEIGHT_PX = 520;
/** Of the bar that tells what the colours are, with its title above. */
const MOST_BAR_PX = 140;
const BAR_TITLE_PX = 20;
/** Numbers in more cells than these would not be read. */
const MOST_NUMBERS = 120;
/** Above this share of the colours' range, dark text is read better than white. */
const BRIGHT_SHARE = 0.6;

interface Size {
  width: number;
  height: number;
}

/** Where a cell lies along an axis; at a name, all three are the name. */
interface Place {
  start: number | string;
  middle: number | string;
  end: number | string;
}

interface Cell {
  column: Place;
  row: Place;
  value: number;
  text: string;
  ink: string;
}

/** Vega-Lite's channels of position. */
type Positions = { x?: object; y?: object };

/** Coloured cells, row 0 at the top; few cells carry their numbers, too. */
export function heatMapSpec(options: HeatMapOptions): TopLevelSpec {
  const { title, values, valueTitle } = options;
  const measured = values.flat().filter(isMeasured);
  checkAny(measured, title);
  const domain = options.valueDomain ?? extent(measured);
  const columns = Math.max(...values.map((row) => row.length));
  const size = sizeOf(values.length, columns, options);
  const labelAngle = isWider(options.x?.labels, size.width / columns) ? -90 : 0;
  const cells = {
    ...axisOf("x", options.x, { title: options.xTitle, labelAngle, grid: false }),
    ...axisOf("y", options.y, { ...titleAbove(options.yTitle), grid: false }),
  };
  const colour = {
    ...{ field: "value", type: "quantitative", scale: { scheme: "viridis", domain } },
    legend: {
      title: valueTitle,
      gradientLength: Math.min(MOST_BAR_PX, size.height - BAR_TITLE_PX),
    },
  };
  return themed(title, {
    ...size,
    data: { values: cellsOf(options, domain) },
    layer: [
      { mark: { type: "rect" }, encoding: { ...cells, color: colour } },
      ...(values.length * columns <= MOST_NUMBERS ? numbers(cells) : []),
    ],
  });
}

/** Cells with names are as high as one line needs; others square, as far as the height is within reason. */
function sizeOf(rows: number, columns: number, { y }: HeatMapOptions): Size {
  const square = Math.max(LEAST_HEIGHT_PX, WIDTH_PX * rows / columns);
  return {
    width: WIDTH_PX,
    height: Math.min(MOST_HEIGHT_PX, y?.labels ? rows * NAMED_HEIGHT_PX : square),
  };
}

/** Whether a name has no room in a cell. */
function isWider(labels: readonly string[] = [], cellPx: number): boolean {
  return labels.some((label) => textWidthPx(label, FONT_PX) > cellPx);
}

function cellsOf({ values, x, y }: HeatMapOptions, [low, high]: readonly [number, number]): Cell[] {
  const format = formatterFor(values.flat().filter(isMeasured));
  return values.flatMap((row, i) =>
    row.flatMap((value, j) => {
      if (!isMeasured(value)) return [];
      const ink = (value - low) / (high - low) > BRIGHT_SHARE ? DARK : WHITE;
      return [{ column: placeOf(j, x), row: placeOf(i, y), value, text: format(value), ink }];
    })
  );
}

function placeOf(index: number, { labels, start = 0, step = 1 }: HeatMapAxis = {}): Place {
  const at = (steps: number) => labels?.[index] ?? start + steps * step;
  return { start: at(index), middle: at(index + 0.5), end: at(index + 1) };
}

function axisOf(channel: "x" | "y", { labels }: HeatMapAxis = {}, axis: object): Positions {
  const field = channel === "x" ? "column" : "row";
  const scale = { nice: false, zero: false, reverse: channel === "y" };
  const kind = labels ? { type: "ordinal", sort: null } : { type: "quantitative", scale };
  return {
    [channel]: { field: `${field}.start`, axis, ...kind },
    ...(!labels && { [`${channel}2`]: { field: `${field}.end` } }),
  };
}

/** Dark numbers on bright cells, and white ones on the others, in the middle of each. */
function numbers({ x, y }: Positions): object[] {
  return [DARK, WHITE].map((ink) => ({
    transform: [{ filter: `datum.ink === "${ink}"` }],
    mark: { type: "text", baseline: "middle", color: ink },
    encoding: {
      x: { ...x, field: "column.middle" },
      y: { ...y, field: "row.middle" },
      text: { field: "text" },
    },
  }));
}
