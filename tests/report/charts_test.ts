import { expect } from "expect";
import sharp from "sharp";
import { barsSpec } from "papilio/report/_bars_spec.ts";
import { type Bin, binEdges, countInBins } from "papilio/report/_bins.ts";
import { formatterFor } from "papilio/report/_chart_values.ts";
import { heatMapSpec } from "papilio/report/_heat_map_spec.ts";
import { histogramSpec } from "papilio/report/_histogram_spec.ts";
import { linesSpec } from "papilio/report/_lines_spec.ts";
import { scatterSpec } from "papilio/report/_scatter_spec.ts";
import { spread } from "papilio/report/_theme.ts";
import { vegaToSvg } from "papilio/report/_vega.ts";
import {
  type BarsOptions,
  type HeatMapOptions,
  type HistogramOptions,
  type LinesOptions,
  renderBars,
  renderHeatMap,
  renderHistogram,
  renderLines,
  renderScatter,
  type ScatterOptions,
} from "papilio/report/charts.ts";

const histogram = (series: HistogramOptions["series"], more = {}): HistogramOptions => ({
  ...{ title: "Foreground", xTitle: "foreground (fraction)", noun: "image" },
  ...{ series, ...more },
});
const scatter = (points: ScatterOptions["points"]): ScatterOptions => ({
  ...{ title: "Sizes", xTitle: "width (px)", yTitle: "height (px)", points },
});
const lines = (series: LinesOptions["series"], more = {}): LinesOptions => ({
  ...{ title: "Dice", xTitle: "threshold", yTitle: "Dice", series, ...more },
});
const bars = (list: BarsOptions["bars"], more = {}): BarsOptions => ({
  ...{ title: "Faults", valueTitle: "cases", bars: list, ...more },
});
const heatMap = (values: HeatMapOptions["values"], more = {}): HeatMapOptions => ({
  ...{ title: "Place", xTitle: "x (px)", yTitle: "y (px)", valueTitle: "share", values, ...more },
});

/** A text that the drawing shows, and where: its own shift within its group. */
interface Text {
  text: string;
  x: number;
  y: number;
  fill: string;
}

function textsOf(svg: string): Text[] {
  const pattern = /<text[^>]*translate\(([-\d.]+),([-\d.]+)\)[^>]*?(?:fill="([^"]*)")?>([^<]*)</g;
  return [...svg.matchAll(pattern)].map(([, x, y, fill = "", text = ""]) => ({
    ...{ text, fill, x: Number(x), y: Number(y) },
  }));
}

/** Bounds of every path with a given fill, `[left, top, right, bottom]`; they must be rectangles. */
function rectanglesOf(svg: string, fill: string): number[][] {
  const paths = svg.matchAll(/<path[^>]* d="(M[^"]*)"[^>]*fill="([^"]*)"/g);
  return [...paths].filter(([, , colour]) => colour === fill).map(([, d = ""]) => {
    const [, x = 0, y = 0, width = 0, height = 0] =
      d.match(/^M([-\d.]+),([-\d.]+)h([-\d.]+)v([-\d.]+)/)?.map(Number) ?? [];
    const [xs, ys] = [[x, x + width], [y, y + height]];
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)].map(Math.round);
  });
}

const counts = (bins: readonly Bin[]) => bins.map(({ count }) => count);
const BLUE = "#0072B2";

Deno.test("bins are of round width, and count every value once", () => {
  const values = [0.01, 0.1, 0.19, 0.2, 0.55, 1];
  const edges = binEdges(values, 10);
  expect(edges.map((edge) => Number(edge.toFixed(9)))).toEqual(
    [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
  );
  // 0.1 and 0.2 open a bin; 1 closes the last.
  expect(counts(countInBins(values, edges))).toEqual([1, 2, 1, 0, 0, 1, 0, 0, 0, 1]);
});

Deno.test("a bin's edge belongs to the bin above it, however the floats round", () => {
  const values = Array.from({ length: 31 }, (_, i) => i / 10);
  const edges = binEdges(values, 30);
  // 0, 0.1, …, 3: one in each of 30 bins, and the last has 3, too.
  expect(counts(countInBins(values, edges))).toEqual([...Array(29).fill(1), 2]);
});

Deno.test("single whole numbers stand in the middle of their bins; wide ranges share bins", () => {
  expect(binEdges([1, 2, 2], 30)).toEqual([0.5, 1.5, 2.5]);
  expect(counts(countInBins([1, 2, 2], [0.5, 1.5, 2.5]))).toEqual([1, 2]);
  // 374 / 10 is 37.4, so 50 wide.
  expect(binEdges([1, 375], 10)).toEqual([0, 50, 100, 150, 200, 250, 300, 350, 400]);
});

Deno.test("equal values make one bin around them", () => {
  expect(binEdges([256, 256], 30)).toEqual([255.5, 256.5]);
  expect(binEdges([0.25], 30)).toEqual([0, 1]);
});

Deno.test("numbers of one chart have the same decimals, three digits for the largest", () => {
  expect([0.8, 0.05].map(formatterFor([0.8, 0.05]))).toEqual(["0.800", "0.050"]);
  expect([12, -1234].map(formatterFor([12, -1234]))).toEqual(["12", "−1234"]);
  expect([11.5, 1].map(formatterFor([11.5, 1]))).toEqual(["11.5", "1.0"]);
});

Deno.test("histograms say what they count, share their axis and leave out what was not measured", async () => {
  const series = [
    { label: "training", values: [0.1, 0.2, 0.2, null, NaN] },
    { label: "validation", values: [0.5, 0.9] },
    { label: "test", values: [] },
  ];
  const svg = await vegaToSvg(histogramSpec(histogram(series, { bins: 10 })));
  const texts = textsOf(svg).map(({ text }) => text);
  expect(texts).toContain("training: 3 images, median 0.200 (dashed)");
  expect(texts).toContain("validation: 2 images, median 0.700 (dashed)");
  expect(texts).toContain("test: nothing measured");
  expect(texts.filter((text) => text === "foreground (fraction)")).toHaveLength(1);
  // 0.1 to 0.9 in tenths: 8 bins of 70 units; 90 units high. Empty bins have no height.
  const drawn = rectanglesOf(svg, BLUE).filter(([, top, , bottom]) => top !== bottom);
  expect(drawn).toEqual([[0, 45, 70, 90], [70, 0, 140, 90], [280, 0, 350, 90], [490, 0, 560, 90]]);
});

Deno.test("markers of a histogram have names, and room even outside of the values", async () => {
  const options = histogram([{ label: "", values: [0, 10] }], {
    markers: [{ x: 40, label: "last" }],
    bins: 4,
  });
  const svg = await vegaToSvg(histogramSpec(options));
  // 0 to 40 in tens; the line stands at the right end of 560 units, its name above it.
  expect(rectanglesOf(svg, BLUE).slice(0, 2)).toEqual([[0, 0, 140, 200], [140, 0, 280, 200]]);
  const name = textsOf(svg).find(({ text }) => text === "last");
  expect(name?.x).toBe(560);
  expect(name?.y).toBeLessThan(0);
});

Deno.test("columns of few whole numbers have gaps", async () => {
  const spec = histogramSpec(histogram([{ label: "", values: [1, 2, 2] }]));
  const svg = await vegaToSvg(spec);
  // Two bins of 280 units, a tenth off at each side; 200 units high for the count of 2.
  expect(rectanglesOf(svg, BLUE)).toEqual([[28, 100, 252, 200], [308, 0, 532, 200]]);
});

Deno.test("points are drawn where both coordinates are known; groups have a legend", async () => {
  const points = [
    { x: 0, y: 0, group: "training" },
    { x: 100, y: 200, group: "validation" },
    { x: null, y: 3, group: "training" },
    { x: 3, y: NaN, group: "training" },
  ];
  const svg = await vegaToSvg(scatterSpec(scatter(points)));
  const marks = svg.match(/aria-roledescription="point"/g);
  expect(marks).toHaveLength(2);
  const texts = textsOf(svg).map(({ text }) => text);
  for (const text of ["training", "validation", "width (px)", "height (px)"]) {
    expect(texts).toContain(text);
  }
  const ungrouped = points.map(({ x, y }) => ({ x, y }));
  const plain = textsOf(await vegaToSvg(scatterSpec(scatter(ungrouped))));
  expect(plain.map(({ text }) => text)).not.toContain("training");
});

Deno.test("points that all lie in one place have an axis around it", async () => {
  const svg = await vegaToSvg(scatterSpec(scatter([{ x: 128, y: 0.5 }, { x: 128, y: 0.5 }])));
  const texts = textsOf(svg).map(({ text }) => text);
  // 5 % of 128 to each side, and a half around what is smaller.
  expect(texts).toEqual(expect.arrayContaining(["122", "134", "0.0", "1.0"]));
});

Deno.test("lines carry their names at their ends, in their colours", async () => {
  const series = [
    { label: "low", x: [0, 1], y: [0.1, 0.2] },
    { label: "high", x: [0, 1], y: [0.5, 0.9] },
    { label: "absent", x: [0, 1], y: [NaN, null] },
  ];
  const spec = linesSpec(lines(series, { yDomain: [0, 1] }));
  const texts = textsOf(await vegaToSvg(spec));
  const [low, high] = ["low", "high"].map((name) => texts.find(({ text }) => text === name));
  // 280 units high: 0.2 lies at 224 and 0.9 at 28. Text is set 6 units off the plot of 560.
  expect([low?.x, high?.x]).toEqual([566, 566]);
  expect((low?.y ?? 0) - (high?.y ?? 0)).toBeCloseTo(224 - 28, 6);
  expect([low?.fill, high?.fill]).toEqual([BLUE, "#D55E00"]);
  expect(texts.map(({ text }) => text)).not.toContain("absent");
});

Deno.test("the first line lies above the others", async () => {
  const [x, y] = [[0, 1], [0, 1]];
  const svg = await vegaToSvg(linesSpec(lines([{ label: "own", x, y }, { label: "ideal", x, y }])));
  const strokes = [...svg.matchAll(/aria-roledescription="line mark"[^>]*stroke="([^"]*)"/g)];
  expect(strokes.map(([, stroke]) => stroke)).toEqual(["#D55E00", BLUE]);
});

Deno.test("a line that leaves the plot is named at its edge, and does not stretch the drawing", async () => {
  const series = [
    { label: "above", x: [0, 1], y: [0.1, 90] },
    { label: "top", x: [0, 1], y: [0.1, 1] },
    { label: "below", x: [0, 1], y: [0.1, -90] },
    { label: "bottom", x: [0, 1], y: [0.1, 0] },
  ];
  const svg = await vegaToSvg(linesSpec(lines(series, { yDomain: [0, 1] })));
  const heightOf = (label: string) => textsOf(svg).find(({ text }) => text === label)?.y ?? NaN;
  expect(Math.abs(heightOf("above") - heightOf("top"))).toBeCloseTo(15, 6);
  expect(Math.abs(heightOf("below") - heightOf("bottom"))).toBeCloseTo(15, 6);
  expect(Number(svg.match(/height="(\d+)"/)?.[1])).toBeLessThan(420);
});

Deno.test("what was not measured leaves no point of a line, and markers have names", async () => {
  const series = [{ label: "", x: [0, 1, 2, 3], y: [1, NaN, null, 2] }];
  const markers = [{ x: 1, label: "here" }, { x: 1.1, label: "there" }];
  const svg = await vegaToSvg(linesSpec(lines(series, { markers })));
  expect(svg.match(/aria-roledescription="point"/g)).toHaveLength(2);
  const names = textsOf(svg).filter(({ text }) => text === "here" || text === "there");
  expect(names).toHaveLength(2);
  expect(Math.abs((names[0]?.y ?? 0) - (names[1]?.y ?? 0))).toBeGreaterThan(14);
});

Deno.test("places of labels are pushed apart and stay inside", () => {
  expect(spread([10, 12, 100], 200)).toEqual([10, 25, 100]);
  expect(spread([190, 195], 200)).toEqual([185, 200]);
});

Deno.test("bars are as long as their values, in the order given, with their numbers", async () => {
  const list = [
    { label: "second kind", value: 2 },
    { label: "first kind", value: 4 },
    { label: "unknown", value: null },
  ];
  const svg = await vegaToSvg(barsSpec(bars(list, { valueDomain: [0, 4] })));
  const lengths = rectanglesOf(svg, BLUE).map(([left = 0, , right = 0]) => right - left);
  expect(lengths).toEqual([238, 476]); // 0.85 · 560 for 4.
  const texts = textsOf(svg);
  const yOf = (name: string) => texts.find(({ text }) => text === name)?.y ?? NaN;
  expect(yOf("first kind")).toBeGreaterThan(yOf("second kind"));
  expect(texts.map(({ text }) => text)).toEqual(expect.arrayContaining(["2", "4", "cases"]));
  expect(yOf("unknown")).toBeNaN();
});

Deno.test("bars of one label and several groups lie side by side", async () => {
  const list = ["validation", "test"].map((group) => ({ label: "Dice", value: 0.9, group }));
  const svg = await vegaToSvg(barsSpec(bars(list)));
  const [first] = rectanglesOf(svg, BLUE);
  const [second] = rectanglesOf(svg, "#D55E00");
  expect(second?.[1]).toBeGreaterThanOrEqual(first?.[3] ?? NaN);
  expect(textsOf(svg).map(({ text }) => text)).toEqual(
    expect.arrayContaining(["validation", "test", "0.900"]),
  );
});

Deno.test("a heat map has row 0 at the top, and no cell where nothing was measured", async () => {
  const axes = { x: { step: 0.5 }, y: { start: 1 } };
  const svg = await vegaToSvg(heatMapSpec(heatMap([[0, 1], [null, 1]], axes)));
  const viridis = { lowest: "#440154", highest: "#fde725" };
  const rgb = (hex: string) =>
    `rgb(${[1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)).join(", ")})`;
  expect(rectanglesOf(svg, rgb(viridis.lowest))).toEqual([[0, 0, 200, 200]]);
  expect(rectanglesOf(svg, rgb(viridis.highest))).toEqual([
    [200, 0, 400, 200],
    [200, 200, 400, 400],
  ]);
  const numbers = textsOf(svg).filter(({ x, y }) => x % 100 === 0 && y % 100 === 3);
  expect(numbers.map(({ text, x }) => [text, x])).toEqual([["1", 300], ["1", 300], ["0", 100]]);
});

Deno.test("few cells carry their numbers, dark on bright and white on dark; axes may have names", async () => {
  const named = { x: { labels: ["b", "f"] }, y: { labels: ["true b", "true f"] } };
  const svg = await vegaToSvg(heatMapSpec(heatMap([[0.9, 0.1], [0.25, 0.75]], named)));
  const texts = textsOf(svg);
  const inkOf = (number: string) => texts.find(({ text }) => text === number)?.fill;
  expect([inkOf("0.900"), inkOf("0.100")]).toEqual(["#222222", "#ffffff"]);
  for (const name of ["b", "f", "true b", "true f"]) {
    expect(texts.map(({ text }) => text)).toContain(name);
  }
});

Deno.test("beside a chart there is as much room on the right as on the left", async () => {
  const named = { x: { labels: ["background", "pet"] }, y: { labels: ["background", "pet"] } };
  const charts = [
    heatMap([[0.9, 0.1], [0.25, 0.75]], { ...named, valueTitle: "share of the row" }),
    heatMap([[0.9, 0.1], [0.25, 0.75]], { valueTitle: "edges" }),
  ];
  for (const png of await Promise.all(charts.map(renderHeatMap))) {
    const { data, info } = await sharp(png).removeAlpha().raw()
      .toBuffer({ resolveWithObject: true });
    let [left, right] = [info.width, 0];
    for (let i = 0; i < data.length; i++) {
      if (data[i] === 255) continue;
      const x = Math.floor(i / 3) % info.width;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
    }
    // 14 units of 2 pixels each.
    expect(Math.abs(left - 28)).toBeLessThan(4);
    expect(Math.abs(info.width - right - 28)).toBeLessThan(4);
  }
});

Deno.test("each chart is a PNG of about a notebook's width, at scale 2", async () => {
  const pngs = await Promise.all([
    renderHistogram(histogram([{ label: "", values: [1, 2] }])),
    renderScatter(scatter([{ x: 1, y: 1 }])),
    renderLines(lines([{ label: "a", x: [1], y: [1] }])),
    renderBars(bars([{ label: "a", value: 1 }])),
  ]);
  for (const png of pngs) {
    const { format, width = 0 } = await sharp(png).metadata();
    expect(format).toBe("png");
    expect(width).toBeGreaterThan(2 * 500);
    expect(width).toBeLessThan(2 * 720);
  }
});

Deno.test("a chart of nothing is refused", async () => {
  for (
    const drawing of [
      renderHistogram(histogram([{ label: "a", values: [null, NaN] }])),
      renderScatter(scatter([])),
      renderLines(lines([{ label: "a", x: [1], y: [NaN] }])),
      renderBars(bars([{ label: "a", value: null }])),
      renderHeatMap(heatMap([[NaN]])),
    ]
  ) await expect(drawing).rejects.toThrow(/^Cannot draw the chart ".*": expected .*, got none\./);
});
