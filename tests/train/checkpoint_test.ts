import { join } from "@std/path";
import { expect } from "expect";
import fc from "fast-check";
import { decodeCheckpoint, encodeCheckpoint, readCheckpoint } from "papilio/train/checkpoint.ts";
import { writeCheckpoint } from "papilio/train/checkpoint.ts";
import { PapilioError } from "papilio/core/errors.ts";

const example = {
  tensors: new Map([
    ["mask/kernel", { shape: [2, 1], data: Float32Array.of(1.5, -2) }],
    ["adam/learningRate", { shape: [], data: Float32Array.of(0.25) }],
  ]),
  metadata: { epoch: "3" },
};

Deno.test("checkpoint: the bytes by hand", () => {
  const bytes = encodeCheckpoint(example);
  const header = '{"__metadata__":{"epoch":"3"},' +
    '"mask/kernel":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},' +
    '"adam/learningRate":{"dtype":"F32","shape":[],"data_offsets":[8,12]}}';
  const padded = Math.ceil(header.length / 8) * 8;
  expect(bytes[0]).toBe(padded);
  expect(new TextDecoder().decode(bytes.subarray(8, 8 + padded))).toBe(header.padEnd(padded));
  // 1.5 = 0x3fc00000, -2 = 0xc0000000, 0.25 = 0x3e800000.
  expect([...bytes.subarray(8 + padded)]).toEqual([
    0,
    0,
    0xc0,
    0x3f,
    0,
    0,
    0,
    0xc0,
    0,
    0,
    0x80,
    0x3e,
  ]);
});

Deno.test("checkpoint: what is written is read, bit for bit", () => {
  const tensor = fc.array(fc.float({ noNaN: true }), { maxLength: 9 })
    .map((values) => ({ shape: [values.length], data: Float32Array.from(values) }));
  const name = fc.string({ minLength: 1 }).filter((text) => text !== "__proto__");
  const metadata = fc.dictionary(name, fc.string(), { noNullPrototype: true });
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key }), metadata, (
      entries,
      metadata,
    ) => {
      const tensors = new Map(entries.filter(([name]) => name !== "__metadata__"));
      const read = decodeCheckpoint(encodeCheckpoint({ tensors, metadata }), "x");
      expect(read.metadata).toEqual(metadata);
      expect(new Map(read.tensors)).toEqual(tensors);
    }),
    { seed: 1, numRuns: 60 },
  );
});

Deno.test("checkpoint: a file is replaced as a whole, and nothing else stays in the folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "checkpoints", "last.safetensors");
    await writeCheckpoint(path, { tensors: new Map(), metadata: {} });
    await writeCheckpoint(path, example);
    expect((await readCheckpoint(path)).metadata).toEqual({ epoch: "3" });
    expect([...Deno.readDirSync(join(folder, "checkpoints"))].map(({ name }) => name))
      .toEqual(["last.safetensors"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A safetensors file with this header and so many bytes of data. */
function withHeader(header: string, dataBytes = 0): Uint8Array {
  const bytes = new Uint8Array(8 + header.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(new TextEncoder().encode(header), 8);
  return bytes;
}

const whole = encodeCheckpoint(example);
const broken: [string, Uint8Array, string][] = [
  ["zero bytes", new Uint8Array(), "got a file of 0 bytes"],
  ["text", new TextEncoder().encode("not a checkpoint"), "got a header that ends at byte "],
  ["cut in the header", whole.subarray(0, 40), `got a header that ends at byte 176 of 40`],
  [
    "cut in the data",
    whole.subarray(0, -4),
    "tensor adam/learningRate up to byte 12 of 8: it was cut off",
  ],
  ["no JSON", withHeader("{nonsense"), "got a header that is no JSON."],
  ["a list", withHeader("[1]"), "got a header that is no JSON object"],
  [
    "an odd tensor",
    withHeader('{"a":{"dtype":"F32"}}'),
    "tensor a without dtype, shape and data_offsets",
  ],
  [
    "another type",
    withHeader('{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}', 2),
    "tensor a of type F16",
  ],
  [
    "a wrong shape",
    withHeader('{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}', 8),
    "tensor a of shape [3] in 8 bytes",
  ],
  [
    "more data than tensors",
    withHeader('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}', 8),
    "8 bytes of data for tensors of 4 bytes",
  ],
  ["odd metadata", withHeader('{"__metadata__":{"a":1}}'), "metadata that are not all texts"],
];

for (const [name, bytes, message] of broken) {
  Deno.test(`checkpoint: ${name} is an error that says so`, () => {
    expect(() => decodeCheckpoint(bytes, "run/last.safetensors")).toThrow(PapilioError);
    expect(() => decodeCheckpoint(bytes, "run/last.safetensors")).toThrow(message);
    expect(() => decodeCheckpoint(bytes, "run/last.safetensors"))
      .toThrow("Cannot read checkpoint run/last.safetensors: expected a whole safetensors file");
  });
}

Deno.test("checkpoint: a missing file is named", async () => {
  await expect(readCheckpoint("/nowhere/last.safetensors"))
    .rejects.toThrow("Cannot read checkpoint /nowhere/last.safetensors");
});
