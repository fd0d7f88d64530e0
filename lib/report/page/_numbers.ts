import type { Interval } from "papilio/report/page/report.ts";

/** What stands for a number that is not defined. */
const NONE = "–";

/** Digits behind the point: shares have three. */
const DIGITS = 3;

/** @example `numberText(0.80484)` is `"0.805"`, `numberText(41.27, 1)` is `"41.3"`. */
export function numberText(value: number, digits = DIGITS): string {
  return Number.isFinite(value) ? value.toFixed(digits) : NONE;
}

/** The ends of an interval: `"0.740 to 0.852"`. */
export function rangeText({ low, high }: Interval, digits = DIGITS): string {
  return Number.isFinite(low) && Number.isFinite(high)
    ? `${numberText(low, digits)} to ${numberText(high, digits)}`
    : NONE;
}

/** `"0.805 (0.740 to 0.852)"` */
export function intervalText(interval: Interval, digits = DIGITS): string {
  const { value } = interval;
  return Number.isFinite(value)
    ? `${numberText(value, digits)} (${rangeText(interval, digits)})`
    : NONE;
}

/** Distances are in pixels, of which a tenth is enough. */
export function digitsOf({ name }: { name: string }): number {
  return isDistance({ name }) ? 1 : DIGITS;
}

/** Whether a metric has no upper end. */
export function isDistance({ name }: { name: string }): boolean {
  return name.endsWith("_px");
}

/** @example `percentText(0.5)` is `"50 %"`. */
export function percentText(share: number, digits = 0): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(digits)} %` : NONE;
}

/** The values that are numbers. */
export function definedOf(values: readonly number[]): number[] {
  return values.filter((value) => Number.isFinite(value));
}
