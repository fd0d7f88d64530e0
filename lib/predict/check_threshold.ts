import { PapilioError } from "papilio/core/errors.ts";

/**
 * Finds out whether a network decides by a threshold.
 *
 * @throws {PapilioError} for a threshold where there are several classes.
 *
 * @example
 * ```ts
 * import { checkThreshold } from "papilio/predict/check_threshold.ts";
 * checkThreshold(0.3, ["foreground"]);
 * checkThreshold(undefined, ["cat", "dog"]);
 * ```
 */
export function checkThreshold(threshold: number | undefined, classes: readonly string[]): void {
  if (threshold === undefined || classes.length === 1) return;
  throw new PapilioError({
    cannot: "use a threshold",
    expected: "a network of one class",
    got: `one of ${classes.length}, of which each pixel gets the likeliest`,
    remedy: "Leave --threshold away.",
  });
}
