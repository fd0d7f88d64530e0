import type { Config } from "papilio/core/config.ts";
import { withNetwork } from "papilio/comparison/_network.ts";
import { encoderMomentum } from "papilio/model/segmentation.ts";
import { FAST_MOMENTUM, statisticsNote } from "papilio/train/statistics_note.ts";

/** Whether a network of this mean IoU found nothing at all; so of one that has none. */
export function findsNothing({ value }: { value: number }): boolean {
  return !(value > 0);
}

/**
 * What may help a network that finds nothing; where its moving statistics are the likely cause, what
 * training says of them.
 *
 * @param trainingCases - of the run; for the steps that it had.
 */
export function adviceFor(config: Config, trainingCases: number): string {
  const momentum = withNetwork(config, encoderMomentum);
  if (momentum === undefined) return `${usual}.`;
  return statisticsNote(config, { momentum, trainingCases }) ??
    `${usual}${momentum > FAST_MOMENTUM ? `, or --batch-norm-momentum ${FAST_MOMENTUM}` : ""}.`;
}

const usual = "It may need more epochs, or another learning rate";
