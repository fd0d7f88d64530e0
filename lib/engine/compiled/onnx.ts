import { PbfReader, PbfWriter } from "pbf";

/** `TensorProto.DataType` of ONNX. */
export const onnxType = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const;
export type OnnxType = typeof onnxType[keyof typeof onnxType];

/** A node attribute; a bare number is an integer, `{ float }` a floating-point number. */
export type OnnxAttribute = number | string | readonly number[] | { float: number };

/** One operator application. */
export interface OnnxNode {
  name: string;
  operator: string;
  inputs: string[];
  outputs: string[];
  attributes: Record<string, OnnxAttribute>;
}

/** A constant tensor of the graph. */
export interface OnnxInitializer {
  name: string;
  type: OnnxType;
  dims: readonly number[];
  data: ArrayBufferView;
}

/** An input or output of the graph; a named dimension is symbolic. */
export interface OnnxValueInfo {
  name: string;
  type: OnnxType;
  dims: readonly (number | string)[];
}

export interface OnnxGraph {
  nodes: readonly OnnxNode[];
  initializers: readonly OnnxInitializer[];
  inputs: readonly OnnxValueInfo[];
  outputs: readonly OnnxValueInfo[];
}

const IR_VERSION = 8;
const OPSET_VERSION = 17;

/**
 * The bytes of an ONNX file: opset 17, weights as raw little-endian data.
 *
 * Source: onnx/onnx `onnx/onnx.proto` (field numbers).
 */
export function encodeOnnx(graph: OnnxGraph, metadata: Record<string, string> = {}): Uint8Array {
  const writer = new PbfWriter();
  writer.writeVarintField(1, IR_VERSION);
  writer.writeStringField(2, "papilio");
  writer.writeMessage(7, writeGraph, graph);
  writer.writeMessage(8, (version: number, pbf) => {
    pbf.writeStringField(1, "");
    pbf.writeVarintField(2, version);
  }, OPSET_VERSION);
  for (const entry of Object.entries(metadata)) writer.writeMessage(14, writeMetadataEntry, entry);
  return writer.finish();
}

/** The metadata of an ONNX file (`metadata_props`). */
export function readOnnxMetadata(bytes: Uint8Array): Record<string, string> {
  return new PbfReader(bytes).readFields((tag, metadata, pbf) => {
    if (tag !== 14) return;
    const entry = pbf.readMessage((field, pair) => {
      if (field === 1) pair.key = pbf.readString();
      if (field === 2) pair.value = pbf.readString();
    }, { key: "", value: "" });
    metadata[entry.key] = entry.value;
  }, {} as Record<string, string>);
}

function writeMetadataEntry([key, value]: [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

function writeGraph(graph: OnnxGraph, pbf: PbfWriter): void {
  for (const node of graph.nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, "papilio");
  for (const tensor of graph.initializers) pbf.writeMessage(5, writeInitializer, tensor);
  for (const input of graph.inputs) pbf.writeMessage(11, writeValueInfo, input);
  for (const output of graph.outputs) pbf.writeMessage(12, writeValueInfo, output);
}

function writeNode(node: OnnxNode, pbf: PbfWriter): void {
  for (const input of node.inputs) pbf.writeStringField(1, input);
  for (const output of node.outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(3, node.name);
  pbf.writeStringField(4, node.operator);
  for (const attribute of Object.entries(node.attributes)) {
    pbf.writeMessage(5, writeAttribute, attribute);
  }
}

function writeAttribute([name, value]: [string, OnnxAttribute], pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if (typeof value === "number") {
    pbf.writeVarintField(3, value);
    pbf.writeVarintField(20, 2);
  } else if (typeof value === "string") {
    pbf.writeStringField(4, value);
    pbf.writeVarintField(20, 3);
  } else if ("float" in value) {
    pbf.writeFloatField(2, value.float);
    pbf.writeVarintField(20, 1);
  } else {
    for (const integer of value) pbf.writeVarintField(8, integer);
    pbf.writeVarintField(20, 7);
  }
}

function writeInitializer({ name, type, dims, data }: OnnxInitializer, pbf: PbfWriter): void {
  for (const dim of dims) pbf.writeVarintField(1, dim);
  pbf.writeVarintField(2, type);
  pbf.writeStringField(8, name);
  pbf.writeBytesField(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function writeValueInfo({ name, type, dims }: OnnxValueInfo, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  pbf.writeMessage(2, writeTensorType, { type, dims });
}

/** `TypeProto { tensor_type { elem_type, shape { dim … } } }`. */
function writeTensorType(
  info: { type: OnnxType; dims: readonly (number | string)[] },
  pbf: PbfWriter,
) {
  pbf.writeMessage(1, ({ type, dims }: typeof info, tensorType) => {
    tensorType.writeVarintField(1, type);
    tensorType.writeMessage(2, (all: typeof dims, shape) => {
      for (const dim of all) shape.writeMessage(1, writeDimension, dim);
    }, dims);
  }, info);
}

function writeDimension(dim: number | string, pbf: PbfWriter): void {
  if (typeof dim === "string") pbf.writeStringField(2, dim);
  else pbf.writeVarintField(1, dim);
}
