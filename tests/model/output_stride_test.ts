/** Encoders at output stride 16: the same weights see the same pixels, at twice the sides. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { layerCosts, totalCost } from "papilio/model/cost.ts";
import { type Encoder, halved, type OutputStride } from "papilio/model/encoder.ts";
import { FrozenAwareBatchNormalization } from "papilio/model/layers.ts";
import { mobileNetV2 } from "papilio/model/mobilenet_v2.ts";
import { resNet34 } from "papilio/model/resnet34.ts";
import { namedVariables, trainableVariables } from "papilio/model/variables.ts";

await tf.setBackend("cpu");

type MakeEncoder = (outputStride: OutputStride) => Encoder;

const encoders: Record<string, MakeEncoder> = {
  "MobileNetV2": (outputStride) => mobileNetV2({ alpha: 0.35, outputStride, seed: 3 }),
  "ResNet34": (outputStride) => resNet34({ baseFilters: 4, outputStride, seed: 3 }),
};

/** The encoder's last features, normalised at either stride. */
function lastFeatures(make: MakeEncoder, sidePx: number, outputStride: OutputStride) {
  const input = tf.input({ shape: [sidePx, sidePx, 3] });
  const { tensor, name } = make(outputStride).build(input).bottleneck;
  const last = new FrozenAwareBatchNormalization({ name: "block_16_project_BN", epsilon: 1e-3 });
  const outputs = name === "block_16_project" ? last.apply(tensor) as tf.SymbolicTensor : tensor;
  return tf.model({ inputs: input, outputs });
}

/** Moves what starts at 0 and 1, so that each variable tells. */
function spread(model: tf.LayersModel): void {
  for (const [name, variable] of namedVariables(model)) {
    if (name.endsWith("kernel")) continue;
    const start = name.endsWith("gamma") || name.endsWith("variance") ? 1 : 0.5;
    const values = Float32Array.from(
      { length: variable.size },
      (_, i) => start + 0.4 * Math.sin(7.3 * i + name.length),
    );
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }
}

/*
 * MobileNetV2 has its zeros at the end of an even side: the first window is around pixel 1. On an odd
 * side, and in ResNet34, there are zeros before, too: it is around pixel 0. The kernels behind meet the
 * same pixels, and beyond the border both have zeros.
 */
for (
  const [name, sidePx, first] of [
    ...[["MobileNetV2", 96, 1], ["MobileNetV2", 64, 1], ["MobileNetV2", 80, 0]] as const,
    ...[["ResNet34", 96, 0], ["ResNet34", 80, 0]] as const,
  ]
) {
  Deno.test(`${name} at ${sidePx}: at every second pixel, what stride 32 gives, borders and all`, () => {
    const make = present(encoders[name]);
    const [plain, dilated] = [32, 16].map((outputStride) => {
      const model = lastFeatures(make, sidePx, outputStride as OutputStride);
      spread(model);
      return model;
    }) as [tf.LayersModel, tf.LayersModel];
    const shapes = (model: tf.LayersModel) =>
      [...namedVariables(model)].map(([name, { shape }]) => `${name} ${shape}`);
    expect(shapes(dilated)).toEqual(shapes(plain));
    const image = tf.randomUniform([1, sidePx, sidePx, 3], -1, 1, "float32", 5);
    const [expected, all] = [plain, dilated].map((model) =>
      tf.tidy(() => (model.predict(image) as tf.Tensor4D).squeeze([0]).arraySync() as number[][][])
    ) as [number[][][], number[][][]];
    const side = Math.ceil(sidePx / 32);
    expect([expected.length, all.length]).toEqual([side, sidePx / 16]);
    const largest = Math.max(...expected.flat(2).map(Math.abs));
    expected.forEach((row, y) =>
      row.forEach((features, x) =>
        features.forEach((feature, channel) => {
          const got = present(all[2 * y + first]?.[2 * x + first]?.[channel]);
          expect(Math.abs(got - feature)).toBeLessThan(1e-5 * largest);
        })
      )
    );
    expect(Math.max(...features(expected)) - Math.min(...features(expected)))
      .toBeGreaterThan(0.01 * largest);
    [plain, dilated].forEach((model) => model.dispose());
  });
}

/** The first channel. */
const features = (map: number[][][]) => map.flat().map(([first = NaN]) => first);

Deno.test("a halving beyond the output stride doubles the rate of what follows", () => {
  expect(halved({ stride: 8, rate: 1 }, 16)).toEqual({ stride: 16, rate: 1 });
  expect(halved({ stride: 16, rate: 1 }, 16)).toEqual({ stride: 16, rate: 2 });
  expect(halved({ stride: 16, rate: 1 }, 32)).toEqual({ stride: 32, rate: 1 });
});

/*
 * Sandler et al. 2018, table 7, the last features in front of Conv_1 ("MNet V2*") at output stride 16, for
 * images of 513² and 21 classes: 2.11 M parameters and 2.75 B multiply-adds without pyramid, 4.52 M with it.
 * Behind the encoder there are a 1×1 and the image's mean, 256 filters each, with the pyramid three 3×3 more; a
 * 1×1 on all of these, and the classes' scores. What does not learn is not counted.
 */
Deno.test("with a published head behind it, MobileNetV2 has the published size", () => {
  const input = tf.input({ shape: [513, 513, 3] });
  const { bottleneck } = mobileNetV2({ alpha: 1, outputStride: 16, seed: 1 }).build(input);
  expect(bottleneck.tensor.shape).toEqual([null, 33, 33, 320]);
  const model = tf.model({ inputs: input, outputs: bottleneck.tensor });
  const encoder = [...trainableVariables(model).values()].reduce((sum, { size }) => sum + size, 0);
  const norm = 2 * 256;
  const plain = 2 * (320 * 256 + norm) + (512 * 256 + norm) + 256 * 21 + 21;
  const pyramid = 3 * (9 * 320 * 256 + norm) + 3 * 256 * 256;
  expect(((encoder + plain) / 1e6).toFixed(2)).toBe("2.11");
  expect(((encoder + plain + pyramid) / 1e6).toFixed(2)).toBe("4.52");
  const { multiplyAdds } = totalCost(layerCosts(model));
  const head = 33 ** 2 * (320 * 256 + 512 * 256 + 256 * 21);
  expect(Math.abs((multiplyAdds + head) / 2.75e9 - 1)).toBeLessThan(0.01);
});
