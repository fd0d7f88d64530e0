/** Where the axis of Dice and IoU may begin above 0. */
const HIGH = 0.5;

/**
 * Both ends of an axis of ratios up to 1: from the tenth below the lowest, or from 0 if that is below one
 * half, so that the axis begins with a tick that has a number.
 */
export function scoreDomain(values: readonly number[]): [number, number] {
  const lowest = Math.min(0.9, ...values.filter(Number.isFinite));
  return [lowest < HIGH ? 0 : Math.floor(lowest * 10) / 10, 1];
}
