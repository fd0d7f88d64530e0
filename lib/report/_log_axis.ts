// @ts-types="npm:@types/d3-array@3.2.2"
import { ticks } from "d3-array";

/** Ticks of a decade that get a number where there are few decades. */
const STEPS = [1, 2, 5];
const MOST_TICKS = 9;
/** Below it, too few round numbers of a decade lie within. */
const LEAST_RATIO = 4;

export interface LogAxisOptions {
  title: string;
  /** Lower and upper end, above 0. */
  domain: readonly [number, number];
  /** d3's, of the numbers; `"~e"`, 1e-3, if not given. */
  format?: string;
}

/**
 * A horizontal axis of decades: numbers at each power of ten, and between them at 2 and 5 if there is
 * room.
 */
export function logAxis(field: string, { title, domain, format = "~e" }: LogAxisOptions): object {
  return {
    field,
    type: "quantitative",
    title,
    scale: { type: "log", domain: [...domain], nice: false },
    axis: { grid: false, values: logTicks(domain), format, ...belowOne(format) },
  };
}

/** d3's prefixes below 1 are read as units: "800m" of a millisecond. */
function belowOne(format: string): { labelExpr?: string } {
  if (!format.endsWith("s")) return {};
  return {
    labelExpr: `datum.value < 1 ? format(datum.value, "~g") : format(datum.value, "${format}")`,
  };
}

/** Round numbers within a range, at most as many as are read without effort. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  if (high / low < LEAST_RATIO) return ticks(low, high, 6);
  const decades = range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)));
  // Divided where the exponent is negative: 3 · 10⁻³ is no round number in binary.
  const power = (digit: number, exponent: number) =>
    exponent < 0 ? digit / 10 ** -exponent : digit * 10 ** exponent;
  const within = (digits: readonly number[]) =>
    decades.flatMap((exponent) => digits.map((digit) => power(digit, exponent)))
      .filter((tick) => tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9));
  const all = range(1, 9);
  const choices = [all, STEPS, [1]].map(within);
  return choices.find((ticks) => ticks.length <= MOST_TICKS) ?? within([1]);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
