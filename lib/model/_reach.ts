import type * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";

/** Rows of an image or of a feature map, both ends included; they may lie outside of it, even without end. */
export interface Span {
  first: number;
  last: number;
}

/** How far a layer looks, along the rows. */
export interface Reach {
  /** Jump of its output over that of its first input. */
  jumpFactor: number;
  /** The rows of one of its inputs, by its place among them, behind the rows of its output. */
  back(span: Span, input?: number): Span;
}

/** These compute each position from the same position of their inputs. */
const pointwise = new Set([
  ...["InputLayer", "Rescaling", "BatchNormalization", "Activation", "ReLU", "LeakyReLU"],
  ...["Dropout", "Add", "Multiply", "Concatenate"],
]);

const windowed = new Set([
  ...["Conv2D", "DepthwiseConv2D", "MaxPooling2D", "AveragePooling2D"],
]);

/** Each reaches like a transposed convolution of this window, with its factor as the stride. */
const enlarging: Readonly<Record<string, (factor: number) => Window>> = {
  UpSampling2D: (factor) => ({ kernel: factor, stride: factor, before: 0 }),
  PixelShuffle: (factor) => ({ kernel: factor, stride: factor, before: 0 }),
  BilinearUpSampling2D: (factor) => ({ kernel: 2 * factor, stride: factor, before: factor / 2 }),
};

/**
 * The reach of a layer; "same" padding is that of a side which is a multiple of the stride if open.
 *
 * @throws {PapilioError} for a layer of another kind, and for a transposed convolution with holes.
 */
export function reachOf(layer: tf.layers.Layer): Reach {
  const type = layer.getClassName();
  if (pointwise.has(type)) return { jumpFactor: 1, back: (span) => span };
  if (windowed.has(type)) return gathering(windowOf(layer));
  if (type === "Conv2DTranspose") return spreading(windowOf(layer), layer.name);
  const enlarge = enlarging[type];
  if (enlarge) return spreading(enlarge(factorOf(layer)), layer.name);
  if (type === "MaxUnpooling2D") return unpooling(layer.name);
  if (type === "GlobalAveragePooling2D") return everything(layer);
  if (type === "Reshape" && isOnePixel(layer)) return { jumpFactor: 1, back: (span) => span };
  const margin = marginOf(layer);
  if (margin !== undefined) return gathering({ kernel: 1, stride: 1, before: margin });
  throw new PapilioError({
    cannot: "find receptive fields",
    expected: `layers of the kinds ${
      [
        ...[...windowed, "Conv2DTranspose", ...Object.keys(enlarging)],
        ...["MaxUnpooling2D", "GlobalAveragePooling2D", "Reshape to one pixel"],
        ...["ZeroPadding2D", "MirrorPadding2D", "Cropping2D", ...pointwise],
      ].join(", ")
    }`,
    got: `${type} "${layer.name}"`,
    remedy: "Add its reach to lib/model/_reach.ts.",
  });
}

/** Along the rows. */
interface Window {
  kernel: number;
  stride: number;
  /** Rows of padding before the first. */
  before: number;
}

function gathering({ kernel, stride, before }: Window): Reach {
  const back = ({ first, last }: Span) => ({
    first: first * stride - before,
    last: last * stride - before + kernel - 1,
  });
  return { jumpFactor: stride, back };
}

function spreading({ kernel, stride, before }: Window, name: string): Reach {
  if (kernel < stride) throw holes(name, kernel, stride);
  const back = ({ first, last }: Span) => ({
    first: Math.ceil((first + before - kernel + 1) / stride),
    last: Math.floor((last + before) / stride),
  });
  return { jumpFactor: 1 / stride, back };
}

/** Features are doubled, and put to one of two rows by what was pooled: by both of them. */
function unpooling(name: string): Reach {
  const enlarging = spreading({ kernel: 2, stride: 2, before: 0 }, name);
  const cell = gathering({ kernel: 2, stride: 2, before: 0 });
  const back = (span: Span, input = 0) =>
    input === 0 ? enlarging.back(span) : cell.back(enlarging.back(span));
  return { jumpFactor: 1 / 2, back };
}

/** A mean has one unit, which sees all rows: more than any window. */
function everything(layer: tf.layers.Layer): Reach {
  const rows = (layer.input as tf.SymbolicTensor).shape[1];
  const jumpFactor = present(rows, `the rows before ${layer.name}`);
  return { jumpFactor, back: () => ({ first: -Infinity, last: Infinity }) };
}

/** The channels of a mean as an image of 1×1. */
function isOnePixel({ outputShape }: tf.layers.Layer): boolean {
  const [, ...shape] = outputShape as tf.Shape;
  return shape.length === 3 && shape[0] === 1 && shape[1] === 1;
}

/** As much of a layer's configuration as is needed here. */
interface WindowConfig {
  kernelSize?: [number, number];
  poolSize?: [number, number];
  strides: [number, number];
  dilationRate?: [number, number] | number;
  padding: "same" | "valid";
}

function windowOf(layer: tf.layers.Layer): Window {
  const config = layer.getConfig() as unknown as WindowConfig;
  const [dilation] = [config.dilationRate ?? 1].flat() as [number];
  const [size] = present(config.kernelSize ?? config.poolSize);
  const [stride] = config.strides;
  const kernel = (size - 1) * dilation + 1;
  if (config.padding === "valid") return { kernel, stride, before: 0 };
  return { kernel, stride, before: Math.floor(samePadding(layer, kernel, stride) / 2) };
}

/** All rows that "same" adds to a convolution's input, or takes from a transposed one's output. */
function samePadding(layer: tf.layers.Layer, kernel: number, stride: number): number {
  if (layer.getClassName() === "Conv2DTranspose") return Math.max(kernel - stride, 0);
  const rows = (layer.input as tf.SymbolicTensor).shape[1] ?? stride;
  return Math.max((Math.ceil(rows / stride) - 1) * stride + kernel - rows, 0);
}

/** Of an upsampling along the rows. */
function factorOf(layer: tf.layers.Layer): number {
  const { size, factor } = layer.getConfig() as unknown as { size?: [number]; factor?: number };
  return present(factor ?? size?.[0], `the factor of ${layer.name}`);
}

/** Rows that a layer puts before the first, below 0 if it takes some away; a mirror's are beyond the border. */
function marginOf(layer: tf.layers.Layer): number | undefined {
  const { padding, cropping } = layer.getConfig() as unknown as {
    padding?: [[number]];
    cropping?: [[number]];
  };
  switch (layer.getClassName()) {
    case "ZeroPadding2D":
    case "MirrorPadding2D":
      return padding?.[0][0];
    case "Cropping2D":
      return -present(cropping)[0][0];
    default:
      return undefined;
  }
}

function holes(name: string, kernel: number, stride: number): PapilioError {
  return new PapilioError({
    cannot: "find receptive fields",
    expected: "transposed convolutions with kernels as large as their stride, or larger",
    got: `kernel ${kernel} and stride ${stride} at "${name}"`,
    remedy: "Choose a larger kernel: units between the kernels see nothing of the image.",
  });
}
