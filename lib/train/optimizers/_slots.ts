import * as tf from "@tensorflow/tfjs";

export function scalarVariable(value: number): tf.Variable<tf.Rank.R0> {
  return tf.tidy(() => tf.variable(tf.scalar(value), false));
}

export function zerosLike(variable: tf.Variable): tf.Variable {
  return tf.tidy(() => tf.variable(tf.zeros(variable.shape), false));
}

/** `factor·rate`; a factor of 1 gives the rate itself, so that no bit of it changes. */
export function scaledRate(rate: tf.Tensor, factor: number): tf.Tensor {
  return factor === 1 ? rate : tf.mul(rate, factor);
}

/** A slot of zeros for each weight, by the weight's name. */
export function zeroSlots(variables: ReadonlyMap<string, tf.Variable>): Map<string, tf.Variable> {
  return new Map([...variables].map(([name, variable]) => [name, zerosLike(variable)]));
}

/** The same variables, named for a checkpoint. */
export function prefixed(
  prefix: string,
  variables: ReadonlyMap<string, tf.Variable>,
): [string, tf.Variable][] {
  return [...variables].map(([name, variable]) => [prefix + name, variable]);
}
