/** Corner cases of shapes, layouts and broadcasting, each against tfjs' cpu backend. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { batchNormTraining } from "papilio/model/layers.ts";
import { compareWithCpu, withOnnxEngine } from "./harness.ts";

type Inputs = Record<string, tf.Tensor>;

/** `0.1, 0.2, …`: every element is different. */
function ramp(shape: number[], dtype: "float32" | "int32" = "float32"): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const numbers = Array.from({ length: size }, (_, i) => dtype === "int32" ? i - 3 : (i + 1) / 10);
  return tf.tensor(numbers, shape, dtype);
}

/** Numbers between -1 and 1 that look random. */
function wave(shape: number[]): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Array.from({ length: size }, (_, i) => Math.sin(1.7 * (i + 1))), shape);
}

const filter = (height: number, width: number, channels: number, filters: number) =>
  wave([height, width, channels, filters]) as tf.Tensor4D;

/** A convolution's result, which the runtime keeps in an order of its own. */
const convolved = (x: tf.Tensor, filters = 3) =>
  tf.conv2d(x as tf.Tensor4D, filter(1, 1, x.shape[3] as number, filters), 1, "same");

interface Corner {
  step: (inputs: Inputs) => tf.Tensor | tf.Tensor[];
  inputs: () => Inputs;
}

const image = () => ({ x: ramp([2, 4, 6, 3]) });

/** `f`'s result and its gradients with respect to everything it was given. */
function withGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] {
  const objective = (...given: tf.Tensor[]) => tf.sum(tf.square(f(...given)));
  return [f(...inputs), ...tf.grads(objective)(inputs)];
}

const corners: Record<string, Corner> = {
  "a rank-0 input": {
    inputs: () => ({ x: tf.scalar(3) }),
    step: ({ x }) => [tf.mul(x as tf.Tensor, 2), tf.reshape(x as tf.Tensor, [1, 1])],
  },
  "ranks 1, 2, 3 and 5": {
    inputs: () => ({ a: ramp([3]), b: ramp([2, 3]), c: ramp([4, 2, 3]), e: ramp([2, 1, 4, 2, 3]) }),
    step: ({ a, b, c, e }) => {
      const sum = tf.add(tf.add(a as tf.Tensor, b as tf.Tensor), c as tf.Tensor);
      const whole = tf.mul(sum, e as tf.Tensor);
      return [
        sum,
        whole,
        tf.sum(whole, [1, 3]),
        tf.transpose(whole, [4, 0, 3, 1, 2]),
        tf.concat([whole, tf.square(whole)], 2),
        tf.reshape(whole, [8, 6]),
      ];
    },
  },
  "a convolution against ranks 1, 3 and 5": {
    inputs: () => ({ ...image(), a: ramp([3]), c: ramp([4, 1, 3]), e: ramp([2, 1, 1, 6, 1]) }),
    step: ({ x, a, c, e }) => {
      const y = convolved(x as tf.Tensor);
      return [tf.mul(y, a as tf.Tensor), tf.mul(c as tf.Tensor, y), tf.mul(y, e as tf.Tensor)];
    },
  },
  "axes of size 1 that come and go": {
    inputs: () => ({ x: ramp([1, 4, 1, 3]) }),
    step: ({ x }) => {
      const y = convolved(x as tf.Tensor, 2);
      return [
        tf.squeeze(y),
        tf.reshape(y, [4, 1, 1, 2]),
        tf.reshape(y, [1, 1, 4, 2]),
        tf.reshape(y, [1, 4, 1, 1, 2]),
        tf.transpose(tf.squeeze(y)),
        tf.mul(tf.reshape(y, [1, 1, 4, 2]), y),
      ];
    },
  },
  "a lazily broadcast tensor through every kernel that moves elements": {
    inputs: image,
    step: ({ x }) => {
      const mean = tf.mean(convolved(x as tf.Tensor), [1, 2], true);
      const wide = tf.broadcastTo(mean, [2, 4, 6, 3]);
      const times = tf.mul(mean, tf.ones([2, 4, 6, 3]));
      return [wide, times].flatMap((y) => [
        tf.reshape(y, [2, 24, 3]),
        tf.reshape(y, [2, 1, 4, 6, 3]),
        tf.transpose(y, [3, 1, 0, 2]),
        tf.concat([y, x as tf.Tensor], 3),
        tf.concat([y, y], 1),
        tf.sum(y, [1]),
        tf.mean(y, [0, 3], true),
        tf.max(y, 2),
        tf.slice(y, [0, 1, 2, 1], [2, 2, 3, 2]),
        ...tf.split(y, 2, 1),
        ...tf.unstack(y, 1).slice(0, 1),
        tf.stack([y, x as tf.Tensor], 2),
        tf.tile(y, [1, 2, 1, 1]),
        tf.pad(y, [[0, 0], [1, 0], [0, 2], [0, 0]]),
        tf.reverse(y, [1, 3]),
        tf.softmax(y),
        tf.conv2d(y as tf.Tensor4D, filter(3, 3, 3, 2), 1, "same"),
        tf.where(tf.greater(y, 2), y, x as tf.Tensor),
      ]);
    },
  },
  "a lazily broadcast convolution gets a bias": {
    inputs: () => ({ x: ramp([1, 4, 6, 3]) }),
    step: ({ x }) => {
      const bias = tf.tensor1d([1, 2, 3]);
      const oneChannel = tf.mul(convolved(x as tf.Tensor, 1), tf.ones([1, 4, 6, 3]));
      const oneImage = tf.mul(convolved(x as tf.Tensor), tf.ones([2, 4, 6, 3]));
      return [tf.add(oneChannel, bias), tf.add(oneImage, bias)];
    },
  },
  "a bias of higher rank": {
    inputs: image,
    step: ({ x }) => tf.add(convolved(x as tf.Tensor), tf.tensor([1, 2, 3], [1, 1, 1, 1, 3])),
  },
  "a bias made from the convolution itself": {
    inputs: image,
    step: ({ x }) => {
      const y = convolved(x as tf.Tensor);
      return tf.add(y, tf.mean(y, [0, 1, 2]));
    },
  },
  "split with the rest left open": {
    inputs: () => ({ x: ramp([2, 9]) }),
    step: ({ x }) => [
      ...tf.split(x as tf.Tensor, [2, 3, -1], 1),
      ...tf.split(x as tf.Tensor, [5, -1, 4], 1),
      ...tf.split(x as tf.Tensor, [9], 1),
    ],
  },
  "a reduction along no axis": {
    inputs: image,
    step: ({ x }) => [
      tf.sum(convolved(x as tf.Tensor), []),
      tf.mean(x as tf.Tensor, []),
      tf.max(x as tf.Tensor, []),
      tf.sum(tf.sum(x as tf.Tensor)),
    ],
  },
  "int32 and bool inputs and outputs": {
    inputs: () => ({ x: ramp([2, 2, 3, 2], "int32"), y: ramp([5], "int32") }),
    step: ({ x, y }) => [
      tf.add(x as tf.Tensor, tf.scalar(2, "int32")),
      tf.greater(x as tf.Tensor, tf.scalar(1, "int32")),
      tf.sum(x as tf.Tensor, [1, 2]),
      tf.sum(tf.greater(y as tf.Tensor, tf.scalar(-2, "int32"))),
      tf.mean(y as tf.Tensor),
      tf.mean(tf.fill([4], 3, "int32")),
      tf.max(y as tf.Tensor),
      tf.cast(y as tf.Tensor, "float32"),
      tf.cast(y as tf.Tensor, "bool"),
      tf.cast(tf.mul(tf.cast(y as tf.Tensor, "float32"), 0.7), "int32"),
      tf.transpose(x as tf.Tensor, [3, 0, 2, 1]),
      tf.where(
        tf.equal(y as tf.Tensor, tf.scalar(0, "int32")),
        tf.scalar(9, "int32"),
        y as tf.Tensor,
      ),
      tf.clipByValue(y as tf.Tensor, -1, 1),
      tf.pad(y as tf.Tensor, [[1, 2]], 7),
    ],
  },
  "outputs that are an input, a constant, and each other": {
    inputs: image,
    step: ({ x }) => {
      const y = convolved(x as tf.Tensor);
      return [
        x as tf.Tensor,
        x as tf.Tensor,
        tf.tensor([1, 2]),
        tf.ones([2, 3]),
        y,
        y,
        tf.scalar(4),
      ];
    },
  },
  "zero and minus zero are different constants": {
    inputs: () => ({ x: ramp([3]) }),
    step: ({ x }) => {
      const zeros = [tf.tensor([0, 1, 2]), tf.tensor([-0, 1, 2])];
      return zeros.map((zero) => tf.maximum(tf.minimum(tf.div(x as tf.Tensor, zero), 9), -9));
    },
  },
  "uniform tensors by themselves": {
    inputs: () => ({ x: tf.scalar(2) }),
    step: ({ x }) => [
      tf.log1p(tf.ones([2, 3])),
      tf.expm1(tf.fill([2], 0.5)),
      tf.square(tf.fill([2, 2], 3)),
      tf.greater(tf.ones([2, 2]), tf.zeros([2])),
      tf.where(tf.greater(tf.ones([2]), 0), tf.fill([2], 5), tf.zeros([2])),
      tf.rsqrt(tf.fill([3], 4)),
      tf.relu6(tf.fill([3], 40)),
      tf.step(tf.fill([3], 4)),
      tf.step(tf.fill([3], -4), 0.5),
      tf.transpose(tf.ones([2, 3])),
      tf.concat([tf.ones([1, 2]), tf.zeros([2, 2])]),
      tf.addN([tf.ones([2]), tf.zeros([2])]),
      tf.softmax(tf.ones([2, 4])),
      tf.pad(tf.ones([2]), [[1, 1]]),
      tf.add(x as tf.Tensor, tf.ones([2, 2])),
      tf.mul(x as tf.Tensor, tf.ones([2, 2])),
    ],
  },
  "constants in a rearranged order": {
    inputs: image,
    step: ({ x }) => {
      const captured = ramp([1, 4, 6, 3]);
      return [
        tf.mul(convolved(x as tf.Tensor), captured),
        tf.concat([convolved(x as tf.Tensor).slice([0, 0, 0, 0], [1, 4, 6, 3]), captured], 2),
        tf.transpose(captured, [0, 3, 1, 2]),
        tf.where(tf.greater(captured, 3), convolved(x as tf.Tensor), captured),
      ];
    },
  },
  "parts of a transposed convolution": {
    inputs: () => ({ x: ramp([2, 5, 4, 2]) }),
    step: ({ x }) => {
      const large = (stride: number, side: number) =>
        tf.conv2dTranspose(
          x as tf.Tensor4D,
          filter(3, 3, 2, 2),
          [2, 5 * stride, 4 * stride, 2],
          stride,
          "same",
        ).slice([0, side, 1, 0], [2, 2, 3, 2]);
      return [
        large(2, 0),
        large(2, 1),
        large(2, 8),
        large(3, 7),
        tf.add(large(2, 5), tf.tensor1d([1, 2])),
        tf.slice(large(2, 2), [1, 0, 0, 1], [1, 1, 2, 1]),
      ];
    },
  },
};

for (const [name, { inputs, step }] of Object.entries(corners)) {
  Deno.test(`corner case: ${name}`, async () => {
    await withOnnxEngine(async (engine) => {
      const given = inputs();
      const numbered = (result: tf.Tensor | tf.Tensor[]) =>
        Object.fromEntries([result].flat().map((tensor, index) => [`out${index}`, tensor]));
      const error = await compareWithCpu(engine, (values) => numbered(step(values)), given);
      expect(error).toBeLessThan(1e-5);
    });
  });
}

type Pad = number | "same";

interface PaddedConvolution {
  around: [number, number][];
  pad: Pad;
  kernel: number;
  stride: number;
  depthwise: boolean;
}

function paddedConvolutions(): PaddedConvolution[] {
  const arounds: [number, number][][] = [
    [[0, 0], [0, 0], [0, 0], [0, 0]],
    [[0, 0], [3, 1], [0, 4], [0, 0]],
    [[1, 0], [1, 1], [1, 1], [0, 0]],
    [[0, 0], [1, 1], [1, 1], [0, 1]],
  ];
  const pads: Pad[] = [0, 1, 3, "same"];
  const windows = [[1, 1], [1, 2], [2, 2], [3, 1], [3, 2]] as const;
  return arounds.flatMap((around) =>
    pads.flatMap((pad) =>
      windows.flatMap(([kernel, stride]) =>
        [false, true].map((depthwise) => ({ around, pad, kernel, stride, depthwise }))
      )
    )
  );
}

function convolvePadded(image: tf.Tensor, weights: tf.Tensor, options: PaddedConvolution) {
  const { around, pad, stride, depthwise } = options;
  const padded = tf.pad(image, around) as tf.Tensor4D;
  const rounding = typeof pad === "number" ? "floor" : undefined;
  const convolve = depthwise ? tf.depthwiseConv2d : tf.conv2d;
  return convolve(padded, weights as tf.Tensor4D, stride, pad, "NHWC", 1, rounding);
}

Deno.test("corner case: convolutions with wide, uneven and superfluous padding", async () => {
  const wrong: string[] = [];
  await withOnnxEngine(async (engine) => {
    for (const options of paddedConvolutions()) {
      const { around, kernel, depthwise } = options;
      const channels = 2 + (around[3]?.[1] ?? 0);
      const run = ({ x }: Inputs) => {
        const weights = filter(kernel, kernel, channels, depthwise ? 1 : 3);
        const results = withGradients(
          (image, weights) => convolvePadded(image as tf.Tensor, weights as tf.Tensor, options),
          [x as tf.Tensor, weights],
        );
        return Object.fromEntries(results.map((tensor, i) => [`out${i}`, tensor]));
      };
      const error = await compareWithCpu(engine, run, { x: ramp([1, 4, 6, 2]) }).catch(String);
      if (!(Number(error) < 1e-5)) wrong.push(`${JSON.stringify(options)}: ${error}`);
    }
  });
  expect(wrong).toEqual([]);
});

Deno.test("corner case: normalizations that share their scale and offset", async () => {
  await withOnnxEngine(async (engine) => {
    const x = wave([2, 4, 4, 3]);
    const gamma = tf.variable(tf.tensor1d([1, 2, 3]));
    const beta = tf.variable(tf.tensor1d([0.5, 0, -1]));
    const run = ({ x }: Inputs) => {
      const normalize = (image: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor) =>
        batchNormTraining(image, scale, offset, { epsilon: 1e-3 });
      const once = (image: tf.Tensor) => normalize(image, gamma, beta);
      const twice = (image: tf.Tensor) => tf.add(once(image), tf.square(once(tf.exp(image))));
      const plain = (image: tf.Tensor) =>
        tf.mul(
          normalize(image, tf.ones([3]), tf.ones([3])),
          normalize(tf.exp(image), tf.ones([3]), tf.ones([3])),
        );
      const [a, da] = withGradients(twice, [x as tf.Tensor]);
      const [b, db] = withGradients(plain, [x as tf.Tensor]);
      return { a, da, b, db } as Inputs;
    };
    expect(await compareWithCpu(engine, run, { x }, [gamma, beta])).toBeLessThan(1e-4);
    tf.dispose([gamma, beta]);
  });
});

Deno.test("sums and means of many equal numbers keep their digits", async () => {
  const value = 0.985347;
  await withOnnxEngine(async (engine) => {
    const shape = [2, 256, 256, 1];
    const compiled = await engine.compile(
      ({ x }) => ({
        sum: tf.sum(x as tf.Tensor),
        mean: tf.mean(x as tf.Tensor),
        images: tf.mean(x as tf.Tensor, [1, 2, 3]),
      }),
      { name: "equal", inputs: { x: { shape } }, variables: [] },
    );
    const { sum, mean, images } = await compiled.run({ x: new Float32Array(2 ** 17).fill(value) });
    const found = [...mean?.data ?? [], ...images?.data ?? [], (sum?.data[0] ?? 0) / 2 ** 17];
    // In one go they are off by 1e-4.
    for (const each of found) expect(Math.abs(each / value - 1)).toBeLessThan(1e-5);
    expect(found.length).toBe(4);
  });
});
