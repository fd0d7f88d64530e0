import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { withOnnxEngine } from "./harness.ts";

Deno.test("a gather with its own indices for each row is refused by name", async () => {
  await withOnnxEngine(async (engine) => {
    const step = ({ x }: Record<string, tf.Tensor>) => ({
      picked: tf.gather(x as tf.Tensor, tf.tensor2d([[0], [1]], [2, 1], "int32"), 1, 1),
    });
    const signature = { name: "rows", inputs: { x: { shape: [2, 3] } }, variables: [] };
    await expect(engine.compile(step, signature)).rejects.toThrow(
      /got the kernel GatherV2 .*batchDims other than 0 have no translation/,
    );
  });
});
