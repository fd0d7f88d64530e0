import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import type { Engine, StepFunction } from "papilio/engine/engine.ts";
import { dilatedConv2d } from "papilio/model/dilated_convolution.ts";
import { enlargeBilinear, enlargeNearest, pixelShuffle } from "papilio/model/resizing.ts";
import { maxUnpool } from "papilio/model/unpooling.ts";
import layers from "../golden/model/layers.json" with { type: "json" };
import resizing from "../golden/model/resizing.json" with { type: "json" };
import { testEngines } from "./_engines.ts";
import { relativeError } from "./harness.ts";

// The operations of lib/model that tfjs lacks or gets wrong, on every engine, against PyTorch.

interface Case {
  name: string;
  step: StepFunction;
  inputs: Record<string, { shape: number[]; data: Float32Array }>;
  expected: Record<string, number[]>;
}

const sizeOf = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

function wave(f: (i: number) => number, shape: number[]) {
  return { shape, data: Float32Array.from({ length: sizeOf(shape) }, (_, i) => f(i)) };
}

const enlargements: Record<string, (x: tf.Tensor4D, factor: number) => tf.Tensor4D> = {
  nearest: enlargeNearest,
  bilinear: (x, factor) => enlargeBilinear(x, factor as 2),
  "pixel-shuffle": pixelShuffle,
};

const resizingCases = resizing.map(
  ({ name, factor, shape, outputShape, output, gradient }): Case => ({
    name: `${name} ×${factor} of [${shape}]`,
    inputs: { x: wave(Math.sin, shape), weights: wave(Math.cos, outputShape) },
    expected: { y: output, gradient },
    step: ({ x, weights }) => {
      const f = (x: tf.Tensor) => present(enlargements[name])(x as tf.Tensor4D, factor);
      const objective = (x: tf.Tensor) => tf.sum(tf.mul(f(x), present(weights)));
      return { y: f(present(x)), gradient: tf.grad(objective)(present(x)) };
    },
  }),
);

const dilatedCases = layers.dilated.map(
  ({ shape, filterShape, rate, output, gradients: [ofX = [], ofFilter = []] }): Case => {
    const outputShape = [...shape.slice(0, 3), present(filterShape[3])];
    return {
      name: `taps ${rate} apart over [${shape}]`,
      inputs: {
        x: wave(Math.sin, shape),
        filter: wave((i) => Math.cos(2 * i), filterShape),
        weights: wave(Math.cos, outputShape),
      },
      expected: { y: output, ofX, ofFilter },
      step: ({ x, filter, weights }) => {
        const f = (x: tf.Tensor, filter: tf.Tensor) =>
          dilatedConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, rate);
        const operands = [present(x), present(filter)] as const;
        const [ofX, ofFilter] = tf.grads((x, filter) =>
          tf.sum(tf.mul(f(present(x), present(filter)), present(weights)))
        )([...operands]);
        return { y: f(...operands), ofX: present(ofX), ofFilter: present(ofFilter) };
      },
    };
  },
);

const unpoolingCases = layers.unpooled.map(({ shape, output, gradient }): Case => {
  const [images = 0, height = 0, width = 0, channels = 0] = shape;
  return {
    name: `unpooling to [${shape}]`,
    inputs: {
      x: wave(Math.sin, [images, height / 2, width / 2, channels]),
      before: wave((i) => Math.round(4 * Math.sin(3 * i)), shape),
      weights: wave(Math.cos, shape),
    },
    expected: { y: output, gradient },
    step: ({ x, before, weights }) => {
      const f = (x: tf.Tensor) => maxUnpool(x as tf.Tensor4D, before as tf.Tensor4D);
      const objective = (x: tf.Tensor) => tf.sum(tf.mul(f(x), present(weights)));
      return { y: f(present(x)), gradient: tf.grad(objective)(present(x)) };
    },
  };
});

async function check(engine: Engine, { name, step, inputs, expected }: Case): Promise<void> {
  const compiled = await engine.compile(step, {
    name,
    inputs: Object.fromEntries(Object.entries(inputs).map(([key, { shape }]) => [key, { shape }])),
    variables: [],
  });
  const data = Object.entries(inputs).map(([key, { data }]) => [key, data] as const);
  const outputs = await compiled.run(Object.fromEntries(data));
  await compiled.dispose();
  for (const [key, values] of Object.entries(expected)) {
    const error = relativeError(present(outputs[key]).data, values);
    expect([name, key, error < 1e-5 ? "right" : `off by ${error}`]).toEqual([name, key, "right"]);
  }
}

testEngines("enlargements, dilated convolutions and unpooling equal PyTorch's", async (engine) => {
  for (const layerCase of [...resizingCases, ...dilatedCases, ...unpoolingCases]) {
    await check(engine, layerCase);
  }
});
