import { requireWithin } from "papilio/train/_settings.ts";

/** By how much the learning rate of the weight of this name is multiplied. */
export type RateFactorOf = (name: string) => number;

/** What every optimizer can be told. */
export interface RateSettings {
  /** Factors of the learning rate, by a weight's name; 1 if not given. */
  rateFactorOf?: RateFactorOf | undefined;
}

/**
 * The same as `make(factorOf(name))` for each name, made once for each factor: within a step, weights
 * that share a factor share its tensors.
 *
 * @example
 * ```ts
 * import { onceForEachFactor } from "papilio/train/optimizers/mod.ts";
 * const rates: number[] = [];
 * const rateOf = onceForEachFactor((name) => name === "encoder" ? 0.1 : 1, (factor) => {
 *   rates.push(factor);
 *   return 2 * factor;
 * });
 * console.assert([rateOf("encoder"), rateOf("decoder"), rateOf("mask")].join() === "0.2,2,2");
 * console.assert(rates.length === 2);
 * ```
 */
export function onceForEachFactor<Value>(
  factorOf: RateFactorOf,
  make: (factor: number) => Value,
): (name: string) => Value {
  const made = new Map<number, Value>();
  return (name) => {
    const factor = factorOf(name);
    if (!made.has(factor)) made.set(factor, make(factor));
    return made.get(factor) as Value;
  };
}

/**
 * The factors of these weights, looked up once.
 *
 * @throws {PapilioError} for a factor below 0, or one that is no number.
 */
export function rateFactors(
  names: Iterable<string>,
  { rateFactorOf = () => 1 }: RateSettings,
): RateFactorOf {
  const factors = new Map([...names].map((name) => [name, rateFactorOf(name)]));
  for (const [name, factor] of factors) {
    requireWithin(`the rate factor of ${name}`, factor, [0, Infinity]);
  }
  return (name) => factors.get(name) as number;
}
