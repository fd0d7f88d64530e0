import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { PapilioError } from "papilio/core/errors.ts";
import { channelsOf, toRgb } from "papilio/data/channels.ts";
import {
  channelProblem,
  decodeImage,
  decodeResized,
  decodeWithin,
  imageSize,
} from "papilio/data/decode.ts";
import golden from "../golden/channels/channels.json" with { type: "json" };
import { inFolder, writeBytes, writePng } from "./_files.ts";

const FOLDER = join(import.meta.dirname ?? "", "..", "golden", "channels");
const [WIDTH, HEIGHT] = [6, 4];

async function problemWith(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => null, (thrown) => thrown);
  expect(error).toBeInstanceOf(PapilioError);
  return error.message;
}

/** Each channel by itself. */
function bandsOf(values: readonly number[], channels: number): Uint8Array[] {
  return Array.from(
    { length: channels },
    (_, c) => Uint8Array.from({ length: WIDTH * HEIGHT }, (_, i) => values[i * channels + c] ?? 0),
  );
}

for (const { name, channels, expected } of golden) {
  Deno.test(`${name}: ${channels} channels as stored, each resized by itself`, async () => {
    const path = join(FOLDER, name);
    if (name.startsWith("five_planes")) {
      expect(await problemWith(decodeResized(path, 4, { channels }))).toBe(
        `Cannot read image ${path}: expected channels that lie pixel by pixel, got a TIFF with each in ` +
          "a plane. Save it anew with PlanarConfiguration 1 (tifffile: contig, GDAL: INTERLEAVE=PIXEL).",
      );
      return;
    }
    const header = await imageSize(path);
    expect([header.channels, header.widthPx, header.heightPx]).toEqual([channels, WIDTH, HEIGHT]);
    for (const sidePx of [3, 5, 8]) {
      const image = await decodeResized(path, sidePx, { channels });
      expect([image.widthPx, image.heightPx, channelsOf(image)]).toEqual([
        sidePx,
        sidePx,
        channels,
      ]);
      for (const [c, band] of bandsOf(expected, channels).entries()) {
        const alone = await greyResized(band, sidePx);
        expect(image.data.filter((_, i) => i % channels === c)).toEqual(alone);
      }
    }
  });
}

/** A band as a grey PNG, read as RGB: the way that is held against Pillow elsewhere. */
async function greyResized(band: Uint8Array, sidePx: number): Promise<Uint8Array> {
  let data = new Uint8Array();
  await inFolder(async (folder) => {
    const path = await writePng(join(folder, "b.png"), WIDTH, band);
    data = (await decodeResized(path, sidePx)).data.filter((_, i) => i % 3 === 0);
  });
  return data;
}

Deno.test("bands without colours are drawn by their first three, at any size", async () => {
  const { expected } = golden.find(({ name }) => name === "five.tif") ?? { expected: [] };
  const path = join(FOLDER, "five.tif");
  const rgb = toRgb(Uint8Array.from(expected), 5);
  expect((await decodeImage(path)).data).toEqual(rgb);
  expect((await decodeWithin(path, WIDTH)).data).toEqual(rgb);
  expect((await decodeWithin(path, 3)).data).toHaveLength(3 * 2 * 3);
});

Deno.test("another number of channels is an error with file, numbers and remedy", async () => {
  const rgba = join(FOLDER, "rgba.png");
  expect(await problemWith(decodeResized(rgba, 4, { channels: 5, caseId: "c7" }))).toBe(
    `Cannot read image ${rgba} of case c7: expected 5 channels, got 4. Save it with 5 channels, ` +
      "or take a network that was trained on 4.",
  );
  const five = join(FOLDER, "five.tif");
  expect(await problemWith(decodeResized(five, 4))).toContain("expected 3 channels, got 5. Save");
  expect(await problemWith(decodeResized(five, 4, { channels: 1 })))
    .toContain("expected 1 channel, got 5. Save");
});

Deno.test("whether channels suit is told by the header alone, as reading tells it", async () => {
  for (const { name } of golden.filter(({ name }) => !name.startsWith("five_planes"))) {
    const path = join(FOLDER, name);
    const header = await imageSize(path);
    for (const channels of [1, 2, 3, 4, 5, 7]) {
      const reading = await decodeResized(path, 4, { channels }).then(() => "", String);
      const problem = channelProblem(header, channels);
      expect(reading).toContain(problem ?? "");
      expect(reading === "").toBe(problem === undefined);
    }
  }
});

Deno.test("grey: what is stored of a grey file, in 8 and 16 bits", () =>
  inFolder(async (folder) => {
    const values = Array.from({ length: 256 }, (_, i) => i);
    const grey = await writePng(join(folder, "g.png"), 16, values);
    expect([...(await decodeResized(grey, 16, { channels: 1 })).data]).toEqual(values);
    const raw = { width: 16, height: 16, channels: 1 } as const;
    const deep = sharp(Uint16Array.from(values, (value) => value * 257), { raw });
    const png = await deep.toColourspace("grey16").png().toBuffer();
    const path = await writeBytes(join(folder, "d.png"), png);
    expect([...(await decodeResized(path, 16, { channels: 1 })).data]).toEqual(values);
    for (const sidePx of [5, 40]) {
      const rgb = (await decodeResized(grey, sidePx)).data;
      expect(rgb.filter((_, i) => i % 3 === 1)).toEqual(
        (await decodeResized(grey, sidePx, { channels: 1 })).data,
      );
    }
  }));

Deno.test("grey: the luminance of colours in linear light", () =>
  inFolder(async (folder) => {
    const colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 100, 50], [10, 20, 200]];
    for (const rgb of colours) {
      const path = await writePng(join(folder, "c.png"), 1, rgb, 3);
      const [grey = 0] = (await decodeResized(path, 1, { channels: 1 })).data;
      expect(Math.abs(grey - luminance(rgb))).toBeLessThanOrEqual(1);
    }
  }));

/** Of sRGB, by IEC 61966-2-1. */
function luminance(rgb: readonly number[]): number {
  const linear = rgb.map((value) => value / 255)
    .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  const [r = 0, g = 0, b = 0] = linear;
  const sum = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  return 255 * (sum <= 0.0031308 ? 12.92 * sum : 1.055 * sum ** (1 / 2.4) - 0.055);
}

/** The left half one colour, the right half another, in the four inks and with alpha. */
async function writeInks(folder: string): Promise<{ inks: string; withAlpha: string }> {
  const pixels = Array.from({ length: 64 }, (_, i) => i % 8 < 4 ? [220, 40, 40] : [40, 40, 220]);
  const rgba = Uint8Array.from(pixels.flatMap((rgb) => [...rgb, 255]));
  const drawn = sharp(rgba, { raw: { width: 8, height: 8, channels: 4 } }).toColourspace("cmyk");
  const tiff = await drawn.clone().tiff({ compression: "none" }).toBuffer();
  expect(await sharp(tiff).metadata()).toMatchObject({ space: "cmyk", channels: 5 });
  const jpeg = await drawn.clone().removeAlpha().jpeg({ quality: 100 }).toBuffer();
  expect(await sharp(jpeg).metadata()).toMatchObject({ space: "cmyk", channels: 4 });
  return {
    inks: await writeBytes(join(folder, "inks.jpg"), jpeg),
    withAlpha: await writeBytes(join(folder, "inks_alpha.tif"), tiff),
  };
}

Deno.test("inks with alpha are a photo: the colours of the same inks without it", () =>
  inFolder(async (folder) => {
    const { inks, withAlpha } = await writeInks(folder);
    expect((await imageSize(withAlpha)).isMultiBand).toBe(false);
    const readers = [
      decodeImage,
      (path: string) => decodeResized(path, 4),
      (path: string) => decodeResized(path, 12),
      (path: string) => decodeResized(path, 4, { channels: 1 }),
      (path: string) => decodeWithin(path, 4),
    ];
    for (const read of readers) {
      const expected = (await read(inks)).data;
      const { data } = await read(withAlpha);
      expect(data).toHaveLength(expected.length);
      // JPEG bends values a little.
      expect(Math.max(...data.map((value, i) => Math.abs(value - (expected[i] ?? NaN)))))
        .toBeLessThan(8);
    }
    const [r = 0, g = 0, b = 0] = (await decodeImage(withAlpha)).data;
    expect([r > 150, g < 100, b < 100]).toEqual([true, true, true]);
  }));

Deno.test("inks are no channels for a network: they would pass for colours with alpha", () =>
  inFolder(async (folder) => {
    const { inks, withAlpha } = await writeInks(folder);
    for (const [path, channels] of [[inks, 4], [withAlpha, 5]] as const) {
      const message = await problemWith(decodeResized(path, 4, { channels }));
      expect(message).toBe(
        `Cannot read image ${path}: expected ${channels} channels, got ${channels} of CMYK. Save it as RGB, ` +
          "or with alpha as RGBA: inks are no such channels.",
      );
      const header = await imageSize(path);
      expect(message).toContain(channelProblem(header, channels));
      expect(channelProblem(header, channels)).toContain("of CMYK");
      expect([channelProblem(header, 3), channelProblem(header, 1)]).toEqual([
        undefined,
        undefined,
      ]);
    }
  }));
