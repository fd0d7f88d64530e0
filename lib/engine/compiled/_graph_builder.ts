import { arrange, at, product, range, sameNumbers } from "papilio/engine/compiled/_arrays.ts";
import {
  type OnnxAttribute,
  type OnnxInitializer,
  type OnnxNode,
  type OnnxType,
  onnxType,
} from "papilio/engine/compiled/onnx.ts";
import * as decompositions from "papilio/engine/compiled/_decompositions.ts";

/** A tensor in the graph as ONNX Runtime sees it: its name and its dimensions in memory order. */
export interface Handle {
  readonly name: string;
  readonly dims: readonly number[];
}

/** Where and how a window slides over the two spatial axes of an NCHW tensor. */
export interface Window {
  strides: readonly [number, number];
  /** top, left, bottom, right */
  pads: readonly [number, number, number, number];
  dilations?: readonly [number, number];
  group?: number;
}

type ConstantData = Float32Array | Int32Array | Uint8Array | BigInt64Array;

/** A tensor and the zeros around it. */
export interface Padding {
  inner: Handle;
  before: readonly number[];
  after: readonly number[];
}

/** Constants up to this many elements are compared by value and written once. */
const SHARED_CONSTANT_SIZE = 4096;

/**
 * Collects the nodes and constants of one ONNX graph.
 *
 * The same operator on the same inputs is written once, and the helpers below leave out what would do
 * nothing (a reshape to the same dimensions, a padding by zero).
 */
export class GraphBuilder {
  readonly nodes: OnnxNode[] = [];
  readonly initializers = new Map<string, OnnxInitializer>();
  /** Prefix of the names of new nodes: the layer that is being called. */
  scope = "";
  readonly #producers = new Map<string, OnnxNode>();
  readonly #known = new Map<string, readonly string[]>();
  readonly #zeroPadded = new Map<string, Padding>();
  #count = 0;

  constructor(
    /** Whether to do without the operators that graphics processors' providers lack. */
    readonly decomposes = false,
  ) {}

  /** Adds a node with several outputs; returns their names. */
  emitMany(
    operator: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute>,
    outputCount: number,
  ): readonly string[] {
    const key = JSON.stringify([operator, inputs, attributes, outputCount]);
    const known = this.#known.get(key);
    if (known) return known;
    const name = `${this.scope}${operator}_${this.#count++}`;
    const outputs = range(outputCount).map((index) => index === 0 ? name : `${name}:${index}`);
    const node = { name, operator, inputs: [...inputs], outputs, attributes };
    this.nodes.push(node);
    for (const output of outputs) this.#producers.set(output, node);
    this.#known.set(key, outputs);
    return outputs;
  }

  /** Adds a node with one output of the given dimensions. */
  emit(
    operator: string,
    inputs: readonly Handle[],
    dims: readonly number[],
    attributes: Record<string, OnnxAttribute> = {},
  ): Handle {
    const [name] = this.emitMany(operator, inputs.map((input) => input.name), attributes, 1);
    return { name: name as string, dims };
  }

  /** The node that computes this tensor; none for inputs and constants. */
  producer(handle: Handle): OnnxNode | undefined {
    return this.#producers.get(handle.name);
  }

  constant(data: ConstantData, dims: readonly number[], type: OnnxType): Handle {
    // By their bytes: 0 and -0 print alike.
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = data.length <= SHARED_CONSTANT_SIZE ? `${type}|${dims}|${bytes.join()}` : undefined;
    const known = key === undefined ? undefined : this.initializers.get(key);
    if (known) return { name: known.name, dims: known.dims };
    const name = `constant_${this.#count++}`;
    this.initializers.set(key ?? name, { name, dims, type, data });
    return { name, dims };
  }

  /** A float32 constant of one value in every element. */
  float(value: number, dims: readonly number[] = []): Handle {
    return this.constant(new Float32Array(product(dims)).fill(value), dims, onnxType.float32);
  }

  /** A 1-D int64 constant, as ONNX wants for shapes, axes and indices. */
  integers(values: readonly number[]): Handle {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length], onnxType.int64);
  }

  reshape(x: Handle, dims: readonly number[]): Handle {
    if (sameNumbers(x.dims, dims)) return x;
    // 0 copies the dimension, which keeps a leading batch axis symbolic.
    const target = dims.map((dim, axis) => axis === 0 && x.dims[0] === dim ? 0 : dim);
    return this.emit("Reshape", [x, this.integers(target)], dims);
  }

  /** Rearranges the axes; axes that stay together are merged, since runtimes move 3-D data faster. */
  transpose(x: Handle, order: readonly number[]): Handle {
    const dims = arrange(x.dims, order);
    const bigAxes = range(order.length).filter((axis) => at(x.dims, axis) > 1);
    const bigOrder = order.filter((axis) => at(x.dims, axis) > 1);
    if (sameNumbers(order, range(order.length))) return x;
    if (sameNumbers(bigAxes, bigOrder)) return this.reshape(x, dims);
    const groups = groupNeighbours(bigAxes, bigOrder);
    if (groups.length === order.length) {
      return this.emit("Transpose", [x], dims, { perm: [...order] });
    }
    const inMemoryOrder = range(groups.length).sort((a, b) =>
      at(at(groups, a), 0) - at(at(groups, b), 0)
    );
    const merged = this.reshape(
      x,
      inMemoryOrder.map((group) => product(arrange(x.dims, at(groups, group)))),
    );
    const perm = range(groups.length).map((group) => inMemoryOrder.indexOf(group));
    const moved = this.emit("Transpose", [merged], arrange(merged.dims, perm), { perm });
    return this.reshape(moved, dims);
  }

  /** `x[…, starts[i] : ends[i] : steps[i], …]` along `axes[i]`. */
  slice(
    x: Handle,
    starts: readonly number[],
    ends: readonly number[],
    axes: readonly number[],
    steps: readonly number[] = axes.map(() => 1),
  ): Handle {
    const dims = [...x.dims];
    axes.forEach((axis, i) => {
      dims[axis] = Math.ceil((at(ends, i) - at(starts, i)) / at(steps, i));
    });
    if (sameNumbers(dims, x.dims) && steps.every((step) => step === 1)) return x;
    const bounds = [starts, ends, axes].map((numbers) => this.integers(numbers));
    const stepInput = steps.every((step) => step === 1) ? [] : [this.integers(steps)];
    return this.emit("Slice", [x, ...bounds, ...stepInput], dims);
  }

  /** Padding, by zeros if no `fill` is given, `before` and `after` each axis; negative amounts cut off. */
  pad(x: Handle, before: readonly number[], after: readonly number[], fill?: Handle): Handle {
    if ([...before, ...after].every((amount) => amount === 0)) return x;
    const dims = x.dims.map((dim, axis) => dim + at(before, axis) + at(after, axis));
    const amounts = this.integers([...before, ...after]);
    const padded = this.emit("Pad", fill ? [x, amounts, fill] : [x, amounts], dims);
    if (!fill) this.#zeroPadded.set(padded.name, { inner: x, before, after });
    return padded;
  }

  /** What was padded by zeros to make this tensor, if it was. */
  zeroPadding(x: Handle): Padding | undefined {
    return this.#zeroPadded.get(x.name);
  }

  /**
   * `slice` along the spatial axes of a transposed convolution, as one with more padding; nothing for
   * other tensors and axes.
   */
  trimTransposedConvolution(
    x: Handle,
    starts: readonly number[],
    ends: readonly number[],
    axes: readonly number[],
  ): Handle | undefined {
    const producer = this.producer(x);
    if (producer?.operator !== "ConvTranspose" || axes.some((axis) => axis < 2)) return undefined;
    const dims = [...x.dims];
    const pads = [...producer.attributes.pads as readonly number[]];
    axes.forEach((axis, i) => {
      pads[axis - 2] = at(pads, axis - 2) + at(starts, i);
      pads[axis] = at(pads, axis) + at(x.dims, axis) - at(ends, i);
      dims[axis] = at(ends, i) - at(starts, i);
    });
    const attributes = { ...producer.attributes, pads };
    return this.emit(
      "ConvTranspose",
      producer.inputs.map((name) => ({ name, dims: [] })),
      dims,
      attributes,
    );
  }

  concat(parts: readonly Handle[], axis: number): Handle {
    if (parts.length === 1) return at(parts, 0);
    const dims = [...at(parts, 0).dims];
    dims[axis] = parts.reduce((sum, part) => sum + at(part.dims, axis), 0);
    return this.emit("Concat", parts, dims, { axis });
  }

  /** The parts of these sizes along an axis. */
  split(x: Handle, sizes: readonly number[], axis: number): Handle[] {
    if (this.decomposes) return decompositions.split(this, x, sizes, axis);
    const inputs = [x.name, this.integers(sizes).name];
    const names = this.emitMany("Split", inputs, { axis }, sizes.length);
    return sizes.map((size, index) => {
      const dims = x.dims.map((dim, i) => i === axis ? size : dim);
      return { name: at(names, index), dims };
    });
  }

  matMul(a: Handle, b: Handle): Handle {
    return this.emit("MatMul", [a, b], [...a.dims.slice(0, -1), at(b.dims, b.dims.length - 1)]);
  }

  /** Sums over the axes and drops them. */
  reduceSum(x: Handle, axes: readonly number[]): Handle {
    const dims = x.dims.filter((_, axis) => !axes.includes(axis));
    return this.emit("ReduceSum", [x, this.integers(axes)], dims, { keepdims: 0 });
  }

  gather(x: Handle, indices: readonly number[], axis: number): Handle {
    const dims = x.dims.map((dim, i) => i === axis ? indices.length : dim);
    return this.emit("Gather", [x, this.integers(indices)], dims, { axis });
  }

  /** `[n, c, h, w]` → `[n, 4c, h/2, w/2]`; the channel of pixel (i, j) of a 2×2 cell is `(2i + j)·c + …`. */
  spaceToDepth(x: Handle): Handle {
    if (this.decomposes) return decompositions.spaceToDepth(this, x);
    const [n, c, h, w] = x.dims as [number, number, number, number];
    return this.emit("SpaceToDepth", [x], [n, c * 4, h / 2, w / 2], { blocksize: 2 });
  }

  /**
   * NCHW convolution; `filter` is `[out, in / group, kernel height, kernel width]`, and negative pads cut
   * off.
   */
  conv(x: Handle, filter: Handle, dims: readonly number[], window: Window, bias?: Handle): Handle {
    const cuts = window.pads.map((pad) => Math.min(pad, 0));
    const input = this.pad(x, [0, 0, ...cuts.slice(0, 2)], [0, 0, ...cuts.slice(2)]);
    return this.emit("Conv", bias ? [input, filter, bias] : [input, filter], dims, {
      kernel_shape: filter.dims.slice(2),
      strides: [...window.strides],
      pads: window.pads.map((pad) => Math.max(pad, 0)),
      dilations: [...(window.dilations ?? [1, 1])],
      group: window.group ?? 1,
    });
  }

  /** The gradient of `conv` with respect to its input, whose dimensions are `dims`. */
  convTranspose(x: Handle, filter: Handle, dims: readonly number[], window: Window): Handle {
    const kernel = filter.dims.slice(2);
    const dilations = window.dilations ?? [1, 1];
    const outputPadding = [0, 1].map((axis) =>
      at(dims, 2 + axis) - (at(window.strides, axis) * (at(x.dims, 2 + axis) - 1) +
        at(dilations, axis) * (at(kernel, axis) - 1) + 1 -
        at(window.pads, axis) - at(window.pads, axis + 2))
    );
    return this.emit("ConvTranspose", [x, filter], dims, {
      kernel_shape: kernel,
      strides: [...window.strides],
      pads: [...window.pads],
      dilations: [...dilations],
      output_padding: outputPadding,
      group: window.group ?? 1,
    });
  }

  /** The nodes and constants that the named tensors depend on, in order. */
  neededFor(outputs: Iterable<string>): { nodes: OnnxNode[]; needed: Set<string> } {
    const needed = new Set(outputs);
    const nodes: OnnxNode[] = [];
    for (let index = this.nodes.length - 1; index >= 0; index--) {
      const node = at(this.nodes, index);
      if (!node.outputs.some((output) => needed.has(output))) continue;
      nodes.push(node);
      for (const input of node.inputs) needed.add(input);
    }
    return { nodes: nodes.reverse(), needed };
  }
}

/** Splits `order` into runs of axes that are neighbours, in the same order, in `axes` too. */
function groupNeighbours(axes: readonly number[], order: readonly number[]): number[][] {
  const groups: number[][] = [];
  for (const axis of order) {
    const group = groups.at(-1);
    const previous = group?.at(-1);
    if (group && previous !== undefined && axes.indexOf(axis) === axes.indexOf(previous) + 1) {
      group.push(axis);
    } else groups.push([axis]);
  }
  return groups;
}
