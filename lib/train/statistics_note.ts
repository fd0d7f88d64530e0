import type { Config } from "papilio/core/config.ts";
import { counted } from "papilio/core/text.ts";

/** From this share of ImageNet's statistics on, they are worth a word. */
const MUCH = 0.3;
/** Up to this share of 0 and 1, where averages from scratch start, they have arrived. */
const LITTLE = 0.05;
/** Of moving statistics that follow within a hundred steps. */
export const FAST_MOMENTUM = 0.9;

/**
 * What to say of the moving statistics of the encoder's normalization, which judge and predict; nothing
 * where they follow fast enough.
 *
 * From scratch they start at 0 and 1. With pretrained weights `momentum^steps` of them is ImageNet's at the
 * end of phase 2: photos that look unlike ImageNet's are then predicted by the wrong statistics, so that
 * validation gets worse while training gets better.
 *
 * @example
 * ```ts
 * import { resolveConfig } from "papilio/core/config.ts";
 * import { statisticsNote } from "papilio/train/statistics_note.ts";
 * const config = resolveConfig("butterfly", { phase2: { epochs: 16, batchSize: 4 } });
 * const settings = { momentum: 0.999, trainingCases: 196 };
 * console.assert(statisticsNote(config, settings)?.includes("46 %")); // 0.999^(16 · 49)
 * ```
 */
export function statisticsNote(
  { encoderWeights, phase2 }: Pick<Config, "encoderWeights" | "phase2">,
  { momentum, trainingCases }: { momentum: number; trainingCases: number },
): string | undefined {
  const steps = phase2.epochs * Math.ceil(trainingCases / phase2.batchSize);
  const kept = momentum ** steps;
  if (momentum <= FAST_MOMENTUM) return undefined;
  if (encoderWeights === "none") return kept < LITTLE ? undefined : fromScratch(momentum);
  if (steps === 0 || kept < MUCH) return undefined;
  return `At momentum ${momentum}, ${Math.round(100 * kept)} % of the encoder's moving ` +
    `statistics will still be ImageNet's after the ${
      counted(steps, "step")
    } of phase 2. If validation gets worse ` +
    `while training gets better, give --batch-norm-momentum ${FAST_MOMENTUM}.`;
}

function fromScratch(momentum: number): string {
  return "Without pretrained weights the encoder's moving statistics start at 0 and 1, and at momentum " +
    `${momentum} they follow too slowly for good masks: better give --batch-norm-momentum ${FAST_MOMENTUM}.`;
}
