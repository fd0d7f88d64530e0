import type * as tf from "@tensorflow/tfjs";

/** Moves weights against their gradients, by tfjs operations over variables: a step with it can be traced. */
export interface Optimizer {
  /** Everything but the weights that a step reads and writes, by name; a checkpoint keeps it. */
  readonly state: ReadonlyMap<string, tf.Variable>;
  /** A variable, not a constant of the graph: a schedule assigns it between steps. */
  readonly learningRate: tf.Variable<tf.Rank.R0>;
  /** Moves every weight by one step against its gradient, given by the weight's name. */
  apply(gradients: ReadonlyMap<string, tf.Tensor>): void;
  dispose(): void;
}
