/** Optimizers whose state is variables, and what is done to gradients and weights around them. */
export * from "papilio/train/optimizers/adam.ts";
export * from "papilio/train/optimizers/adamw.ts";
export * from "papilio/train/optimizers/clip.ts";
export * from "papilio/train/optimizers/optimizer.ts";
export * from "papilio/train/optimizers/rate_factor.ts";
export * from "papilio/train/optimizers/rmsprop.ts";
export * from "papilio/train/optimizers/sgd.ts";
export * from "papilio/train/optimizers/table.ts";
export * from "papilio/train/optimizers/weight_average.ts";
