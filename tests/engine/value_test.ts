import { expect } from "expect";
import fc from "fast-check";
import { arrange, inverse, permuteData } from "papilio/engine/compiled/_arrays.ts";
import { GraphBuilder } from "papilio/engine/compiled/_graph_builder.ts";
import {
  broadcast,
  denseHandle,
  type GraphValue,
  graphValue,
  handleIn,
  knownValue,
  LayoutCell,
  NCHW,
  uniform,
} from "papilio/engine/compiled/_value.ts";

/** A variable whose order of axes nobody has asked for yet. */
function open(name: string, shape: number[]): GraphValue {
  return { kind: "graph", name, shape, extent: shape, dtype: "float32", order: new LayoutCell() };
}

const computed = (name: string, shape: number[], layout?: readonly number[], extent = shape) =>
  graphValue({ name, dims: [] }, shape, layout, "float32", extent);

const operators = (graph: GraphBuilder) => graph.nodes.map(({ operator }) => operator);

Deno.test("permuted data read by position: [2, 3] becomes [3, 2]", () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  expect([...permuteData(data, [2, 3], [1, 0])]).toEqual([1, 4, 2, 5, 3, 6]);
  expect(permuteData(data, [2, 3], [0, 1])).toBe(data);
  expect([...permuteData(Int32Array.of(7), [], [])]).toEqual([7]);
});

Deno.test("permuting back gives the data again", () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 });
  const cases = shapes.chain((shape) =>
    fc.tuple(
      fc.constant(shape),
      fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
    )
  );
  fc.assert(
    fc.property(cases, ([shape, order]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const data = Float32Array.from({ length: size }, (_, i) => i);
      const moved = permuteData(data, shape, order);
      expect(permuteData(moved, arrange(shape, order), inverse(order))).toEqual(data);
    }),
    { seed: 3 },
  );
});

Deno.test("known numbers that are all the same are uniform", () => {
  expect(knownValue([2, 2, 2], [3], "int32")).toEqual(uniform(2, [3], "int32"));
  expect(knownValue([4], [], "float32")).toEqual(uniform(4, [], "float32"));
  expect(knownValue([1, 2], [2], "int32"))
    .toEqual({ kind: "constant", shape: [2], dtype: "int32", data: Int32Array.of(1, 2) });
  expect(knownValue([NaN, NaN], [2], "float32").kind).toBe("constant");
  expect(knownValue([], [0], "float32").kind).toBe("constant");
});

Deno.test("an open order is that of its first user, for good", () => {
  const graph = new GraphBuilder();
  const weights = open("w", [3, 3, 2, 4]);
  expect(denseHandle(graph, weights, [3, 2, 0, 1])).toEqual({ name: "w", dims: [4, 2, 3, 3] });
  expect(operators(graph)).toEqual([]);
  expect(denseHandle(graph, weights).dims).toEqual([3, 3, 2, 4]);
  expect(operators(graph)).toEqual(["Reshape", "Transpose", "Reshape"]);
});

Deno.test("a value of lower rank is aligned with the last axes of a layout", () => {
  const graph = new GraphBuilder();
  const vector = computed("v", [5]);
  expect(handleIn(graph, vector, NCHW).dims).toEqual([1, 5, 1, 1]);
  const matrix = computed("m", [7, 5]);
  expect(handleIn(graph, matrix, NCHW).dims).toEqual([1, 5, 1, 7]);
  expect(handleIn(graph, uniform(3, [9, 9], "float32"), NCHW).dims).toEqual([1, 1, 1, 1]);
  const image = handleIn(graph, knownValue([1, 2, 3, 4], [1, 2, 2], "float32"), NCHW);
  expect(image.dims).toEqual([1, 2, 1, 2]);
  const [constant] = [...graph.initializers.values()].filter(({ name }) => name === image.name);
  expect(constant?.data).toEqual(Float32Array.of(1, 3, 2, 4));
});

Deno.test("a lazily broadcast value is expanded only where its full size is asked for", () => {
  const graph = new GraphBuilder();
  const mean = computed("m", [2, 4, 6, 3], NCHW, [2, 1, 1, 3]);
  expect(handleIn(graph, mean, NCHW)).toEqual({ name: "m", dims: [2, 3, 1, 1] });
  expect(operators(graph)).toEqual([]);
  expect(denseHandle(graph, mean, NCHW).dims).toEqual([2, 3, 4, 6]);
  expect(operators(graph)).toEqual(["Expand"]);
});

Deno.test("operands meet in the order of the largest one that has been rearranged", () => {
  const graph = new GraphBuilder();
  const image = computed("x", [2, 4, 6, 3], NCHW);
  const natural = computed("y", [2, 4, 6, 1]);
  const { shape, extent, layout, handles } = broadcast(graph, [
    natural,
    image,
    uniform(1, [], "float32"),
    computed("bias", [3]),
  ]);
  expect([shape, extent, layout]).toEqual([[2, 4, 6, 3], [2, 4, 6, 3], NCHW]);
  expect(handles.map(({ dims }) => dims))
    .toEqual([[2, 1, 4, 6], [2, 3, 4, 6], [1, 1, 1, 1], [1, 3, 1, 1]]);
  expect(operators(graph)).not.toContain("Transpose");
});

Deno.test("the result of lazily broadcast operands is as small as they are", () => {
  const graph = new GraphBuilder();
  const mean = computed("m", [2, 4, 3], undefined, [2, 1, 3]);
  const { shape, extent } = broadcast(graph, [mean, uniform(2, [2, 4, 3], "float32")]);
  expect([shape, extent]).toEqual([[2, 4, 3], [2, 1, 3]]);
  const scalar = broadcast(graph, [computed("s", []), uniform(2, [], "float32")]);
  expect([scalar.shape, scalar.layout, scalar.handles.map(({ dims }) => dims)])
    .toEqual([[], [], [[], []]]);
});
