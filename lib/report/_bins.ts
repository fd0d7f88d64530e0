import { present } from "papilio/core/assert.ts";

/** Share of a range that is left free at each end. */
const MARGIN = 0.05;

/** One column of a histogram: `from` belongs to it, `to` to the next; the last bin has both ends. */
export interface Bin {
  from: number;
  to: number;
  count: number;
}

/**
 * Edges of about `bins` bins of a round width that cover all values.
 *
 * Whole numbers get bins at least 1 wide; those 1 wide have the number in their middle.
 */
export function binEdges(values: readonly number[], bins: number): number[] {
  const [low, high] = extent(values);
  const areWhole = values.every(Number.isInteger);
  const width = areWhole ? Math.max(1, roundWidth(high - low, bins)) : roundWidth(high - low, bins);
  const shift = areWhole && width === 1 ? 0.5 : 0;
  const first = Math.floor((low + shift) / width + 1e-9);
  const last = Math.max(first + 1, Math.ceil((high + shift) / width - 1e-9));
  return Array.from({ length: last - first + 1 }, (_, i) => (first + i) * width - shift);
}

/** How many values lie in each bin. */
export function countInBins(values: readonly number[], edges: readonly number[]): Bin[] {
  const from = present(edges[0]);
  const width = present(edges[1]) - from;
  const bins = edges.slice(1).map((to, i) => ({ from: present(edges[i]), to, count: 0 }));
  for (const value of values) {
    const index = Math.floor((value - from) / width + 1e-9);
    present(bins[Math.min(index, bins.length - 1)]).count++;
  }
  return bins;
}

export function extent(values: readonly number[]): [number, number] {
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}

/** The range with room above and below, so that nothing lies on the frame. */
export function widened([low, high]: [number, number]): [number, number] {
  const margin = high > low ? (high - low) * MARGIN : Math.max(Math.abs(high) * MARGIN, 0.5);
  return [low - margin, high + margin];
}

/** 1, 2 or 5 times a power of ten, not below a `bins`th of the range; 1 if there is no range. */
function roundWidth(range: number, bins: number): number {
  if (range === 0) return 1;
  const least = range / bins;
  const power = 10 ** Math.floor(Math.log10(least));
  return present([1, 2, 5, 10].find((factor) => factor * power >= least * (1 - 1e-9))) * power;
}
