import { join } from "@std/path";
import { expect } from "expect";
import fc from "fast-check";
import sharp from "sharp";
import { present } from "papilio/core/assert.ts";
import {
  decodeImage,
  decodeIntensities,
  decodeResized,
  decodeWithin,
  storedRange,
} from "papilio/data/decode.ts";
import { type StoredValues, stretched, valueRange } from "papilio/data/intensities.ts";
import { decodeForTiles } from "papilio/predict/tiles.ts";
import golden from "../golden/intensities/intensities.json" with { type: "json" };
import { inFolder, writeBytes } from "./_files.ts";

const FOLDER = join(import.meta.dirname ?? "", "..", "golden", "intensities");
const own = { intensityRange: "image" } as const;

function goldenOf(name: string) {
  return present(golden.find((one) => one.name === name));
}

/** One channel of an image. */
function plane(data: Uint8Array, channel: number, channels: number): number[] {
  return [...data].filter((_, i) => i % channels === channel);
}

for (const name of ["grey.png", "grey.tif", "eight.png", "eight_in_12.tif"]) {
  Deno.test(`${name}: grey over its own range is as NumPy's percentiles make it`, async () => {
    const { image } = goldenOf(name);
    const path = join(FOLDER, name);
    expect([...(await decodeWithin(path, 99, { ...own, channels: 1 })).data]).toEqual(image.bytes);
    const rgb = await decodeImage(path, own);
    for (const c of [0, 1, 2]) expect(plane(rgb.data, c, 3)).toEqual(image.bytes);
    const range = await storedRange(path);
    expect(range.low).toBeCloseTo(image.low, 9);
    expect(range.high).toBeCloseTo(image.high, 9);
  });
}

Deno.test("12 bits in 16 become what the same image of 8 bits becomes", async () => {
  const [deep, eight] = await Promise.all(
    ["eight_in_12.tif", "eight.png"].map((name) => decodeResized(join(FOLDER, name), 15, own)),
  );
  expect(deep).toEqual(eight);
  const asFormat = await decodeImage(join(FOLDER, "eight_in_12.tif"));
  expect(Math.max(...asFormat.data)).toBeLessThan(16); // What it is without.
});

Deno.test("colours share one range, grey is made of the stretched colours", async () => {
  const path = join(FOLDER, "rgb.tif");
  const { data } = await decodeImage(path, own);
  expect([...data]).toEqual(goldenOf("rgb.tif").image.bytes);
  const raw = { width: 26, height: 20, channels: 3 as const };
  const grey = await sharp(data, { raw }).toColourspace("b-w").raw().toBuffer();
  const found = await decodeWithin(path, 99, { ...own, channels: 1 });
  expect([...found.data]).toEqual([...grey]);
});

Deno.test("channels that are no colours have each its own range; the first three are drawn", async () => {
  const path = join(FOLDER, "bands.tif");
  const { channels, each } = goldenOf("bands.tif");
  const { data } = await decodeWithin(path, 99, { ...own, channels });
  const drawn = await decodeImage(path, own);
  for (const [c, { bytes }] of each.entries()) {
    expect(plane(data, c, channels)).toEqual(bytes);
    if (c < 3) expect(plane(drawn.data, c, 3)).toEqual(bytes);
  }
});

Deno.test("for tiles, the range is that of the whole photo, and it is taken before scaling", async () => {
  const path = join(FOLDER, "grey.tif");
  const { bytes } = goldenOf("grey.tif").image;
  const whole = await decodeForTiles(path, 1, { ...own, channels: 1 });
  expect([...whole.data]).toEqual(bytes);
  const half = await decodeForTiles(path, 0.5, { ...own, channels: 1 });
  const raw = { width: 26, height: 20, channels: 1 as const };
  const expected = await sharp(Uint8Array.from(bytes), { raw })
    .resize(13, 10, { fit: "fill", kernel: "lanczos3" }).toColourspace("b-w").raw().toBuffer();
  expect([...half.data]).toEqual([...expected]);
});

Deno.test("intensities keep all bits; of colours they are the luminance", async () => {
  const grey = await decodeIntensities(join(FOLDER, "grey.tif"));
  expect([...grey.data]).toEqual([...(await decodeIntensities(join(FOLDER, "grey.png"))).data]);
  expect(Math.max(...grey.data)).toBe(4095);
  const eight = await decodeIntensities(join(FOLDER, "eight.png"));
  expect([...eight.data]).toEqual([...grey.data].map((value) => value >> 4));
  const [deep, bytes] = await Promise.all([
    decodeIntensities(join(FOLDER, "rgb.tif")),
    decodeWithin(join(FOLDER, "rgb.tif"), 99, { channels: 1 }),
  ]);
  const differences = [...bytes.data].map((byte, i) => Math.abs(byte - deep.data[i]! / 256));
  expect(Math.max(...differences)).toBeLessThan(1.5);
});

Deno.test("alpha counts for nothing, and EXIF orientation is applied", () =>
  inFolder(async (folder) => {
    // Red rises from 10 to 60; hidden colours count as others do.
    const rgba = Uint8Array.from([10, 10, 10, 255, 35, 10, 10, 0, 60, 10, 10, 255]);
    const raw = { width: 3, height: 1, channels: 4 as const };
    const png = await sharp(rgba, { raw }).png().withMetadata({ orientation: 6 }).toBuffer();
    const image = await decodeImage(await writeBytes(join(folder, "a.png"), png), own);
    expect([image.widthPx, image.heightPx]).toEqual([1, 3]);
    expect([...image.data]).toEqual([0, 0, 0, 128, 0, 0, 255, 0, 0]);
  }));

Deno.test("a few spots on black are stretched by extremes; an image of one value stays", () => {
  const spots = new Uint16Array(5000);
  spots[7] = 400;
  spots[8] = 200;
  expect(valueRange(spots)).toEqual({ low: 0, high: 400 });
  expect([...stretched(spots, valueRange(spots))].slice(6, 10)).toEqual([0, 255, 128, 0]);
  const flat = new Uint16Array(9).fill(0x1234);
  expect([...new Set(stretched(flat, valueRange(flat)))]).toEqual([0x12]);
  expect([...stretched(Uint8Array.of(7), { low: 7, high: 7 })]).toEqual([7]);
});

Deno.test("percentiles: those of sorting, for any values", () => {
  const sorting = (values: StoredValues, share: number) => {
    const sorted = [...values].sort((a, b) => a - b);
    const place = share * (sorted.length - 1);
    const [lower, upper] = [Math.floor(place), Math.ceil(place)].map((i) => sorted[i] as number);
    return lower! + (place - Math.floor(place)) * (upper! - lower!);
  };
  fc.assert(
    fc.property(fc.uint16Array({ minLength: 2, maxLength: 3000 }), (values) => {
      fc.pre(sorting(values, 0.001) < sorting(values, 0.999));
      const { low, high } = valueRange(values);
      expect(low).toBeCloseTo(sorting(values, 0.001), 6);
      expect(high).toBeCloseTo(sorting(values, 0.999), 6);
    }),
    { seed: 1, numRuns: 100 },
  );
});
