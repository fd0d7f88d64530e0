import type { TopLevelSpec } from "vega-lite";
import { type Html, html, raw } from "papilio/report/page/_html.ts";
import { vegaToSvg } from "papilio/report/_vega.ts";

/** Colours of `frame.css`, which has them for light and for dark screens. */
export const chartColours = {
  blue: "var(--blue)",
  orange: "var(--orange)",
  green: "var(--green)",
  pink: "var(--pink)",
  text: "var(--text)",
  faint: "var(--faint)",
} as const;

export type ChartColour = keyof typeof chartColours | Hex;

/** The same on light and on dark screens. */
type Hex = `#${string}`;

/** A colour that is none of the page's own; grey, if it is none at all. */
export function hexOf(text: string): Hex {
  return /^#[0-9a-f]{6}$/i.test(text) ? text as Hex : "#999999";
}

function cssOf(colour: ChartColour): string {
  return colour in chartColours ? chartColours[colour as keyof typeof chartColours] : colour;
}

export interface ChartSeries {
  label: string;
  colour: ChartColour;
  isDashed?: boolean;
  /** Points, too, where they are few. */
  hasDots?: boolean;
  x: readonly number[];
  y: readonly number[];
}

export interface ChartOptions {
  title: string;
  /** In words, for those who do not see it. */
  description: string;
  xTitle: string;
  xDomain: readonly [number, number];
  yDomain: readonly [number, number];
  series: readonly ChartSeries[];
  /** Upright lines; those with names are listed below the chart. */
  rules?: readonly { x: number; label?: string; colour: ChartColour; isDashed?: boolean }[];
  /** A range of x that is tinted. */
  band?: { from: number; to: number; label: string };
  /** A ring around points. */
  rings?: readonly { x: number; y: number }[];
  ringLabel?: string;
  /** Whole numbers alone on the horizontal axis. */
  isCounting?: boolean;
}

const WIDTH_PX = 400;
const HEIGHT_PX = 230;
const DASHES = [5, 4];

/** A chart with its title and, below it, what its lines are. */
export async function chart(options: ChartOptions): Promise<Html> {
  const svg = await vegaToSvg(chartSpec(options));
  const start = svg.indexOf(">") + 1;
  const viewBox = /viewBox="[^"]*"/.exec(svg)?.[0] ?? "";
  // Written anew: without a size of its own, it is as wide as its column.
  return html`
    <figure class="chart">
      <figcaption>${options.title}</figcaption>
      <svg ${raw(viewBox)} role="img" aria-label="${options.description}">${raw(svg.slice(start))}
    <ul class="key">${keyEntries(options)}</ul></figure>
  `;
}

function chartSpec(options: ChartOptions): TopLevelSpec {
  const { xTitle, xDomain, yDomain, isCounting } = options;
  const x = {
    field: "x",
    type: "quantitative",
    title: xTitle,
    scale: { domain: xDomain, nice: false, zero: false },
    axis: { grid: false, tickCount: 6, ...(isCounting && { tickMinStep: 1, format: "d" }) },
  };
  const y = {
    field: "y",
    type: "quantitative",
    title: null,
    scale: { domain: yDomain, nice: false, zero: false },
    axis: { tickCount: 5 },
  };
  const layer = [
    ...bandLayer(options, x),
    ...ruleLayers(options, x),
    ...options.series.flatMap((series) => seriesLayers(series, { x, y })),
    ...ringLayer(options, { x, y }),
  ];
  return {
    width: WIDTH_PX,
    height: HEIGHT_PX,
    padding: 4,
    layer,
    config: style,
  } as unknown as TopLevelSpec;
}

const { text, faint } = chartColours;

const style = {
  aria: false,
  background: null,
  font: "inherit",
  view: { stroke: null },
  axis: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: "normal",
    titleColor: text,
    labelColor: text,
    gridColor: "var(--line)",
    domainColor: faint,
    tickColor: faint,
  },
};

function seriesLayers(series: ChartSeries, encoding: object): object[] {
  const { colour, isDashed, hasDots, x, y } = series;
  const values = x.map((value, i) => ({ x: value, y: y[i] as number }))
    .filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y));
  const color = cssOf(colour);
  const line = {
    ...{ type: "line", color, strokeWidth: isDashed ? 1.5 : 2.2 },
    ...(isDashed && { strokeDash: DASHES }),
  };
  const dots = { type: "point", color, filled: true, size: 22, opacity: 1 };
  return (hasDots ? [line, dots] : [line]).map((mark) => ({ data: { values }, mark, encoding }));
}

function bandLayer({ band }: ChartOptions, x: object): object[] {
  if (!band) return [];
  const data = { values: [{ x: band.from, x2: band.to }] };
  const mark = { type: "rect", color: chartColours.green, opacity: 0.18 };
  return [{ data, mark, encoding: { x, x2: { field: "x2" } } }];
}

function ruleLayers({ rules = [] }: ChartOptions, x: object): object[] {
  return rules.map(({ x: at, colour, isDashed }) => ({
    data: { values: [{ x: at }] },
    mark: {
      ...{ type: "rule", color: cssOf(colour), strokeWidth: 1.5 },
      ...(isDashed && { strokeDash: DASHES }),
    },
    encoding: { x },
  }));
}

function ringLayer({ rings = [] }: ChartOptions, encoding: object): object[] {
  const values = rings.filter(({ y }) => Number.isFinite(y));
  const mark = { type: "point", shape: "circle", size: 130, color: text, strokeWidth: 1.6 };
  return values.length === 0 ? [] : [{ data: { values }, mark, encoding }];
}

function keyEntries({ series, rules = [], band, rings, ringLabel }: ChartOptions): Html[] {
  const lines = [...series, ...rules].map(({ label, colour, isDashed }) =>
    label ? keyEntry(label, colour, isDashed ? "dashed" : "line") : html``
  );
  return [
    ...lines,
    ...(band ? [keyEntry(band.label, "green", "band")] : []),
    ...(rings && ringLabel ? [keyEntry(ringLabel, "text", "ring")] : []),
  ];
}

function keyEntry(label: string, colour: ChartColour, shape: string): Html {
  return html`<li><i class="${shape}" style="color:${cssOf(colour)}"></i>${label}</li>`;
}
