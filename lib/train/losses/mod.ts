/** Losses of logits against masks: each in its family's file, all of them by name, and their sums. */
export * from "papilio/train/losses/binary_cross_entropy.ts";
export * from "papilio/train/losses/border_cross_entropy.ts";
export * from "papilio/train/losses/check.ts";
export * from "papilio/train/losses/cross_entropy.ts";
export * from "papilio/train/losses/focal.ts";
export * from "papilio/train/losses/loss.ts";
export * from "papilio/train/losses/lovasz_hinge.ts";
export * from "papilio/train/losses/lovasz_softmax.ts";
export * from "papilio/train/losses/overlap.ts";
export * from "papilio/train/losses/settings.ts";
export * from "papilio/train/losses/sum.ts";
export * from "papilio/train/losses/table.ts";
export * from "papilio/train/losses/tversky.ts";
