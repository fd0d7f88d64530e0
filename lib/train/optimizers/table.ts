import type * as tf from "@tensorflow/tfjs";
import { Adam } from "papilio/train/optimizers/adam.ts";
import { AdamW, type AdamWSettings } from "papilio/train/optimizers/adamw.ts";
import type { Optimizer } from "papilio/train/optimizers/optimizer.ts";
import { RmsProp, type RmsPropSettings } from "papilio/train/optimizers/rmsprop.ts";
import { Sgd, type SgdSettings } from "papilio/train/optimizers/sgd.ts";

/** What the optimizers can be told; Adam has nothing to set. */
export interface OptimizerSettings {
  adamw?: AdamWSettings;
  sgd?: SgdSettings;
  rmsprop?: RmsPropSettings;
}

type MakeOptimizer = (
  variables: ReadonlyMap<string, tf.Variable>,
  learningRate: number,
  settings?: OptimizerSettings,
) => Optimizer;

/** The optimizers by the name that the configuration gives them, which also begins their state's names. */
export const optimizers = {
  adam: (variables, learningRate) => new Adam(variables, learningRate),
  adamw: (variables, learningRate, settings) => new AdamW(variables, learningRate, settings?.adamw),
  sgd: (variables, learningRate, settings) => new Sgd(variables, learningRate, settings?.sgd),
  rmsprop: (variables, learningRate, settings) =>
    new RmsProp(variables, learningRate, settings?.rmsprop),
} as const satisfies Record<string, MakeOptimizer>;

export type OptimizerName = keyof typeof optimizers;

const prefixes = [...Object.keys(optimizers), "average"].map((name) => `${name}/`);

/** Whether a checkpoint's tensor is an optimizer's or an average's, and no weight of the model. */
export function isOptimizerState(name: string): boolean {
  return prefixes.some((prefix) => name.startsWith(prefix));
}
