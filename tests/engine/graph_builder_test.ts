import { expect } from "expect";
import { GraphBuilder, type Handle } from "papilio/engine/compiled/_graph_builder.ts";
import { onnxType } from "papilio/engine/compiled/onnx.ts";

const input = (dims: number[], name = "x"): Handle => ({ name, dims });

/** Each node as `Operator(inputs)`, constants by their numbers. */
function written(graph: GraphBuilder): string[] {
  const constants = new Map(
    [...graph.initializers.values()].map(({ name, data }) => [
      name,
      `[${[...data as unknown as Iterable<number>].join()}]`,
    ]),
  );
  return graph.nodes.map(({ operator, inputs }) =>
    `${operator}(${inputs.map((name) => constants.get(name) ?? name).join(", ")})`
  );
}

const attributesOf = (graph: GraphBuilder) => graph.nodes.map(({ attributes }) => attributes);

Deno.test("what would do nothing is left out", () => {
  const graph = new GraphBuilder();
  const x = input([2, 3, 4, 5]);
  expect(graph.reshape(x, [2, 3, 4, 5])).toBe(x);
  expect(graph.transpose(x, [0, 1, 2, 3])).toBe(x);
  expect(graph.pad(x, [0, 0, 0, 0], [0, 0, 0, 0])).toBe(x);
  expect(graph.slice(x, [0, 0], [3, 4], [1, 2])).toBe(x);
  expect(graph.concat([x], 1)).toBe(x);
  expect(graph.nodes).toEqual([]);
  const scalar = input([]);
  expect(graph.transpose(scalar, [])).toBe(scalar);
});

Deno.test("a node is shared by the same operator, inputs, attributes and outputs alone", () => {
  const graph = new GraphBuilder();
  const [x, y] = [input([2, 3]), input([2, 3], "y")];
  const emit = (operator: string, inputs: Handle[], alpha: number, outputs = 1) =>
    graph.emitMany(operator, inputs.map(({ name }) => name), { alpha: { float: alpha } }, outputs);
  const first = emit("Elu", [x, y], 1);
  graph.scope = "layer/";
  expect(emit("Elu", [x, y], 1)).toBe(first);
  const others = [
    emit("Selu", [x, y], 1),
    emit("Elu", [y, x], 1),
    emit("Elu", [x], 1),
    emit("Elu", [x, y], 2),
    emit("Elu", [x, y], 1, 2),
  ];
  const names = [first, ...others].flat();
  expect(new Set(names).size).toBe(7);
  expect(names[0]).toBe("Elu_0");
  expect(others[4]).toEqual(["layer/Elu_5", "layer/Elu_5:1"]);
});

Deno.test("a constant is shared by the same bytes, dimensions and type alone", () => {
  const graph = new GraphBuilder();
  const float = (data: number[], dims: number[]) =>
    graph.constant(Float32Array.from(data), dims, onnxType.float32).name;
  const names = [
    float([0, 1], [2]),
    float([0, 1], [1, 2]),
    float([-0, 1], [2]),
    float([NaN, 1], [2]),
    float([1], []),
    float([1], [1]),
    graph.constant(Int32Array.of(0, 1), [2], onnxType.int32).name,
    graph.integers([0, 1]).name,
    graph.integers([]).name,
  ];
  expect(new Set(names).size).toBe(names.length);
  expect(float([0, 1], [2])).toBe(names[0]);
  expect(float([NaN, 1], [2])).toBe(names[3]);
  const buffer = Float32Array.of(9, 0, 1);
  expect(graph.constant(buffer.subarray(1), [2], onnxType.float32).name).toBe(names[0]);
});

Deno.test("transpose moves as few dimensions as it can", () => {
  const cases: [dims: number[], order: number[], nodes: string[]][] = [
    // The height and width stay together: three axes are moved instead of four.
    [[2, 4, 5, 3], [0, 3, 1, 2], ["Reshape(x, [0,20,3])", "Transpose(r)", "Reshape(t, [0,3,4,5])"]],
    // Only axes of size 1 change their places: nothing moves.
    [[2, 1, 5, 1], [0, 3, 2, 1], []],
    [[1, 4, 5, 1], [0, 3, 1, 2], ["Reshape(x, [0,1,4,5])"]],
    [[2, 3, 4], [2, 1, 0], ["Transpose(x)"]],
    [[3, 1, 2], [2, 1, 0], ["Reshape(x, [0,2])", "Transpose(r)", "Reshape(t, [0,1,3])"]],
  ];
  for (const [dims, order, expected] of cases) {
    const graph = new GraphBuilder();
    const result = graph.transpose(input(dims), order);
    expect(result.dims).toEqual(order.map((axis) => dims[axis]));
    const nodes = written(graph).map((node) => node.replace(/(Reshape|Transpose)_\d+/, "$1"));
    const short = nodes.map((node) => node.replace("(Reshape", "(r").replace("(Transpose", "(t"));
    expect(short).toEqual(expected);
  }
});

Deno.test("slice and pad work out their dimensions", () => {
  const graph = new GraphBuilder();
  const x = input([2, 7, 9]);
  expect(graph.slice(x, [1, 0], [6, 9], [1, 2], [2, 4]).dims).toEqual([2, 3, 3]);
  expect(graph.pad(x, [0, 1, -2], [0, 2, 0]).dims).toEqual([2, 10, 7]);
  expect(written(graph)).toEqual([
    "Slice(x, [1,0], [6,9], [1,2], [2,4])",
    "Pad(x, [0,1,-2,0,2,0])",
  ]);
});

Deno.test("a convolution cuts off what negative pads say", () => {
  const graph = new GraphBuilder();
  const window = { strides: [1, 1], pads: [-1, 2, 0, -3] } as const;
  const x = input([1, 2, 8, 8]);
  graph.conv(x, input([4, 2, 1, 1], "w"), [1, 4, 7, 7], window);
  expect(written(graph)).toEqual(["Pad(x, [0,0,-1,0,0,0,0,-3])", "Conv(Pad_1, w)"]);
  expect(attributesOf(graph)[1]?.pads).toEqual([0, 2, 0, 0]);
});

Deno.test("only padding by zeros is remembered as such", () => {
  const graph = new GraphBuilder();
  const x = input([2, 3]);
  const zeros = graph.pad(x, [1, 0], [0, 2]);
  const ones = graph.pad(x, [1, 0], [0, 2], graph.float(1));
  expect(graph.zeroPadding(zeros)).toEqual({ inner: x, before: [1, 0], after: [0, 2] });
  expect(graph.zeroPadding(ones)).toBeUndefined();
});

Deno.test("a part of a transposed convolution is one with more padding", () => {
  const graph = new GraphBuilder();
  const window = { strides: [2, 2], pads: [0, 0, 1, 1] } as const;
  const x = input([1, 3, 4, 4]);
  // (4 − 1) · 2 + 3 − 0 − 1 = 8: no output padding is left.
  const whole = graph.convTranspose(x, input([3, 2, 3, 3], "w"), [1, 2, 8, 8], window);
  const part = graph.trimTransposedConvolution(whole, [1, 2], [8, 6], [2, 3]);
  expect(part?.dims).toEqual([1, 2, 7, 4]);
  expect(attributesOf(graph).map(({ pads, output_padding }) => [pads, output_padding])).toEqual([
    [[0, 0, 1, 1], [0, 0]],
    [[1, 2, 1, 3], [0, 0]],
  ]);
  expect(graph.trimTransposedConvolution(whole, [0], [1], [1])).toBeUndefined();
  expect(graph.trimTransposedConvolution(x, [1], [3], [2])).toBeUndefined();
});

Deno.test("output padding makes up for what the stride has left over", () => {
  const graph = new GraphBuilder();
  const window = { strides: [2, 3], pads: [1, 0, 1, 0] } as const;
  // (4 − 1) · 2 + 3 − 2 = 7 of 8 rows; (2 − 1) · 3 + 3 = 6 of 8 columns.
  graph.convTranspose(input([1, 3, 4, 2]), input([3, 2, 3, 3], "w"), [1, 2, 8, 8], window);
  expect(attributesOf(graph)[0]?.output_padding).toEqual([1, 2]);
});

Deno.test("only the nodes that an output needs are kept, in their order", () => {
  const graph = new GraphBuilder();
  const x = input([2]);
  const a = graph.emit("Abs", [x], [2]);
  graph.emit("Neg", [a], [2]);
  const b = graph.emit("Add", [a, graph.float(1)], [2]);
  const { nodes, needed } = graph.neededFor([b.name]);
  expect(nodes.map(({ operator }) => operator)).toEqual(["Abs", "Add"]);
  expect(needed).toEqual(new Set([b.name, a.name, "x", "constant_2"]));
});
