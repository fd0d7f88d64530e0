import { present } from "papilio/core/assert.ts";

/**
 * The middle value; of an even number of values, the mean of the middle two.
 *
 * @example
 * ```ts
 * import { median } from "papilio/core/median.ts";
 * console.assert(median([3, 1, 2, 10]) === 2.5);
 * ```
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const low = present(sorted[Math.ceil(middle) - 1], "a value");
  const high = present(sorted[Math.floor(middle)], "a value");
  return (low + high) / 2;
}
