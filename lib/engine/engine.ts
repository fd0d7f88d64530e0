import type * as tf from "@tensorflow/tfjs";

/**
 * A pure tfjs function of named tensors: what is trained, evaluated or predicted by one call.
 *
 * It may assign the variables listed in its signature (weights, optimizer slots, running statistics),
 * and reads no randomness but its inputs.
 */
export type StepFunction = (inputs: Record<string, tf.Tensor>) => Record<string, tf.Tensor>;

/** The shape and dtype of an input; a 4-D one is `[batch, height, width, channels]`. */
export interface TensorSpecification {
  shape: readonly number[];
  /** `float32` if not given. `uint8` arrives in the step as float32 with values 0…255. */
  dtype?: "float32" | "int32" | "uint8";
}

/** What a step works on; compiled engines fix the shapes. */
export interface StepSignature {
  /** A short name for messages and files: `"train full 8"`. */
  name: string;
  inputs: Record<string, TensorSpecification>;
  /** Variables that live on from step to step: read, and perhaps assigned, by the step. */
  variables: readonly tf.Variable[];
  /** Others, which the step only reads and which will not change: a frozen encoder. */
  constants?: readonly tf.Variable[];
}

/** The data of one input, row-major in its specification's shape. */
export type TensorData = Float32Array | Int32Array | Uint8Array;

/** One output, row-major in the shape that the step returned (4-D: NHWC); int32 and bool as float32. */
export interface OutputData {
  shape: number[];
  data: Float32Array;
}

/** A step that is ready to run on an engine. */
export interface CompiledStep {
  readonly signature: StepSignature;
  /** Runs that overlap are computed in the order of their calls. */
  run(inputs: Record<string, TensorData>): Promise<Record<string, OutputData>>;
  dispose(): Promise<void>;
}

/** Runs step functions: the one thing that training, evaluation and prediction know of the hardware. */
export interface Engine {
  /** `"onnx"`, `"cpu"`, … */
  readonly name: string;
  /** Where it computes: `"cpu"`, `"cuda"`, `"webgpu"`, … */
  readonly device: string;
  /** One line for people and for `environment.json`: device, threads, library version. */
  readonly description: string;
  compile(step: StepFunction, signature: StepSignature): Promise<CompiledStep>;
  /** Takes the engine's state back into the tfjs variables (before saving or reading them). */
  pull(variables: readonly tf.Variable[]): Promise<void>;
  /** Makes the tfjs variables' values the engine's state (after loading or setting them). */
  push(variables: readonly tf.Variable[]): Promise<void>;
  dispose(): Promise<void>;
}
