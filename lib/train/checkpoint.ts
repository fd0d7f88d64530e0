import { PapilioError } from "papilio/core/errors.ts";
import { writeFileAtomically } from "papilio/core/files.ts";

/** The values of a tensor, row-major. */
export interface TensorValues {
  shape: readonly number[];
  data: Float32Array;
}

/** Named tensors and what is to be known about them. */
export interface Checkpoint {
  tensors: ReadonlyMap<string, TensorValues>;
  metadata: Readonly<Record<string, string>>;
}

interface HeaderEntry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const lengthBytes = 8;
const metadataKey = "__metadata__";

/**
 * Writes a checkpoint as one safetensors file, which appears only when it is whole.
 *
 * `u64 header length | JSON header | raw little-endian data`, the header padded to 8 bytes.
 *
 * Source: https://github.com/huggingface/safetensors, "Format"; any of its readers opens the file.
 */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  await writeFileAtomically(path, encodeCheckpoint(checkpoint));
}

/**
 * Reads a safetensors file of float32 tensors, checked in full.
 *
 * @throws {PapilioError} if there is no such file, or it is no whole safetensors file: it says why.
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  return decodeCheckpoint(await readBytes(path), path);
}

async function readBytes(path: string): Promise<Uint8Array> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw unreadable(path, "no such file", error);
    throw error;
  }
}

/** The bytes of a checkpoint: the same tensors and metadata give the same bytes. */
export function encodeCheckpoint({ tensors, metadata }: Checkpoint): Uint8Array {
  const header: Record<string, HeaderEntry | Record<string, string>> = {
    [metadataKey]: { ...metadata },
  };
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    const start = end;
    end += data.byteLength;
    header[name] = { dtype: "F32", shape: [...shape], data_offsets: [start, end] };
  }
  const headerBytes = paddedJson(header);
  const bytes = new Uint8Array(lengthBytes + headerBytes.length + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  bytes.set(headerBytes, lengthBytes);
  let position = lengthBytes + headerBytes.length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

function paddedJson(value: unknown): Uint8Array {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8).fill(" ".charCodeAt(0));
  padded.set(bytes);
  return padded;
}

/** The checkpoint in these bytes; `path` is for messages. */
export function decodeCheckpoint(bytes: Uint8Array, path: string): Checkpoint {
  const { header, dataStart } = readHeader(bytes, path);
  const { [metadataKey]: metadata = {}, ...entries } = header;
  const data = bytes.subarray(dataStart);
  const tensors = new Map<string, TensorValues>();
  for (const [name, entry] of Object.entries(entries)) {
    tensors.set(name, readTensor(name, entry, data, path));
  }
  checkCovered([...tensors.values()], data.length, path);
  return { tensors, metadata: checkMetadata(metadata, path) };
}

function readHeader(bytes: Uint8Array, path: string) {
  if (bytes.length < lengthBytes) throw unreadable(path, `a file of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dataStart = lengthBytes + Number(view.getBigUint64(0, true));
  if (dataStart > bytes.length) {
    throw unreadable(path, `a header that ends at byte ${dataStart} of ${bytes.length}`);
  }
  const text = new TextDecoder().decode(bytes.subarray(lengthBytes, dataStart));
  try {
    const header: unknown = JSON.parse(text);
    if (isRecord(header)) return { header, dataStart };
  } catch (error) {
    throw unreadable(path, "a header that is no JSON", error);
  }
  throw unreadable(path, "a header that is no JSON object");
}

function readTensor(name: string, entry: unknown, data: Uint8Array, path: string): TensorValues {
  if (!isHeaderEntry(entry)) {
    throw unreadable(path, `tensor ${name} without dtype, shape and data_offsets`);
  }
  if (entry.dtype !== "F32") throw unreadable(path, `tensor ${name} of type ${entry.dtype}`);
  const [start, end] = entry.data_offsets;
  const size = entry.shape.reduce((product, side) => product * side, 1);
  if (end - start !== 4 * size) {
    throw unreadable(path, `tensor ${name} of shape [${entry.shape}] in ${end - start} bytes`);
  }
  if (start < 0 || end > data.length) {
    throw unreadable(path, `tensor ${name} up to byte ${end} of ${data.length}: it was cut off`);
  }
  return { shape: entry.shape, data: new Float32Array(data.slice(start, end).buffer) };
}

function checkCovered(tensors: TensorValues[], dataLength: number, path: string) {
  const used = tensors.reduce((total, { data }) => total + data.byteLength, 0);
  if (used !== dataLength) {
    throw unreadable(path, `${dataLength} bytes of data for tensors of ${used} bytes`);
  }
}

function checkMetadata(metadata: unknown, path: string): Record<string, string> {
  const texts = isRecord(metadata) &&
    Object.values(metadata).every((value) => typeof value === "string");
  if (!texts) throw unreadable(path, "metadata that are not all texts");
  return metadata as Record<string, string>;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isHeaderEntry(value: unknown): value is HeaderEntry {
  const isCounts = (list: unknown): list is number[] =>
    Array.isArray(list) && list.every((item) => Number.isSafeInteger(item) && item >= 0);
  return isRecord(value) && typeof value.dtype === "string" && isCounts(value.shape) &&
    isCounts(value.data_offsets) && value.data_offsets.length === 2;
}

function unreadable(path: string, got: string, cause?: unknown): PapilioError {
  return new PapilioError({
    cannot: `read checkpoint ${path}`,
    expected: "a whole safetensors file of float32 tensors",
    got,
    remedy: "Give a checkpoint that `deno task train` wrote, or train again.",
    cause,
  });
}
