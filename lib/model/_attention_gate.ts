import * as tf from "@tensorflow/tfjs";
import { channelsOf, normalize, project, relu } from "papilio/model/_blocks.ts";

export interface GateOptions {
  /** Of the layers' names: `dec1_gate_…`; the last of them is `dec1_gate`. */
  prefix: string;
  seed: number;
}

/**
 * The skip, each pixel weighed by an attention of 0…1 that both the skip and the gating features decide.
 *
 * `x · σ(BN(ψ(ReLU(BN(W_g g) + BN(W_x x)))))` with 1×1 convolutions, `W_g` and `W_x` to half of the
 * skip's channels and `ψ` to one. They have no biases, which the normalisations would remove.
 *
 * Source: Oktay et al. 2018 (arXiv 1804.03999), section 2.2, with g upsampled as in MONAI.
 */
export function attentionGate(
  skip: tf.SymbolicTensor,
  gating: tf.SymbolicTensor,
  { prefix, seed }: GateOptions,
): tf.SymbolicTensor {
  const filters = Math.max(1, Math.floor(channelsOf(skip) / 2));
  const projected = (input: tf.SymbolicTensor, part: string, filters: number) => {
    const name = `${prefix}_gate_${part}`;
    return normalize(project(input, name, { filters, seed, useBias: false }), `${name}_bn`);
  };
  const sum = tf.layers.add({ name: `${prefix}_gate_add` })
    .apply([projected(gating, "g", filters), projected(skip, "x", filters)]) as tf.SymbolicTensor;
  const psi = projected(relu(sum, `${prefix}_gate_relu`), "psi", 1);
  const attention = tf.layers
    .activation({ name: `${prefix}_gate_attention`, activation: "sigmoid" })
    .apply(psi) as tf.SymbolicTensor;
  return tf.layers.multiply({ name: `${prefix}_gate` })
    .apply([skip, attention]) as tf.SymbolicTensor;
}
