import { binaryCrossEntropyFromLogits } from "papilio/train/losses/binary_cross_entropy.ts";
import { borderCrossEntropy } from "papilio/train/losses/border_cross_entropy.ts";
import { crossEntropy } from "papilio/train/losses/cross_entropy.ts";
import { focalLoss } from "papilio/train/losses/focal.ts";
import type { Loss } from "papilio/train/losses/loss.ts";
import { lovaszHingeLoss } from "papilio/train/losses/lovasz_hinge.ts";
import { lovaszSoftmaxLoss } from "papilio/train/losses/lovasz_softmax.ts";
import { diceLoss, jaccardLoss, logDiceLoss } from "papilio/train/losses/overlap.ts";
import type { LossSettings } from "papilio/train/losses/settings.ts";
import { focalTverskyLoss, tverskyLoss } from "papilio/train/losses/tversky.ts";

/** The losses that sums are made of, by name. */
export const lossTerms = {
  "bce": () => binaryCrossEntropyFromLogits,
  "border-bce": ({ border }) => borderCrossEntropy(border),
  "cross-entropy": (settings) => crossEntropy(settings.crossEntropy),
  "focal": ({ focal }) => focalLoss(focal),
  "dice": () => diceLoss,
  "log-dice": () => logDiceLoss,
  "jaccard": () => jaccardLoss,
  "tversky": ({ tversky }) => tverskyLoss(tversky),
  "focal-tversky": ({ focalTversky }) => focalTverskyLoss(focalTversky),
  "lovasz-hinge": () => lovaszHingeLoss,
  "lovasz-softmax": () => lovaszSoftmaxLoss,
} as const satisfies Record<string, (settings: LossSettings) => Loss>;

export type LossName = keyof typeof lossTerms;

/** Those that compare one logit a pixel with foreground, and cannot be had with classes. */
export const ofForegroundAlone: ReadonlySet<LossName> = new Set<LossName>([
  "bce",
  "border-bce",
  "lovasz-hinge",
]);

/** Those that need a logit for each class. */
export const ofClassesAlone: ReadonlySet<LossName> = new Set<LossName>([
  "cross-entropy",
  "lovasz-softmax",
]);
