import { counted } from "papilio/core/text.ts";
import type { TopLevelSpec } from "vega-lite";
import { present } from "papilio/core/assert.ts";
import { median } from "papilio/core/median.ts";
import { type Bin, binEdges, countInBins, extent } from "papilio/report/_bins.ts";
import { checkAny, formatterFor, isMeasured } from "papilio/report/_chart_values.ts";
import { BLUE, DARK, LABEL_GAP_PX, ORANGE, PLOT_WIDTH_PX, themed } from "papilio/report/_theme.ts";
import type { HistogramOptions } from "papilio/report/charts.ts";

interface Panel {
  label: string;
  values: readonly number[];
}

interface Scale {
  edges: readonly number[];
  areWhole: boolean;
  markers: NonNullable<HistogramOptions["markers"]>;
  /** None where the axis of the panel below serves as well. */
  xTitle: string | null;
}

const SINGLE_HEIGHT_PX = 200;
const STACKED_HEIGHT_PX = 90;
const DEFAULT_BINS = 30;
const MOST_PARTED = 20;

/** One histogram above another, all over the same bins; a line marks each one's median. */
export function histogramSpec(options: HistogramOptions): TopLevelSpec {
  const { title, xTitle, series, bins = DEFAULT_BINS, noun = "value", markers = [] } = options;
  const panels = series.map(({ label, values }) => ({ label, values: values.filter(isMeasured) }));
  const all = panels.flatMap(({ values }) => values);
  checkAny(all, title);
  const edges = binEdges([...all, ...markers.map(({ x }) => x)], bins);
  const areWhole = all.every(Number.isInteger);
  const views = panels.map((panel, index) => {
    const isLowest = index === panels.length - 1;
    const text = panelTitle(panel, noun);
    const offset = 8 + LABEL_GAP_PX * markers.length;
    return {
      width: PLOT_WIDTH_PX,
      height: panels.length === 1 ? SINGLE_HEIGHT_PX : STACKED_HEIGHT_PX,
      title: { text, anchor: "start", frame: "group", fontSize: 12, offset },
      layer: layersOf(panel, { edges, areWhole, markers, xTitle: isLowest ? xTitle : null }),
    };
  });
  return themed(title, { spacing: 12, vconcat: views });
}

function panelTitle({ label, values }: Panel, noun: string): string {
  const name = label === "" ? "" : `${label}: `;
  if (values.length === 0) return `${name}nothing measured`;
  const middle = median(values);
  const shown = formatterFor([middle])(middle);
  return `${name}${counted(values.length, noun)}, median ${shown} (dashed)`;
}

function layersOf({ values }: Panel, scale: Scale): object[] {
  const x = xAxis(scale);
  const bins = countInBins(values, scale.edges);
  const y = {
    ...{ field: "count", type: "quantitative", title: null },
    scale: { domain: [0, Math.max(1, ...bins.map(({ count }) => count))] },
    axis: { tickCount: 3, tickMinStep: 1, format: "d" },
  };
  const columns = {
    data: { values: areSingle(scale) ? bins.map(parted) : bins },
    mark: { type: "bar", color: BLUE, stroke: "white", strokeWidth: 1 },
    encoding: { x: { ...x, field: "from" }, x2: { field: "to" }, y, y2: { datum: 0 } },
  };
  const middle = {
    data: { values: values.length === 0 ? [] : [{ median: median(values) }] },
    mark: { type: "rule", color: DARK, strokeWidth: 1.5, strokeDash: [4, 3] },
    encoding: { x: { ...x, field: "median" } },
  };
  return [columns, middle, ...scale.markers.flatMap((_, line) => markerLayers(scale, line))];
}

/** An upright line; its name stands above the plot, on a line of its own. */
function markerLayers(scale: Scale, line: number): object[] {
  const data = { values: [present(scale.markers[line])] };
  const encoding = { x: { ...xAxis(scale), field: "x" } };
  const rule = { type: "rule", color: ORANGE, strokeWidth: 2 };
  const y = { value: -4 - LABEL_GAP_PX * line };
  const name = { type: "text", baseline: "bottom", color: ORANGE };
  return [
    { data, mark: rule, encoding },
    { data, mark: name, encoding: { ...encoding, y, text: { field: "label" } } },
  ];
}

/** Are these bins of single whole numbers, and few enough to be drawn with gaps? */
function areSingle({ edges, areWhole }: Scale): boolean {
  const [low, high] = extent(edges);
  return areWhole && high - low === edges.length - 1 && edges.length <= MOST_PARTED + 1;
}

function parted(bin: Bin): Bin {
  return { ...bin, from: bin.from + 0.1, to: bin.to - 0.1 };
}

function xAxis({ edges, areWhole, xTitle }: Scale): object {
  return {
    type: "quantitative",
    title: xTitle,
    scale: { domain: extent(edges), nice: false, zero: false },
    axis: { grid: false, labels: xTitle !== null, ...(areWhole && { tickMinStep: 1 }) },
  };
}
