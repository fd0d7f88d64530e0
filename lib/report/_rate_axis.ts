import { LABEL_GAP_PX } from "papilio/report/_theme.ts";

/** Below this share of the highest learning rate nothing is learned that a plot would have to show. */
const LEAST_SHARE = 1e-4;

/** Both ends of a logarithmic axis of learning rates, with some room beyond them. */
export function rateDomain(rates: readonly number[]): [number, number] {
  const known = rates.filter((rate) => rate > 0);
  if (known.length === 0) return [1e-4, 1e-3];
  const highest = Math.max(...known);
  return [Math.max(Math.min(...known), LEAST_SHARE * highest) / 1.5, highest * 1.5];
}

/** The lowest and the highest rate, and the powers of ten between them that have room. */
export function rateTicks(
  rates: readonly number[],
  { domain: [low, high], heightPx }: { domain: readonly [number, number]; heightPx: number },
): number[] {
  const shown = rates.filter((rate) => rate >= low && rate <= high);
  if (shown.length === 0) return [];
  const ends = [Math.max(...shown), Math.min(...shown)];
  const decades = [...Array(400).keys()].map((i) => Number(`1e${99 - i}`))
    .filter((rate) => rate < (ends[0] ?? 0) && rate > (ends[1] ?? 0));
  const toPixels = (rate: number) => heightPx * Math.log(high / rate) / Math.log(high / low);
  const kept: number[] = [];
  for (const rate of [...new Set([...ends, ...decades])]) {
    const isFree = kept.every((other) =>
      Math.abs(toPixels(other) - toPixels(rate)) >= LABEL_GAP_PX
    );
    if (isFree) kept.push(rate);
  }
  return kept.sort((a, b) => a - b);
}

/** Three digits: `"2.5e-4"`. */
export function rateText(rate: number): string {
  return Number(rate.toPrecision(3)).toExponential().replace("e+", "e");
}
