import { binaryCrossEntropyFromLogits } from "papilio/train/losses/binary_cross_entropy.ts";
import {
  borderCrossEntropy,
  type BorderSettings,
} from "papilio/train/losses/border_cross_entropy.ts";
import {
  categoricalCrossEntropy,
  sparseCategoricalCrossEntropy,
  type SparseCategoricalSettings,
} from "papilio/train/losses/categorical_cross_entropy.ts";
import { focalLoss, type FocalSettings } from "papilio/train/losses/focal.ts";
import type { Loss } from "papilio/train/losses/loss.ts";
import { lovaszHingeLoss } from "papilio/train/losses/lovasz_hinge.ts";
import { diceLoss, jaccardLoss, logDiceLoss } from "papilio/train/losses/overlap.ts";
import {
  focalTverskyLoss,
  type FocalTverskySettings,
  tverskyLoss,
  type TverskySettings,
} from "papilio/train/losses/tversky.ts";

/** What the losses can be told; what is left out has its published value. */
export interface LossSettings {
  focal?: FocalSettings;
  tversky?: TverskySettings;
  focalTversky?: FocalTverskySettings;
  border?: BorderSettings;
  categorical?: SparseCategoricalSettings;
}

/** The losses that sums are made of, by name. */
export const lossTerms = {
  "bce": () => binaryCrossEntropyFromLogits,
  "border-bce": ({ border }) => borderCrossEntropy(border),
  "focal": ({ focal }) => focalLoss(focal),
  "dice": () => diceLoss,
  "log-dice": () => logDiceLoss,
  "jaccard": () => jaccardLoss,
  "tversky": ({ tversky }) => tverskyLoss(tversky),
  "focal-tversky": ({ focalTversky }) => focalTverskyLoss(focalTversky),
  "lovasz-hinge": () => lovaszHingeLoss,
  "categorical-cross-entropy": ({ categorical }) => categoricalCrossEntropy(categorical),
  "sparse-categorical-cross-entropy": ({ categorical }) =>
    sparseCategoricalCrossEntropy(categorical),
} as const satisfies Record<string, (settings: LossSettings) => Loss>;

export type LossName = keyof typeof lossTerms;
