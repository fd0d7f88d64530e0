import { PapilioError } from "papilio/core/errors.ts";

/** A measured number; `null` and NaN are what was not measured, and are left out. */
export type Measured = number | null;

export function isMeasured(value: Measured | undefined): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/**
 * How labels show these numbers: whole ones in full, others with the decimals that give the largest
 * of them three significant digits.
 */
export function formatterFor(values: readonly number[]): (value: number) => string {
  const areWhole = values.every(Number.isInteger);
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
  const decimals = areWhole ? 0 : Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(largest))));
  return (value) => value.toFixed(decimals).replace("-", "−");
}

/** @throws {PapilioError} if there is nothing that a chart could show. */
export function checkAny(things: readonly unknown[], title: string): void {
  if (things.length > 0) return;
  throw new PapilioError({
    cannot: `draw the chart "${title}"`,
    expected: "at least one measured number",
    got: "none",
    remedy: "Look at the frame or the list that it is drawn from: it is empty, or holds NaN alone.",
  });
}
