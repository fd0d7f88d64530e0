import { expect } from "expect";
import { EventFile, tfRecord } from "papilio/train/tensorboard.ts";

async function withFolder(work: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("EventFile: the bytes that google.protobuf writes for the same events", async () => {
  await withFolder(async (folder) => {
    const file = await EventFile.create(folder, { resumeStep: 3, now: () => 1700000000.25 });
    await file.scalars(3, { epoch_loss: 0.5, epoch_undefined: NaN, epoch_iou: 0.1 });
    const png = Uint8Array.from({ length: 400 }, (_, i) => i % 200);
    await file.images(300, { "predictions/a b": { png, widthPx: 3, heightPx: 2 } });
    const golden = await Deno.readFile(
      new URL("../golden/tensorboard_events.tfevents", import.meta.url),
    );
    expect(await Deno.readFile(file.path)).toEqual(golden);
  });
});

Deno.test("EventFile: a name that TensorBoard looks for, another for each file, in order", async () => {
  await withFolder(async (folder) => {
    const first = await EventFile.create(`${folder}/train`, { now: () => 1700000000 });
    const second = await EventFile.create(`${folder}/train`, { now: () => 1700000000 });
    expect(first.path).toMatch(/train[\\/]events\.out\.tfevents\.1700000000\./);
    expect(second.path).not.toBe(first.path);
  });
});

Deno.test("tfRecord: an empty record by hand", () => {
  // CRC-32C of eight zero bytes is 0x8c28b28a, of none 0; each rotated by 15 plus 0xa282ead8.
  const masked = (crc: number) => ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) % 2 ** 32;
  const view = new DataView(tfRecord(new Uint8Array()).buffer);
  expect(view.byteLength).toBe(16);
  expect(view.getUint32(8, true)).toBe(masked(0x8c28b28a));
  expect(view.getUint32(12, true)).toBe(0xa282ead8);
});
