import type { Interval } from "papilio/report/page/report.ts";

/** What stands for a number that is not defined. */
const NONE = "–";

/** @example `numberText(0.80484)` is `"0.805"`, `numberText(41.27)` is `"41.3"`. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return NONE;
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(3);
}

/** The ends of an interval: `"0.740 to 0.852"`. */
export function rangeText({ low, high }: Interval): string {
  return Number.isFinite(low) && Number.isFinite(high)
    ? `${numberText(low)} to ${numberText(high)}`
    : NONE;
}

/** `"0.805 (0.740 to 0.852)"` */
export function intervalText(interval: Interval): string {
  const { value } = interval;
  return Number.isFinite(value) ? `${numberText(value)} (${rangeText(interval)})` : NONE;
}

/** @example `counted(1, "image")` is `"1 image"`, `counted(23, "image")` is `"23 images"`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The values that are numbers. */
export function definedOf(values: readonly number[]): number[] {
  return values.filter((value) => Number.isFinite(value));
}
