import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { attentionGate } from "papilio/model/_attention_gate.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { take } from "./_compare.ts";

await tf.setBackend("cpu");

Deno.test("an attention gate weighs a pixel by σ(ψ(ReLU(W_g g + W_x x))), as on paper", () => {
  const skip = tf.input({ name: "skip", shape: [1, 2, 2] });
  const gating = tf.input({ name: "gating", shape: [1, 2, 3] });
  const output = attentionGate(skip, gating, { prefix: "dec1", seed: 1 });
  const model = tf.model({ inputs: [skip, gating], outputs: output });
  const values: Record<string, number> = {
    "dec1_gate_g/kernel": 1,
    "dec1_gate_x/kernel": 2,
    "dec1_gate_psi/kernel": -0.5,
    // With epsilon 1e-3 the normalisations change nothing but by their shifts.
    "dec1_gate_g_bn/moving_variance": 0.999,
    "dec1_gate_x_bn/moving_variance": 0.999,
    "dec1_gate_psi_bn/moving_variance": 0.999,
    "dec1_gate_psi_bn/beta": 1,
  };
  const variables = namedVariables(model);
  for (const [name, value] of Object.entries(values)) {
    const variable = variables.get(name) as tf.Variable;
    tf.tidy(() => variable.assign(tf.fill(variable.shape, value)));
  }
  const x = tf.tensor4d([1, 2, 4, -8], [1, 1, 2, 2]);
  const g = tf.tensor4d([1, -2, 3, 1, 1, 1], [1, 1, 2, 3]);
  const result = take(model.predict([x, g]) as tf.Tensor);
  // First pixel: ReLU(2 + 2·3) = 8, ψ = 1 − 4. Second: ReLU(3 − 2·4) = 0, ψ = 1.
  const [first, second] = [-3, 1].map((psi) => 1 / (1 + Math.exp(-psi))) as [number, number];
  [first, 2 * first, 4 * second, -8 * second].forEach((value, i) =>
    expect(result[i]).toBeCloseTo(value, 5)
  );
});
