import type { Config } from "papilio/core/config.ts";
import { withoutProgress } from "papilio/core/progress.ts";
import type { Engine } from "papilio/engine/engine.ts";
import type { Curve } from "papilio/notebook/loss_curves.ts";
import { type RateTrial, suggestRates } from "papilio/train/rate_search.ts";
import { searchLearningRate } from "papilio/train/rate_search_run.ts";
import { type ScheduleName, schedules } from "papilio/train/schedules.ts";

/** Tries rising learning rates on the steps of phase 2, as `deno task rate` does. */
export async function tryRates(
  config: Config,
  { engine, steps }: { engine: Engine; steps: number },
): Promise<RateTrial[]> {
  return await withoutProgress(() => searchLearningRate({ config, engine }, { phase: 2, steps }));
}

/**
 * The learning rates that a search suggests, the smaller one first; none if the loss fell nowhere.
 *
 * @example
 * ```ts
 * import { suggestedRates } from "papilio/notebook/rates.ts";
 * console.assert(suggestedRates([{ rate: 0.1, loss: 1, smoothedLoss: 1 }]).length === 0);
 * ```
 */
export function suggestedRates(trials: readonly RateTrial[]): { rate: number; label: string }[] {
  const suggestion = suggestRates(trials);
  if (!suggestion) return [];
  const { steepest, minimumTenth } = suggestion;
  return [
    { rate: steepest, label: `falls fastest: ${twoDigits(steepest)}` },
    { rate: minimumTenth, label: `a tenth of the lowest: ${twoDigits(minimumTenth)}` },
  ].sort((a, b) => a.rate - b.rate);
}

/** The search says no more. */
function twoDigits(rate: number): string {
  return String(Number(rate.toPrecision(2)));
}

/** The learning rate over the steps of a phase, by each schedule; of cosine, a tenth warms up. */
export function scheduleCurves({ rate, steps }: { rate: number; steps: number }): Curve[] {
  const x = Array.from({ length: steps }, (_, step) => step);
  return (Object.keys(schedules) as ScheduleName[]).map((label) => {
    const warmUp = label === "cosine" ? { warmUpShare: 0.1 } : {};
    return { label, x, y: x.map(schedules[label]({ rate, steps, ...warmUp })) };
  });
}
