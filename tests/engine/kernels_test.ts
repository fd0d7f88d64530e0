/** Every kernel translation against tfjs' cpu backend, on random shapes and values. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import fc from "fast-check";
import { translatedKernels } from "papilio/engine/compiled/_backend.ts";
import "papilio/engine/compiled/kernels/mod.ts";
import type { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { dilatedConv2d } from "papilio/model/dilated_convolution.ts";
import { batchNormTraining } from "papilio/model/layers.ts";
import { maxUnpool } from "papilio/model/unpooling.ts";
import { compareWithCpu, withOnnxEngine } from "./harness.ts";

type Operand = tf.Tensor | tf.TensorLike;
type Binary = (a: Operand, b: Operand) => tf.Tensor;
type Step = (x: tf.Tensor4D, other: tf.Tensor4D) => tf.Tensor | tf.Tensor[];

interface KernelCase {
  name: string;
  /** The kernels that the step must run: checked, so that a case cannot miss its target. */
  kernels: string[];
  step: Step;
  /** Values in [low, high); kept away from the kinks and poles of the function. */
  low?: number;
  high?: number;
  /** For steps that need more than `[1…3, 2…7, 2…7, 1…5]`. */
  shape?: fc.Arbitrary<[number, number, number, number]>;
}

const evenSides = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.constantFrom(2, 4, 6),
  fc.constantFrom(2, 4, 6),
  fc.integer({ min: 1, max: 5 }),
);
const anyShape: fc.Arbitrary<[number, number, number, number]> = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 3, max: 7 }),
  fc.integer({ min: 3, max: 7 }),
  fc.integer({ min: 1, max: 5 }),
);

/** Numbers that look random and are the same wherever they are made. */
function wave(shape: number[], frequency: number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(frequency * (i + 1))),
    shape,
  );
}

const filter = (height: number, width: number, input: number, output: number) =>
  wave([height, width, input, output], 1.7) as tf.Tensor4D;

/** An activation in the runtime's own order of axes, so that what follows meets it. */
const moved = (x: tf.Tensor4D, channels = 3) =>
  tf.conv2d(x, filter(1, 1, x.shape[3], channels), 1, "same");

const unaryCases: KernelCase[] = ([
  ["Abs", tf.abs],
  ["Ceil", tf.ceil],
  ["Elu", tf.elu],
  ["Exp", tf.exp],
  ["Expm1", tf.expm1],
  ["Floor", tf.floor],
  ["Neg", tf.neg],
  ["Relu", tf.relu],
  ["Relu6", tf.relu6],
  ["Sigmoid", tf.sigmoid],
  ["Sign", tf.sign],
  ["Softplus", tf.softplus],
  ["Square", tf.square],
  ["Tanh", tf.tanh],
  ["Step", (x: tf.Tensor) => tf.step(x, 0.25)],
  ["LeakyRelu", (x: tf.Tensor) => tf.leakyRelu(x, 0.3)],
  ["ClipByValue", (x: tf.Tensor) => tf.clipByValue(x, -1, 2)],
  ["Identity", (x: tf.Tensor) => tf.clone(x)],
  ["ZerosLike", tf.zerosLike],
  ["OnesLike", tf.onesLike],
] as [string, (x: tf.Tensor) => tf.Tensor][]).map(([kernel, f]) => ({
  name: kernel,
  kernels: [kernel],
  step: (x) => [f(x), f(moved(x))],
  low: -4,
  high: 8,
}));

const positiveCases: KernelCase[] = ([
  ["Log", tf.log],
  ["Log1p", tf.log1p],
  ["Reciprocal", tf.reciprocal],
  ["Rsqrt", tf.rsqrt],
  ["Sqrt", tf.sqrt],
] as [string, (x: tf.Tensor) => tf.Tensor][]).map(([kernel, f]) => ({
  name: kernel,
  kernels: [kernel],
  step: (x) => f(tf.add(tf.square(moved(x)), x.max())),
  low: 0.2,
  high: 3,
}));

const binaryCases: KernelCase[] = ([
  ["Add", tf.add],
  ["Sub", tf.sub],
  ["Multiply", tf.mul],
  ["RealDiv", tf.div],
  ["Maximum", tf.maximum],
  ["Minimum", tf.minimum],
  ["SquaredDifference", tf.squaredDifference],
  ["Pow", tf.pow],
] as [string, Binary][]).map(([kernel, f]) => ({
  name: kernel,
  kernels: [kernel],
  low: 0.5,
  high: 3,
  step: (x, other) => [
    f(x, other),
    f(tf.abs(moved(x)).add(0.1), 2),
    f(0.5, tf.abs(moved(x)).add(0.1)),
    f(tf.abs(moved(x, x.shape[3])).add(0.1), x.mean([1, 2], true)),
    f(tf.abs(moved(x, x.shape[3])).add(0.1), x.mean([0, 1, 2])),
    f(x.max([0]), x.mean([0, 1])),
    f(tf.fill(x.shape, 2), 3),
  ],
}));

const comparisonCases: KernelCase[] = ([
  ["Equal", tf.equal],
  ["Greater", tf.greater],
  ["GreaterEqual", tf.greaterEqual],
  ["Less", tf.less],
  ["LessEqual", tf.lessEqual],
  ["NotEqual", tf.notEqual],
] as [string, Binary][]).map(([kernel, f]) => ({
  name: kernel,
  kernels: [kernel, "Cast"],
  low: -3,
  high: 3,
  step: (x, other) => [
    tf.cast(f(tf.floor(x), tf.floor(other)), "float32"),
    tf.cast(f(moved(x), 0), "float32"),
  ],
}));

const logicalCases: KernelCase[] = [
  {
    name: "logical operators",
    kernels: ["LogicalAnd", "LogicalOr", "LogicalNot"],
    low: -1,
    step: (x, other) => {
      const [a, b] = [tf.greater(x, 0), tf.greater(other, 0.2)];
      return [tf.logicalAnd(a, b), tf.logicalOr(a, tf.logicalNot(b))].map((t) =>
        tf.cast(t, "float32")
      );
    },
  },
  {
    name: "Select",
    kernels: ["Select"],
    low: -1,
    step: (x, other) => [
      tf.where(tf.greater(x, 0), x, other),
      tf.where(tf.greater(moved(x), 0), moved(x), tf.zerosLike(moved(x))),
      tf.where(tf.greater(x.mean([0, 1]), 0), x.mean(0), other.mean(0)),
    ],
  },
];

const shapeCases: KernelCase[] = [
  {
    name: "Reshape and ExpandDims",
    kernels: ["Reshape", "ExpandDims"],
    step: (x) => [
      tf.reshape(moved(x), [-1]),
      tf.reshape(moved(x), [x.shape[0], x.shape[1] * x.shape[2], 3]),
      tf.expandDims(tf.mean(moved(x), [1, 2]), 1),
      tf.reshape(tf.mean(moved(x), 3), [...x.shape.slice(0, 3), 1]).mul(x),
    ],
  },
  {
    name: "Transpose",
    kernels: ["Transpose"],
    step: (x) => [tf.transpose(x, [0, 2, 1, 3]), tf.transpose(moved(x), [3, 1, 0, 2])],
  },
  {
    name: "Concat",
    kernels: ["Concat"],
    step: (x, other) => [
      tf.concat([moved(x), other, tf.fill(x.shape, 0.5)], 3),
      tf.concat([x, moved(x, x.shape[3])], 1),
    ],
  },
  {
    name: "Pack and Unpack",
    kernels: ["Pack", "Unpack"],
    step: (x) => tf.stack(tf.unstack(moved(x), 3), 1),
  },
  {
    name: "SplitV",
    kernels: ["SplitV"],
    step: (x) => {
      const [one, rest] = tf.split(moved(x), [1, 2], 3) as [tf.Tensor, tf.Tensor];
      return [one, rest, ...tf.split(moved(x), 3, -1)];
    },
  },
  {
    name: "Slice",
    kernels: ["Slice"],
    step: (x) => [tf.slice(moved(x), [0, 1, 0, 1], [-1, 2, 2, 1]), tf.slice(x, [0, 1], [-1, -1])],
  },
  { name: "Tile", kernels: ["Tile"], step: (x) => tf.tile(moved(x), [1, 2, 1, 3]) },
  {
    name: "Tile that only broadcasts",
    kernels: ["Tile"],
    step: (x) => [
      tf.mul(tf.broadcastTo(tf.mean(moved(x), [1, 2], true), moved(x).shape), moved(x)),
      tf.broadcastTo(tf.tensor1d([1, 2]), [3, 2]).add(x.mean()),
    ],
  },
  {
    name: "PadV2",
    kernels: ["PadV2"],
    step: (x) => tf.pad(moved(x), [[0, 0], [1, 2], [0, 1], [0, 0]], 0.5),
  },
  { name: "Reverse", kernels: ["Reverse"], step: (x) => tf.reverse(moved(x), [1, -1]) },
  {
    name: "Fill",
    kernels: ["Fill"],
    step: (x) => tf.add(tf.fill(x.shape, 3), x),
  },
];

const reductionCases: KernelCase[] = [
  ...([["Sum", tf.sum], ["Mean", tf.mean], ["Max", tf.max], ["Min", tf.min]] as [
    string,
    (x: tf.Tensor, axis?: number | number[], keepDims?: boolean) => tf.Tensor,
  ][]).map(([kernel, f]): KernelCase => ({
    name: kernel,
    kernels: [kernel],
    step: (x) => [
      f(x),
      f(moved(x), [1, 2]),
      f(moved(x), 3, true),
      f(moved(x), [-1]),
      f(moved(x), [0, 1, 2]),
      tf.add(f(tf.ones(x.shape), [1, 2]), f(x)),
    ],
  })),
  {
    name: "AddN",
    kernels: ["AddN"],
    step: (x, other) => tf.addN([x, other, tf.square(x)]),
  },
  {
    name: "Softmax",
    kernels: ["Softmax"],
    step: (x) => [tf.softmax(x), tf.softmax(moved(x))],
  },
  {
    name: "ArgMax",
    kernels: ["ArgMax"],
    step: (x) =>
      [
        tf.argMax(x, -1),
        tf.argMax(moved(x), 3),
        tf.argMax(moved(x), 1),
        tf.argMax(tf.cast(tf.mul(moved(x), 2), "int32"), 3), // Many are equal: the first of them.
      ].map((indices) => tf.cast(indices, "float32")),
  },
  {
    name: "TopK",
    kernels: ["TopK"],
    step: (x) => {
      const all = tf.topk(moved(x), 3);
      const { values, indices } = tf.topk(tf.reshape(x, [x.shape[0], -1]), 4);
      return [all.values, tf.cast(all.indices, "float32"), values, tf.cast(indices, "float32")];
    },
  },
  {
    name: "GatherV2",
    kernels: ["GatherV2"],
    step: (x) => [
      tf.gather(moved(x), tf.tensor1d([2, 0, 2, 1], "int32"), 3),
      tf.gather(moved(x), tf.tensor2d([[1, 2], [0, 1]], [2, 2], "int32"), 1),
      tf.gather(tf.reshape(x, [-1]), tf.topk(tf.reshape(moved(x, x.shape[3]), [-1]), 5).indices),
    ],
  },
  {
    name: "Cumsum",
    kernels: ["Cumsum"],
    step: (x) => [
      tf.cumsum(tf.reshape(x, [-1])),
      tf.cumsum(moved(x), 3, true, false),
      tf.cumsum(moved(x), 1, false, true),
    ],
  },
  {
    name: "BatchMatMul",
    kernels: ["BatchMatMul"],
    step: (x) => {
      const [a, b] = [x.mean(0), moved(x, x.shape[3]).mean(0)] as [tf.Tensor3D, tf.Tensor3D];
      return [tf.matMul(a, b, false, true), tf.matMul(a, b, true, false)];
    },
  },
];

/** The layer's result, and its gradients by everything that it was given. */
function withGradients(f: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[]): tf.Tensor[] {
  const objective = (...given: tf.Tensor[]) => {
    const y = f(...given);
    return tf.sum(tf.softplus(y));
  };
  return [f(...inputs), ...tf.grads(objective)(inputs)];
}

const convolutions = fc.record({
  kernel: fc.constantFrom(1, 2, 3, 5),
  stride: fc.constantFrom(1, 2),
  pad: fc.constantFrom("same" as const, "valid" as const),
  filters: fc.integer({ min: 1, max: 4 }),
});

const normalizationCases: KernelCase[] = [
  {
    name: "FusedBatchNorm",
    kernels: ["FusedBatchNorm"],
    step: (x) => {
      const vector = (frequency: number) => wave([3], frequency).abs().add(0.3) as tf.Tensor1D;
      const y = moved(x);
      return [
        tf.batchNorm(y, vector(1), vector(2), vector(3), vector(4), 1e-3),
        tf.batchNorm(y, vector(1), vector(2)),
      ];
    },
  },
  {
    name: "PapilioBatchNormTraining",
    kernels: [],
    step: (x) =>
      withGradients(
        (x, gamma, beta) =>
          batchNormTraining(x as tf.Tensor, gamma as tf.Tensor, beta as tf.Tensor, {
            epsilon: 1e-3,
          }),
        [moved(x), wave([3], 3).add(1.5), wave([3], 4)],
      ),
  },
  {
    name: "MaxPool and AvgPool",
    kernels: ["MaxPool", "AvgPool"],
    step: (x) => [
      tf.maxPool(moved(x), 2, 2, "same"),
      tf.avgPool(moved(x), [3, 2], 1, "valid"),
      tf.avgPool(moved(x), 3, 2, "same"),
    ],
  },
  {
    name: "MaxPoolGrad, with ties and overlapping windows",
    kernels: ["MaxPoolGrad"],
    low: -3,
    high: 3,
    step: (x) =>
      ([[2, 2, "valid"], [2, 2, "same"], [3, 2, "valid"], [3, 1, "same"]] as const)
        .flatMap(([side, stride, pad]) =>
          withGradients((x) => {
            const ties = tf.relu(moved(x as tf.Tensor4D));
            return tf.mul(tf.maxPool(ties as tf.Tensor4D, side, stride, pad), 1.5);
          }, [x])
        ),
  },
  {
    name: "PapilioMaxUnpool",
    kernels: [],
    shape: evenSides,
    step: (x) => {
      const before = tf.floor(tf.mul(moved(x), 4)) as tf.Tensor4D;
      const [n, h, w, c] = before.shape;
      return withGradients((f) => maxUnpool(f as tf.Tensor4D, before), [
        wave([n, h / 2, w / 2, c], 3),
      ]);
    },
  },
  {
    name: "PapilioDilatedFilterGradient",
    kernels: [],
    step: (x) =>
      [2, 3, 6].flatMap((rate) =>
        withGradients(
          (x, w) => dilatedConv2d(x as tf.Tensor4D, w as tf.Tensor4D, rate),
          [moved(x), filter(3, 3, 3, 2)],
        )
      ),
  },
  {
    name: "ResizeNearestNeighbor",
    kernels: ["ResizeNearestNeighbor"],
    step: (x) => tf.image.resizeNearestNeighbor(moved(x), [2 * x.shape[1], 3 * x.shape[2]]),
  },
  {
    name: "ResizeBilinear",
    kernels: ["ResizeBilinear"],
    step: (x) =>
      [[2, 2], [4, 3]].flatMap(([height = 1, width = 1]) =>
        [true, false].map((halfPixelCenters) => {
          const size: [number, number] = [x.shape[1] * height, x.shape[2] * width];
          return tf.image.resizeBilinear(moved(x), size, false, halfPixelCenters);
        })
      ),
  },
  {
    name: "DepthToSpace",
    kernels: ["DepthToSpace"],
    step: (x) => [tf.depthToSpace(moved(x, 8), 2), tf.depthToSpace(moved(x, 9), 3)],
  },
];

const cases = [
  ...unaryCases,
  ...positiveCases,
  ...binaryCases,
  ...comparisonCases,
  ...logicalCases,
  ...shapeCases,
  ...reductionCases,
  ...normalizationCases,
];

const covered = new Set<string>([
  "PapilioBatchNormTraining",
  "PapilioDilatedFilterGradient",
  "PapilioMaxUnpool",
]);

/** Numbers the step's tensors, as a step function returns names. */
function numbered(result: tf.Tensor | tf.Tensor[]): Record<string, tf.Tensor> {
  return Object.fromEntries([result].flat().map((tensor, index) => [`out${index}`, tensor]));
}

async function checkCase(engine: OnnxEngine, { step, kernels, ...options }: KernelCase) {
  const { low = 0, high = 1, shape = anyShape } = options;
  await fc.assert(
    fc.asyncProperty(shape, fc.integer(), async (dims, seed) => {
      const inputs = {
        x: tf.randomUniform(dims, low, high, "float32", seed),
        other: tf.randomUniform(dims, low, high, "float32", seed + 1),
      };
      const run = ({ x, other }: Record<string, tf.Tensor>) =>
        numbered(step(x as tf.Tensor4D, other as tf.Tensor4D));
      const { kernelNames } = await tf.profile(() => tf.tidy(() => Object.values(run(inputs))));
      for (const kernel of kernels) expect(kernelNames).toContain(kernel);
      for (const kernel of kernelNames) covered.add(kernel);
      expect(await compareWithCpu(engine, run, inputs)).toBeLessThan(2e-5);
      tf.dispose(inputs);
    }),
    { numRuns: 6, seed: 1 },
  );
}

Deno.test("each kernel translation equals tfjs' cpu backend", async (t) => {
  await withOnnxEngine(async (engine) => {
    for (const kernelCase of cases) {
      await t.step(kernelCase.name, () => checkCase(engine, kernelCase));
    }
  });
});

Deno.test("convolutions and their gradients equal tfjs' cpu backend", async (t) => {
  type Options = { kernel: number; stride: 1 | 2; pad: "same" | "valid"; filters: number };
  const kinds: Record<string, (x: tf.Tensor4D, options: Options) => tf.Tensor[]> = {
    Conv2D: (x, { kernel, stride, pad, filters }) =>
      withGradients(
        (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
        [x, filter(kernel, kernel, x.shape[3], filters)],
      ),
    DepthwiseConv2dNative: (x, { kernel, stride, pad, filters }) =>
      withGradients(
        (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
        [x, filter(kernel, kernel, x.shape[3], filters)],
      ),
    Conv2DBackpropInput: (x, { kernel, stride, pad, filters }) => {
      const [n, h, w, c] = x.shape;
      const grow = (side: number) =>
        pad === "same" ? side * stride : (side - 1) * stride + Math.max(kernel, stride);
      const shape: [number, number, number, number] = [n, grow(h), grow(w), filters];
      return withGradients(
        (x, w) => tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, shape, stride, pad),
        [x, filter(kernel, kernel, filters, c)],
      );
    },
  };
  await withOnnxEngine(async (engine) => {
    for (const [kernel, step] of Object.entries(kinds)) {
      await t.step(kernel, () =>
        fc.assert(
          fc.asyncProperty(fc.oneof(anyShape, evenSides), convolutions, async (dims, options) => {
            if (options.pad === "valid" && options.kernel > Math.min(dims[1], dims[2])) return;
            const x = tf.randomNormal(dims, 0, 1, "float32", 3) as tf.Tensor4D;
            const run = (inputs: Record<string, tf.Tensor>) =>
              numbered(step(inputs.x as tf.Tensor4D, options as Options));
            const { kernelNames } = await tf.profile(() =>
              tf.tidy(() => Object.values(run({ x })))
            );
            for (const name of kernelNames) covered.add(name);
            expect(await compareWithCpu(engine, run, { x })).toBeLessThan(2e-5);
            x.dispose();
          }),
          { numRuns: 40, seed: 2 },
        ));
    }
  });
});

Deno.test("a fused convolution applies its bias and activation", async () => {
  await withOnnxEngine(async (engine) => {
    for (const activation of ["linear", "relu", "relu6", "sigmoid", "elu", "leakyrelu"] as const) {
      const x = tf.randomNormal([2, 5, 6, 3], 0, 3, "float32", 5);
      const bias = tf.tensor1d([0.5, -1, 2, 0.1]);
      const run = (inputs: Record<string, tf.Tensor>) => {
        const image = inputs.x as tf.Tensor4D;
        const shared = {
          x: image,
          strides: 1,
          pad: "same",
          activation,
          leakyreluAlpha: 0.3,
        } as const;
        return numbered([
          tf.fused.conv2d({ ...shared, filter: filter(3, 3, 3, 4), bias }),
          tf.fused.depthwiseConv2d({
            ...shared,
            filter: filter(3, 3, 3, 1),
            bias: bias.slice(0, 3),
          }),
        ]);
      };
      covered.add("FusedConv2D").add("FusedDepthwiseConv2D");
      expect(await compareWithCpu(engine, run, { x })).toBeLessThan(2e-5);
    }
  });
});

Deno.test("a bias that is added by itself becomes the convolution's", async () => {
  await withOnnxEngine(async (engine) => {
    const x = tf.randomNormal([2, 4, 4, 3], 0, 1, "float32", 5);
    const run = (inputs: Record<string, tf.Tensor>) =>
      numbered(withGradients(
        (x, w, b) =>
          tf.relu(tf.add(tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, "same"), b as tf.Tensor)),
        [inputs.x as tf.Tensor, filter(3, 3, 3, 4), wave([4], 2)],
      ));
    expect(await compareWithCpu(engine, run, { x })).toBeLessThan(2e-5);
  });
});

Deno.test("zeros around an image become part of the convolution, and of its gradients", async () => {
  await withOnnxEngine(async (engine) => {
    for (const stride of [1, 2] as const) {
      for (const depthwise of [false, true]) {
        const x = tf.randomNormal([2, 6, 8, 3], 0, 1, "float32", 5);
        const layer = (x: tf.Tensor, w: tf.Tensor) => {
          const padded = tf.pad(x, [[0, 0], [0, 1], [1, 1], [0, 0]]) as tf.Tensor4D;
          return depthwise
            ? tf.depthwiseConv2d(padded, w as tf.Tensor4D, stride, "valid")
            : tf.conv2d(padded, w as tf.Tensor4D, stride, "valid");
        };
        const run = (inputs: Record<string, tf.Tensor>) =>
          numbered(withGradients(
            (x, w) => layer(x as tf.Tensor, w as tf.Tensor),
            [inputs.x as tf.Tensor, filter(3, 3, 3, depthwise ? 1 : 4)],
          ));
        expect(await compareWithCpu(engine, run, { x })).toBeLessThan(2e-5);
      }
    }
  });
});

Deno.test("no kernel translation goes untested", () => {
  expect([...translatedKernels].filter((kernel) => !covered.has(kernel))).toEqual([]);
});
