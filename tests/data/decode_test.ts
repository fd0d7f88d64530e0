import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { PapilioError } from "papilio/core/errors.ts";
import { decodeImage, decodeResized, decodeWithin, imageSize } from "papilio/data/decode.ts";
import golden from "../golden/decode.json" with { type: "json" };
import { inFolder, writeBytes, writePng } from "./_files.ts";

const RED = [200, 10, 20];
const BLUE = [5, 15, 250];

Deno.test("RGB: values as stored, row-major", () =>
  inFolder(async (folder) => {
    const path = await writePng(join(folder, "a.png"), 2, [...RED, ...BLUE], 3);
    const image = await decodeImage(path);
    expect([image.widthPx, image.heightPx]).toEqual([2, 1]);
    expect([...image.data]).toEqual([...RED, ...BLUE]);
  }));

Deno.test("alpha is dropped, and what lies below it kept, also when resizing", () =>
  inFolder(async (folder) => {
    const path = await writePng(join(folder, "a.png"), 2, [...RED, 0, ...RED, 128], 4);
    expect([...(await decodeImage(path)).data]).toEqual([...RED, ...RED]);
    const clear = Array.from({ length: 16 }, () => [...RED, 0]).flat();
    const large = await writePng(join(folder, "b.png"), 4, clear, 4);
    for (const sidePx of [2, 4, 8]) {
      const { data } = await decodeResized(large, sidePx);
      expect([...data]).toEqual(Array(sidePx ** 2).fill(RED).flat());
    }
  }));

Deno.test("grey becomes RGB with equal channels", () =>
  inFolder(async (folder) => {
    const path = await writePng(join(folder, "a.png"), 3, [0, 77, 255]);
    expect([...(await decodeImage(path)).data]).toEqual([0, 0, 0, 77, 77, 77, 255, 255, 255]);
    expect((await imageSize(path)).channels).toBe(1);
  }));

Deno.test("a palette is looked up", () =>
  inFolder(async (folder) => {
    const raw = { width: 2, height: 1, channels: 3 } as const;
    const png = await sharp(Uint8Array.from([...RED, ...BLUE]), { raw }).png({ palette: true })
      .toBuffer();
    expect((await sharp(png).metadata()).isPalette).toBe(true);
    const path = await writeBytes(join(folder, "a.png"), png);
    expect([...(await decodeImage(path)).data]).toEqual([...RED, ...BLUE]);
  }));

Deno.test("16 bits are scaled to 8", () =>
  inFolder(async (folder) => {
    const values = Uint16Array.of(0, 0x80ff, 0xffff);
    const raw = { width: 3, height: 1, channels: 1 } as const;
    const png = await sharp(values, { raw }).toColourspace("grey16").png().toBuffer();
    expect((await sharp(png).metadata()).depth).toBe("ushort");
    const path = await writeBytes(join(folder, "a.png"), png);
    expect([...(await decodeImage(path)).data]).toEqual([0, 0, 0, 128, 128, 128, 255, 255, 255]);
  }));

Deno.test("CMYK becomes sRGB: white stays white, red stays red", () =>
  inFolder(async (folder) => {
    const raw = { width: 16, height: 8, channels: 3 } as const;
    const pixels = Array.from({ length: 128 }, (_, i) => i % 16 < 8 ? [255, 255, 255] : RED).flat();
    const jpeg = await sharp(Uint8Array.from(pixels), { raw }).toColourspace("cmyk").jpeg()
      .toBuffer();
    expect((await sharp(jpeg).metadata()).space).toBe("cmyk");
    const { data } = await decodeImage(await writeBytes(join(folder, "a.jpg"), jpeg));
    const difference = (x: number, colour: readonly number[]) =>
      Math.max(...colour.map((value, c) => Math.abs(value - (data[3 * x + c] ?? 0))));
    expect(difference(2, [255, 255, 255])).toBeLessThan(8);
    expect(difference(13, RED)).toBeLessThan(40); // CMYK inks do not reach every sRGB colour.
  }));

Deno.test("EXIF orientation 6 turns the image clockwise, and its size", () =>
  inFolder(async (folder) => {
    const raw = { width: 2, height: 1, channels: 3 } as const;
    const png = await sharp(Uint8Array.from([...RED, ...BLUE]), { raw })
      .withMetadata({ orientation: 6 }).png().toBuffer();
    const path = await writeBytes(join(folder, "a.png"), png);
    const { widthPx, heightPx } = await imageSize(path);
    const image = await decodeImage(path);
    expect([widthPx, heightPx, image.widthPx, image.heightPx]).toEqual([1, 2, 1, 2]);
    expect([...image.data]).toEqual([...RED, ...BLUE]);
  }));

Deno.test("of an animation the first frame is taken, also from a GIF named .jpg", () =>
  inFolder(async (folder) => {
    const frame = (value: number) =>
      sharp(new Uint8Array(12).fill(value), { raw: { width: 2, height: 2, channels: 3 } }).png()
        .toBuffer();
    const gif = await sharp([await frame(50), await frame(150)], { join: { animated: true } }).gif()
      .toBuffer();
    expect((await sharp(gif).metadata()).pages).toBe(2);
    const path = await writeBytes(join(folder, "a.jpg"), gif);
    const image = await decodeImage(path);
    expect([image.widthPx, image.heightPx, image.data[0]]).toEqual([2, 2, 50]);
    expect((await imageSize(path)).format).toBe("gif");
  }));

Deno.test("resizing agrees with Pillow within rounding, down, up, and down one side and up the other", () =>
  inFolder(async (folder) => {
    const png = Uint8Array.from(atob(golden.png), (letter) => letter.charCodeAt(0));
    const path = await writeBytes(join(folder, "a.png"), png);
    for (const [side, expected] of Object.entries(golden.resized)) {
      const { data } = await decodeResized(path, Number(side));
      const differences = expected.map((value, i) => Math.abs(value - (data[i] ?? NaN)));
      const mean = differences.reduce((sum, value) => sum + value, 0) / differences.length;
      expect(data.length).toBe(expected.length);
      expect(mean).toBeLessThan(0.6);
      expect(Math.max(...differences)).toBeLessThan(20); // At edges; libvips also rounds its kernel.
    }
  }));

Deno.test("a checkerboard of single pixels becomes grey, not a pattern", () =>
  inFolder(async (folder) => {
    const values = Array.from({ length: 256 * 256 }, (_, i) => ((i % 256) + (i >> 8)) % 2 * 255);
    const path = await writePng(join(folder, "a.png"), 256, values);
    const { data } = await decodeResized(path, 32);
    expect(Math.min(...data)).toBeGreaterThan(120);
    expect(Math.max(...data)).toBeLessThan(136);
  }));

Deno.test("within a longest side: smaller images as they are, larger ones by one factor for both sides", () =>
  inFolder(async (folder) => {
    const values = Array.from({ length: 40 * 20 * 3 }, (_, i) => (i * 37) % 256);
    const path = await writePng(join(folder, "a.png"), 40, values, 3);
    expect(await decodeWithin(path, 40)).toEqual(await decodeImage(path));
    expect(await decodeWithin(path, 4000)).toEqual(await decodeImage(path));
    const half = await decodeWithin(path, 20);
    expect([half.widthPx, half.heightPx, half.data.length]).toEqual([20, 10, 600]);
    const line = await writePng(join(folder, "line.png"), 40, values.slice(0, 120), 3);
    expect(await decodeWithin(line, 4)).toMatchObject({ widthPx: 4, heightPx: 1 });
    const square = await writePng(join(folder, "b.png"), 20, values.slice(0, 1200), 3);
    expect(await decodeWithin(square, 7)).toEqual(await decodeResized(square, 7));
  }));

Deno.test("a name with spaces, quotes and other scripts can be read", () =>
  inFolder(async (folder) => {
    const path = await writePng(join(folder, `Schmetterling "蝶" 'ë' 100%.png`), 1, [9]);
    expect([...(await decodeImage(path)).data]).toEqual([9, 9, 9]);
  }));

async function messageFor(path: string): Promise<string> {
  const error = await decodeImage(path, { caseId: "case7" }).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(PapilioError);
  expect(error.message).toContain(`Cannot read image ${path} of case case7: expected `);
  return error.message;
}

Deno.test("what is no image is an error that names file, case and reason", () =>
  inFolder(async (folder) => {
    const text = await writeBytes(join(folder, "text.png"), "hello\n");
    expect(await messageFor(text)).toContain(
      "got a file that is no image, or cut off.",
    );
    const empty = await writeBytes(join(folder, "empty.png"), "");
    expect(await messageFor(empty)).toContain("got an empty file");
    expect(await messageFor(join(folder, "absent.png"))).toContain("got no file there");
    expect(await messageFor(folder)).toContain("got a folder or a device");
    const svg = await writeBytes(
      join(folder, "svg.png"),
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
    );
    expect(await messageFor(svg)).toContain("got a file of svg");
    const loop = join(folder, "loop.png");
    await Deno.symlink(loop, loop);
    expect(await messageFor(loop)).toContain("got a link that leads back to itself");
  }));

Deno.test("a truncated PNG or JPEG is an error, not half an image", () =>
  inFolder(async (folder) => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
    const source = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    for (const format of ["png", "jpeg", "webp", "tiff"] as const) {
      const whole = await source.clone().toFormat(format).toBuffer();
      const cut = whole.subarray(0, Math.floor(whole.length / 2));
      const path = await writeBytes(join(folder, `cut.${format}`), cut);
      expect(await messageFor(path)).toContain("expected an image file that is whole");
    }
  }));

Deno.test("a damaged JPEG and a telephone's HEIC are called by their names", () =>
  inFolder(async (folder) => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 251);
    const jpeg = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } }).jpeg()
      .toBuffer();
    const cut = await writeBytes(join(folder, "cut.jpg"), jpeg.subarray(0, -20));
    expect(await messageFor(cut)).toMatch(
      /got one that is cut off or damaged\./,
    );
    const heic = await writeBytes(join(folder, "a.jpg"), "\0\0\0\x18ftypheic\0\0\0\0mif1heic");
    expect(await messageFor(heic)).toContain("or AVIF, got HEIC. Save it as JPEG.");
  }));

Deno.test("values of more than 16 bits are refused, not clipped", () =>
  inFolder(async (folder) => {
    const floats = await writeBytes(join(folder, "float.tif"), floatTiff([0, 0.5]));
    expect(await messageFor(floats)).toContain("got values of type float");
  }));

Deno.test("more than half a gigapixel is refused by its header", () =>
  inFolder(async (folder) => {
    const path = await writePng(join(folder, "big.png"), 1, [0]);
    const png = await Deno.readFile(path);
    const view = new DataView(png.buffer);
    view.setUint32(16, 30_000);
    view.setUint32(20, 20_000);
    const { crc32 } = await import("node:zlib");
    view.setUint32(29, crc32(png.subarray(12, 29)));
    await Deno.writeFile(path, png);
    expect(await messageFor(path)).toContain(
      "expected at most 500 million pixels, got 30000×20000 = 600 million. Cut or scale it down first.",
    );
  }));

/** A little-endian TIFF with one row of 32-bit floats. */
function floatTiff(values: readonly number[]): Uint8Array {
  const entries = [
    [256, values.length], // width
    [257, 1], // height
    [258, 32], // bits
    [259, 1], // no compression
    [262, 1], // black is zero
    [273, 8], // where the pixels begin
    [277, 1], // channels
    [278, 1], // rows a strip
    [279, values.length * 4], // bytes of pixels
    [339, 3], // float
  ] as const;
  const directory = 8 + values.length * 4;
  const view = new DataView(new ArrayBuffer(directory + 2 + entries.length * 12 + 4));
  view.setUint32(0, 0x49492a00);
  view.setUint32(4, directory, true);
  values.forEach((value, i) => view.setFloat32(8 + 4 * i, value, true));
  view.setUint16(directory, entries.length, true);
  entries.forEach(([tag, value], i) => {
    const offset = directory + 2 + 12 * i;
    view.setUint16(offset, tag, true);
    view.setUint16(offset + 2, 4, true); // An unsigned 32-bit value, one of them.
    view.setUint32(offset + 4, 1, true);
    view.setUint32(offset + 8, value, true);
  });
  return new Uint8Array(view.buffer);
}
