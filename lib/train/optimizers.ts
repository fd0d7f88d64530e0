export * from "papilio/train/optimizers/mod.ts";
