import { join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { exportOnnx } from "papilio/engine/compiled/export.ts";
import { OnnxModel } from "papilio/engine/compiled/onnx_model.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";

tf.enableProdMode();
await tf.setBackend("cpu");

const sidePx = 64;
const unet = buildSegmentation({
  inputSidePx: sidePx,
  alpha: 0.35,
  decoderFilters: [32, 24, 16, 8, 8],
  seed: 3,
});
const metadata = { "papilio.threshold": "0.5", "papilio.classes": '["foreground"]' };
const bytes = exportOnnx(unet.model, { metadata });

/** Colourful stripes, so that no two images are alike. */
function images(count: number): Float32Array {
  return Float32Array.from(
    { length: count * sidePx * sidePx * 3 },
    (_, i) => 127.5 + 127.5 * Math.sin(i * 0.013 + Math.floor(i / 977)),
  );
}

Deno.test("the exported network gives tfjs' probabilities, for any number of images", async () => {
  const network = await OnnxModel.open(bytes, { threads: 1 });
  try {
    for (const count of [1, 3]) {
      const shape = [count, sidePx, sidePx, 3];
      const data = images(count);
      const { probability } = await network.run({ image: { shape, data } });
      const expected = tf.tidy(() =>
        (unet.model.predict(tf.tensor(data, shape)) as tf.Tensor).dataSync()
      );
      expect(probability?.shape).toEqual([count, sidePx, sidePx, 1]);
      const differences = expected.map((value, i) =>
        Math.abs(value - (probability?.data[i] ?? NaN))
      );
      expect(Math.max(...differences)).toBeLessThan(1e-5);
      expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.01);
    }
  } finally {
    await network.dispose();
  }
});

Deno.test("the file carries its metadata, and says what it takes and gives", async () => {
  const network = await OnnxModel.open(bytes);
  expect(network.metadata).toEqual(metadata);
  expect(network.inputs).toEqual([{ name: "image", dims: ["batch", 64, 64, 3] }]);
  expect(network.outputs).toEqual([{ name: "probability", dims: ["batch", 64, 64, 1] }]);
  await network.dispose();
});

Deno.test("the official checker accepts the file, shapes inferred", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "model.onnx");
    await Deno.writeFile(path, bytes);
    const program = `
import sys
try:
    import onnx
except ImportError:
    sys.exit(77)
model = onnx.load(sys.argv[1])
onnx.checker.check_model(model, full_check=True)
print(model.opset_import[0].version, len(model.graph.node))
`;
    const { code, stdout, stderr } = await new Deno.Command("/usr/bin/python3", {
      args: ["-c", program, path],
    }).output().catch(() => ({ code: 77, stdout: new Uint8Array(), stderr: new Uint8Array() }));
    if (code === 77) return console.log("skipped: onnx.checker (python3-onnx is not installed)");
    expect(new TextDecoder().decode(stderr)).toBe("");
    expect(new TextDecoder().decode(stdout)).toMatch(/^17 \d+\n$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a model with an open side is an error", () => {
  const input = tf.input({ shape: [null, 32, 3] });
  const layer = tf.layers.activation({ activation: "relu" });
  const model = tf.model({
    name: "open",
    inputs: input,
    outputs: layer.apply(input) as typeof input,
  });
  expect(() => exportOnnx(model)).toThrow(
    'Cannot export the model "open": expected an input of known height, width and channels, ' +
      "got [?, 32, 3]. Build the model for the size of its images.",
  );
});

Deno.test("a model whose graph depends on the number of images is an error", () => {
  class Fixed extends tf.layers.Layer {
    static className = "FixedBatch";
    override call(inputs: tf.Tensor[]): tf.Tensor {
      const [x] = inputs as [tf.Tensor];
      return tf.mul(x, x.shape[0] as number);
    }
  }
  const input = tf.input({ shape: [4, 4, 3] });
  const model = tf.model({
    name: "fixed",
    inputs: input,
    outputs: new Fixed({}).apply(input) as tf.SymbolicTensor,
  });
  expect(() => exportOnnx(model)).toThrow(
    'Cannot export the model "fixed" for any number of images: expected the same graph for 2 and ' +
      "for 3 images, got graphs that differ. " +
      "Look for a layer that writes the batch size into a shape (reshape, tile, …).",
  );
});

Deno.test("a file that is no network is an error that says how to get one", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "not.onnx");
    await Deno.writeTextFile(path, "hello");
    await expect(OnnxModel.open(path)).rejects.toThrow(
      /^Cannot open the network .*not\.onnx: expected an ONNX file that ONNX Runtime can load, got a file of another kind\. Give a run.*deno task train/,
    );
    await expect(OnnxModel.open(join(folder, "absent.onnx"))).rejects.toThrow(/No such file/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
