/**
 * The value, known to be there; for what the code itself guarantees, not for bad input.
 *
 * @throws {Error} if the value is `null` or `undefined`: a mistake in the program.
 */
export function present<T>(value: T | null | undefined, what = "value"): T {
  if (value === null || value === undefined) {
    throw new Error(`Internal mistake: ${what} is missing`);
  }
  return value;
}
