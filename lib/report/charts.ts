import type { TopLevelSpec } from "vega-lite";
import { barsSpec } from "papilio/report/_bars_spec.ts";
import type { Measured } from "papilio/report/_chart_values.ts";
import { heatMapSpec } from "papilio/report/_heat_map_spec.ts";
import { histogramSpec } from "papilio/report/_histogram_spec.ts";
import { linesSpec } from "papilio/report/_lines_spec.ts";
import { scatterSpec } from "papilio/report/_scatter_spec.ts";
import { vegaToSvg } from "papilio/report/_vega.ts";
import { svgToPng } from "papilio/report/svg.ts";

/** Pixels to each unit of a drawing: sharp on any screen. */
const SCALE = 2;

/** Upright lines with a name: where a phase begins, a threshold. */
type Markers = readonly { x: number; label: string }[];

/** Lower and upper end of an axis; by default it spans the values. */
type Domain = readonly [number, number];

export interface HistogramOptions {
  title: string;
  /** With its unit: `"width (px)"`. */
  xTitle: string;
  /** Each has its own panel, one above the other, over the same bins. */
  series: readonly { label: string; values: readonly Measured[] }[];
  /** About how many; their width is a round number. */
  bins?: number;
  /** One of what is counted: `"image"`. */
  noun?: string;
  markers?: Markers;
}

export interface ScatterOptions {
  title: string;
  xTitle: string;
  yTitle: string;
  points: readonly { x: Measured; y: Measured; group?: string }[];
  xDomain?: Domain;
  yDomain?: Domain;
}

export interface LinesOptions {
  title: string;
  xTitle: string;
  yTitle: string;
  series: readonly { label: string; x: readonly Measured[]; y: readonly Measured[] }[];
  markers?: Markers;
  xDomain?: Domain;
  yDomain?: Domain;
}

export interface BarsOptions {
  title: string;
  valueTitle: string;
  /** Bars of the same label and different groups lie next to each other. */
  bars: readonly { label: string; value: Measured; group?: string }[];
  valueDomain?: Domain;
}

/** Names of the cells along an axis, or the number at which the first begins and the width of each. */
export interface HeatMapAxis {
  labels?: readonly string[];
  start?: number;
  step?: number;
}

export interface HeatMapOptions {
  title: string;
  xTitle: string;
  yTitle: string;
  valueTitle: string;
  /** `[row][column]`; row 0 is drawn at the top. */
  values: readonly (readonly Measured[])[];
  x?: HeatMapAxis;
  y?: HeatMapAxis;
  valueDomain?: Domain;
}

/**
 * The PNG of histograms, one above the other over the same bins, each with its number and its median.
 *
 * @throws {PapilioError} if no number is given.
 *
 * @example
 * ```ts
 * import { renderHistogram } from "papilio/report/charts.ts";
 * const series = [{ label: "training", values: [0.1, 0.2, 0.2, null] }];
 * const png = await renderHistogram({ title: "Foreground", xTitle: "fraction", series });
 * console.assert(png.length > 0);
 * ```
 */
export async function renderHistogram(options: HistogramOptions): Promise<Uint8Array> {
  return await render(histogramSpec(options));
}

/**
 * The PNG of points over two axes; groups differ by colour and by shape.
 *
 * @throws {PapilioError} if no point has both coordinates.
 */
export async function renderScatter(options: ScatterOptions): Promise<Uint8Array> {
  return await render(scatterSpec(options));
}

/**
 * The PNG of lines, each with its name at its end.
 *
 * @throws {PapilioError} if no line has a point.
 */
export async function renderLines(options: LinesOptions): Promise<Uint8Array> {
  return await render(linesSpec(options));
}

/**
 * The PNG of lying bars in the order given, each with its number.
 *
 * @throws {PapilioError} if no bar has a value.
 */
export async function renderBars(options: BarsOptions): Promise<Uint8Array> {
  return await render(barsSpec(options));
}

/**
 * The PNG of a matrix as coloured cells.
 *
 * @throws {PapilioError} if no cell has a value.
 */
export async function renderHeatMap(options: HeatMapOptions): Promise<Uint8Array> {
  return await render(heatMapSpec(options));
}

async function render(spec: TopLevelSpec): Promise<Uint8Array> {
  return svgToPng(await vegaToSvg(spec), SCALE);
}
