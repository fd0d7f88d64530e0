import { expect } from "expect";
import { PbfReader } from "pbf";
import {
  encodeOnnx,
  type OnnxGraph,
  onnxType,
  readOnnxMetadata,
} from "papilio/engine/compiled/onnx.ts";

const graph: OnnxGraph = {
  nodes: [{
    name: "n",
    operator: "Pad",
    inputs: ["x", "p"],
    outputs: ["y"],
    attributes: { axis: -1, mode: "edge", pads: [0, -2, 300], alpha: { float: 0.5 } },
  }],
  initializers: [{
    name: "p",
    type: onnxType.float32,
    dims: [2, 1],
    data: Float32Array.of(9, 1, -2).subarray(1),
  }],
  inputs: [{ name: "x", type: onnxType.uint8, dims: ["batch", 3] }],
  outputs: [{ name: "y", type: onnxType.float32, dims: [] }],
};

type Field = [tag: number, value: number | string | Fields];
type Fields = Field[];

/** How to read each field of a message: as a number, as text, as bytes, or as another message. */
type Layout = { [tag: number]: "integer" | "float" | "text" | "bytes" | Layout };

const attribute: Layout = {
  1: "text",
  2: "float",
  3: "integer",
  4: "text",
  8: "integer",
  20: "integer",
};
const node: Layout = { 1: "text", 2: "text", 3: "text", 4: "text", 5: attribute };
const tensor: Layout = { 1: "integer", 2: "integer", 8: "text", 9: "bytes" };
const dimension: Layout = { 1: "integer", 2: "text" };
const valueInfo: Layout = { 1: "text", 2: { 1: { 1: "integer", 2: { 1: dimension } } } };
const model: Layout = {
  1: "integer",
  2: "text",
  7: { 1: node, 2: "text", 5: tensor, 11: valueInfo, 12: valueInfo },
  8: { 1: "text", 2: "integer" },
  14: { 1: "text", 2: "text" },
};

function decode(pbf: PbfReader, layout: Layout, end?: number): Fields {
  return pbf.readFields(
    (tag, fields, reader) => {
      const kind = layout[tag];
      if (kind === "integer") fields.push([tag, reader.readVarint(true)]);
      else if (kind === "float") fields.push([tag, reader.readFloat()]);
      else if (kind === "text") fields.push([tag, reader.readString()]);
      else if (kind === "bytes") fields.push([tag, [...reader.readBytes()].join(" ")]);
      else if (kind) fields.push([tag, decode(reader, kind, reader.readVarint() + reader.pos)]);
      else throw new Error(`the field ${tag} is not expected here`);
    },
    [] as Fields,
    end,
  );
}

const decoded = (fields: Fields, tag: number) =>
  fields.filter(([field]) => field === tag).map(([, value]) => value);

Deno.test("the file's fields are those of onnx.proto, number by number", () => {
  const file = decode(new PbfReader(encodeOnnx(graph)), model);
  expect(decoded(file, 1)).toEqual([8]);
  expect(decoded(file, 8)).toEqual([[[1, ""], [2, 17]]]);
  const [body] = decoded(file, 7) as Fields[];
  expect(decoded(body as Fields, 1)).toEqual([[
    [1, "x"],
    [1, "p"],
    [2, "y"],
    [3, "n"],
    [4, "Pad"],
    [5, [[1, "axis"], [3, -1], [20, 2]]],
    [5, [[1, "mode"], [4, "edge"], [20, 3]]],
    [5, [[1, "pads"], [8, 0], [8, -2], [8, 300], [20, 7]]],
    [5, [[1, "alpha"], [2, 0.5], [20, 1]]],
  ]]);
  // 1 and -2 as little-endian float32; the 9 before them is outside of the view.
  expect(decoded(body as Fields, 5))
    .toEqual([[[1, 2], [1, 1], [2, 1], [8, "p"], [9, "0 0 128 63 0 0 0 192"]]]);
  expect(decoded(body as Fields, 11))
    .toEqual([[[1, "x"], [2, [[1, [[1, 2], [2, [[1, [[2, "batch"]]], [1, [[1, 3]]]]]]]]]]]);
  expect(decoded(body as Fields, 12)).toEqual([[[1, "y"], [2, [[1, [[1, 1], [2, []]]]]]]]);
});

Deno.test("metadata is read back, in any script and when empty", () => {
  const metadata = { a: "1", "papilio.classes": '["Schmetterling", "蝶"]', empty: "" };
  expect(readOnnxMetadata(encodeOnnx(graph, metadata))).toEqual(metadata);
  expect(readOnnxMetadata(encodeOnnx(graph))).toEqual({});
});
