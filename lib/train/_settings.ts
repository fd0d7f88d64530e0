import { PapilioError } from "papilio/core/errors.ts";

/** @throws {PapilioError} if a setting is not within `[minimum, maximum]`. */
export function requireWithin(
  what: string,
  value: number,
  [minimum, maximum]: readonly [number, number],
): void {
  if (Number.isFinite(value) && value >= minimum && value <= maximum) return;
  throw new PapilioError({
    cannot: `use ${what}`,
    expected: maximum === Infinity
      ? `a number of at least ${minimum}`
      : `a number from ${minimum} to ${maximum}`,
    got: `${value}`,
    remedy: "Leave it out for its usual value.",
  });
}
