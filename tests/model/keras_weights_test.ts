import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { fromFileUrl, join } from "@std/path";
import { PapilioError } from "papilio/core/errors.ts";
import { loadKerasWeights } from "papilio/model/keras_weights.ts";
import { FrozenAwareBatchNormalization } from "papilio/model/layers.ts";
import { namedVariables } from "papilio/model/variables.ts";

await tf.setBackend("cpu");

/** Written by h5py: see keras_weights.py beside it for the values. */
const file = fromFileUrl(new URL("../golden/keras_weights.h5", import.meta.url));

function smallModel(options: { filters?: number; extra?: boolean } = {}): tf.LayersModel {
  const { filters = 2, extra = false } = options;
  return tf.sequential({
    layers: [
      tf.layers.conv2d({
        name: "stem",
        filters,
        kernelSize: 3,
        useBias: false,
        inputShape: [8, 8, 1],
      }),
      new FrozenAwareBatchNormalization({ name: "stem_bn" }),
      tf.layers.conv2d({ name: extra ? "other" : "tail", filters: 1, kernelSize: 1 }),
    ],
  });
}

async function rejection(work: Promise<unknown>): Promise<PapilioError> {
  const error = await work.then(() => null, (error) => error);
  expect(error).toBeInstanceOf(PapilioError);
  return error;
}

Deno.test("Keras' tensors go to the variables of their name; other layers stay as they were", async () => {
  const model = smallModel();
  const tail = [...namedVariables(model).get("tail/kernel")?.dataSync() ?? []];
  const { numTensors } = tf.memory();
  const { loaded, ignoredLayers } = await loadKerasWeights(model, ["stem", "stem_bn"], file);
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(loaded).toEqual([
    "stem/kernel",
    "stem_bn/gamma",
    "stem_bn/beta",
    "stem_bn/moving_mean",
    "stem_bn/moving_variance",
  ]);
  expect(ignoredLayers).toEqual(["head"]);
  const values = (name: string) => [...namedVariables(model).get(name)?.dataSync() ?? []];
  expect(values("stem/kernel")).toEqual(Array.from({ length: 18 }, (_, i) => 100 + i));
  expect(values("stem_bn/gamma")).toEqual([200, 201]);
  expect(values("stem_bn/beta")).toEqual([300, 301]);
  expect(values("stem_bn/moving_mean")).toEqual([400, 401]);
  expect(values("stem_bn/moving_variance")).toEqual([500, 501]);
  expect(values("tail/kernel")).toEqual(tail);
});

Deno.test("missing and misshapen tensors are counted, the first are named, and nothing is set", async () => {
  const model = smallModel({ filters: 3, extra: true });
  const { message } = await rejection(
    loadKerasWeights(model, ["stem", "stem_bn", "other"], file),
  );
  expect(message).toBe(
    `Cannot load the encoder's weights from ${file}: ` +
      "expected all 7 tensors of the encoder by name and shape, got " +
      "stem/kernel has shape [3,3,1,2] in place of [3,3,1,3]; " +
      "stem_bn/gamma has shape [2] in place of [3]; and 5 more. " +
      "Give the .h5 file of the same architecture.",
  );
  expect([...namedVariables(model).get("stem_bn/gamma")?.dataSync() ?? []]).toEqual([1, 1, 1]);
});

Deno.test("a file that is absent, no HDF5 or cut off is an error that says so", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const load = (name: string) => loadKerasWeights(smallModel(), ["stem"], join(folder, name));
    expect((await rejection(load("absent.h5"))).message).toMatch(
      /Cannot load the encoder's weights from .*absent\.h5: .*No such file/,
    );
    await Deno.writeTextFile(join(folder, "page.h5"), "<html>Not found</html>");
    expect((await rejection(load("page.h5"))).message).toContain(
      "expected a file of Keras' weights (.h5), got 22 bytes that are no HDF5 file. " +
        "Give another file with --encoder-weights, or none to start from random weights.",
    );
    await Deno.writeFile(join(folder, "half.h5"), (await Deno.readFile(file)).subarray(0, 4000));
    expect((await rejection(load("half.h5"))).message).toContain("got a damaged file (");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
