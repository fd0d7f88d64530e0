import type { TopLevelSpec } from "vega-lite";
import { extent } from "papilio/report/_bins.ts";
import { checkAny, formatterFor, isMeasured } from "papilio/report/_chart_values.ts";
import { DARK, themed, titleAbove } from "papilio/report/_theme.ts";
import type { HeatMapAxis, HeatMapOptions } from "papilio/report/charts.ts";

const WHITE = "#ffffff";
const WIDTH_PX = 400;
const NAMED_WIDTH_PX = 110;
const NAMED_HEIGHT_PX = 44;
const LEAST_HEIGHT_PX = 60;
const MOST_HEIGHT_PX = 520;
/** Numbers in more cells than these would not be read. */
const MOST_NUMBERS = 120;
/** Above this share of the colours' range, dark text is read better than white. */
const BRIGHT_SHARE = 0.6;

interface Size {
  width: number;
  height: number;
}

interface Cell {
  column: number | string;
  columnEnd?: number;
  row: number | string;
  rowEnd?: number;
  value: number;
  text: string;
  ink: string;
}

/** Coloured cells, row 0 at the top; few cells carry their numbers, too. */
export function heatMapSpec(options: HeatMapOptions): TopLevelSpec {
  const { title, values, valueTitle } = options;
  const measured = values.flat().filter(isMeasured);
  checkAny(measured, title);
  const domain = options.valueDomain ?? extent(measured);
  const columns = Math.max(...values.map((row) => row.length));
  const encoding = {
    x: axisOf("column", options.x, { title: options.xTitle, labelAngle: 0, grid: false }),
    ...(!options.x?.labels && { x2: { field: "columnEnd" } }),
    y: axisOf("row", options.y, { ...titleAbove(options.yTitle), grid: false }),
    ...(!options.y?.labels && { y2: { field: "rowEnd" } }),
  };
  return themed(title, {
    ...sizeOf(values.length, columns, options),
    data: { values: cellsOf(options, domain) },
    layer: [
      { mark: { type: "rect" }, encoding: { ...encoding, color: colourOf(valueTitle, domain) } },
      ...(values.length * columns <= MOST_NUMBERS ? numbers(encoding) : []),
    ],
  });
}

/** Named cells as large as their names need; others square, as far as the height is within reason. */
function sizeOf(rows: number, columns: number, { x, y }: HeatMapOptions): Size {
  const width = x?.labels ? Math.min(WIDTH_PX, columns * NAMED_WIDTH_PX) : WIDTH_PX;
  const square = Math.max(LEAST_HEIGHT_PX, width * rows / columns);
  return { width, height: Math.min(MOST_HEIGHT_PX, y?.labels ? rows * NAMED_HEIGHT_PX : square) };
}

function cellsOf({ values, x, y }: HeatMapOptions, [low, high]: readonly [number, number]): Cell[] {
  const format = formatterFor(values.flat().filter(isMeasured));
  return values.flatMap((row, i) =>
    row.flatMap((value, j) => {
      if (!isMeasured(value)) return [];
      const [column, columnEnd] = placeOf(j, x);
      const [rowStart, rowEnd] = placeOf(i, y);
      const ink = (value - low) / (high - low) > BRIGHT_SHARE ? DARK : WHITE;
      const ends = { columnEnd, rowEnd } as Pick<Cell, "columnEnd" | "rowEnd">;
      return [{ column, row: rowStart, ...ends, value, text: format(value), ink }];
    })
  );
}

/** Where a cell lies on an axis: at its name, or from one number to the next. */
function placeOf(index: number, axis: HeatMapAxis = {}): [number | string, number | undefined] {
  const { labels, start = 0, step = 1 } = axis;
  if (labels) return [labels[index] ?? String(index), undefined];
  return [start + index * step, start + (index + 1) * step];
}

function axisOf(field: string, { labels }: HeatMapAxis = {}, axis: object): object {
  if (labels) return { field, type: "ordinal", sort: null, axis };
  const scale = { nice: false, zero: false, reverse: field === "row" };
  return { field, type: "quantitative", axis, scale };
}

function colourOf(title: string, domain: readonly [number, number]): object {
  return {
    ...{ field: "value", type: "quantitative" },
    scale: { scheme: "viridis", domain },
    legend: { title, gradientLength: 140 },
  };
}

/** Dark numbers on bright cells, and white ones on the others. */
function numbers(encoding: object): object[] {
  return [DARK, WHITE].map((ink) => ({
    transform: [{ filter: `datum.ink === "${ink}"` }],
    mark: { type: "text", baseline: "middle", color: ink },
    encoding: { ...encoding, text: { field: "text" } },
  }));
}
