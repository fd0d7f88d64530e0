import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { join } from "@std/path";
import { expect } from "expect";
import sharp, { type Sharp } from "sharp";
import { exportMasks } from "papilio/predict/export.ts";
import { photosAt } from "papilio/predict/sources.ts";
import { halves, inFolder, parseCsv, readPng, withPredictor } from "./_fixtures.ts";

/** What a photo must get: a mask of this size, or an error that says this. */
type Expected = { size: [widthPx: number, heightPx: number] } | { error: RegExp };

interface OddInput {
  name: string;
  make: (path: string) => Promise<unknown>;
  expected: Expected;
}

const isWindows = Deno.build.os === "windows";

async function truncate(picture: Sharp, path: string): Promise<void> {
  const bytes = await picture.toBuffer();
  await Deno.writeFile(path, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
}

/** Noise, so that cutting the file cuts pixels. */
function noise(widthPx: number, heightPx: number) {
  const data = Uint8Array.from({ length: widthPx * heightPx * 3 }, (_, i) => (i * 7919) % 251);
  return sharp(data, { raw: { width: widthPx, height: heightPx, channels: 3 } });
}

/** A PNG of a few bytes whose header claims this size. */
async function writeBomb(path: string, sidePx: number): Promise<void> {
  const bytes = Buffer.from(await halves(4, 4).png().toBuffer());
  bytes.writeUInt32BE(sidePx, 16);
  bytes.writeUInt32BE(sidePx, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  await Deno.writeFile(path, bytes);
}

async function animate(path: string): Promise<void> {
  const frames = Buffer.concat([
    await halves(40, 30).raw().toBuffer(),
    Buffer.alloc(40 * 30 * 3, 90),
  ]);
  const raw = { width: 40, height: 60, channels: 3 as const, pageHeight: 30 };
  await sharp(frames, { raw }).toFile(path);
}

function rgb16() {
  const data = Uint16Array.from({ length: 20 * 10 * 3 }, (_, i) => i * 100);
  return sharp(data, { raw: { width: 20, height: 10, channels: 3 } }).toColourspace("rgb16");
}

const plain = (path: string) => halves(40, 30).toFile(path);
const done = { size: [40, 30] } as const satisfies Expected;

const oddInputs: OddInput[] = [
  {
    name: "truncated.png",
    make: (path) => truncate(noise(80, 60).png(), path),
    expected: { error: /expected an image file that is whole/ },
  },
  {
    name: "truncated.jpg",
    make: (path) => truncate(noise(80, 60).jpeg(), path),
    expected: { error: /expected an image file that is whole/ },
  },
  {
    name: "zero bytes.png",
    make: (path) => Deno.writeFile(path, new Uint8Array()),
    expected: { error: /Cannot read image/ },
  },
  {
    name: "text.png",
    make: (path) => Deno.writeTextFile(path, "This is no picture."),
    expected: { error: /no image, or cut off/ },
  },
  {
    name: "bitmap.bmp",
    make: (path) => Deno.writeTextFile(path, "BM and some bytes that are no picture"),
    expected: { error: /no image, or cut off/ },
  },
  {
    name: "header of 100000x100000.png",
    make: (path) => writeBomb(path, 100_000),
    expected: { error: /100000×100000 = 10000 million\. Cut or scale it down first/ },
  },
  { name: "1x1.png", make: (path) => halves(1, 1).toFile(path), expected: { size: [1, 1] } },
  {
    name: "20000x3.png",
    make: (path) => halves(20000, 3).toFile(path),
    expected: { size: [20000, 3] },
  },
  {
    name: "16-bit grey.png",
    make: (path) => halves(40, 30).toColourspace("grey16").png().toFile(path),
    expected: done,
  },
  {
    name: "16-bit colour.png",
    make: (path) => rgb16().png().toFile(path),
    expected: { size: [20, 10] },
  },
  {
    name: "grey with alpha.png",
    make: (path) => halves(40, 30).toColourspace("b-w").ensureAlpha(0.2).png().toFile(path),
    expected: done,
  },
  {
    name: "transparent.png",
    make: (path) => halves(40, 30).ensureAlpha(0).png().toFile(path),
    expected: done,
  },
  {
    name: "palette.png",
    make: (path) => halves(40, 30).png({ palette: true }).toFile(path),
    expected: done,
  },
  {
    name: "1-bit.png",
    make: (path) =>
      halves(40, 30).toColourspace("b-w").png({ palette: true, colours: 2 }).toFile(path),
    expected: done,
  },
  {
    name: "cmyk.jpg",
    make: (path) => halves(40, 30).toColourspace("cmyk").jpeg().toFile(path),
    expected: done,
  },
  { name: "animated.gif", make: animate, expected: done },
  { name: "animated.webp", make: animate, expected: done },
  { name: "jpeg inside.png", make: (path) => halves(40, 30).jpeg().toFile(path), expected: done },
  { name: "gif inside.jpg", make: (path) => halves(40, 30).gif().toFile(path), expected: done },
  { name: "two  spaces and 'quotes'.png", make: plain, expected: done },
  { name: "größe 蝶 бабочка.png", make: plain, expected: done },
  { name: `${"long".repeat(60)}.png`, make: plain, expected: done },
  { name: "same.jpg", make: plain, expected: done },
  { name: "same.png", make: plain, expected: done },
  { name: "Same.webp", make: plain, expected: done },
  { name: "-dash.png", make: plain, expected: done },
  { name: "=formula.png", make: plain, expected: done },
  ...(isWindows ? [] : posixInputs()),
];

function posixInputs(): OddInput[] {
  return [
    { name: 'double "quotes".png', make: plain, expected: done },
    { name: "new\nline.png", make: plain, expected: done },
    { name: "back\\slash.png", make: plain, expected: done },
    { name: "con.png", make: plain, expected: done },
    {
      name: "loop.jpg",
      make: (path) => Deno.symlink("loop.jpg", path),
      expected: { error: /a link that leads back to itself/ },
    },
    {
      name: "dangling.jpg",
      make: (path) => Deno.symlink("nowhere.jpg", path),
      expected: { error: /no file there/ },
    },
    {
      name: "device.jpg",
      make: (path) => Deno.symlink("/dev/zero", path),
      expected: { error: /device/ },
    },
    {
      name: "forbidden.png",
      make: async (path) => {
        await plain(path);
        await Deno.chmod(path, 0o000);
      },
      // The superuser may read it all the same.
      expected: Deno.uid() === 0 ? done : { error: /no permission to read it/ },
    },
  ];
}

Deno.test("odd and broken photos: each gets a mask of its size, or a row that says why not", async () => {
  await inFolder(async (folder) => {
    const input = join(folder, "photos");
    const out = join(folder, "out");
    await Deno.mkdir(join(input, "folder.jpg"), { recursive: true });
    for (const { name, make } of oddInputs) await make(join(input, name));
    await plain(join(input, "folder.jpg", "inside.png"));
    if (!isWindows) await Deno.symlink("..", join(input, "folder.jpg", "up"));
    await Deno.writeTextFile(join(input, "notes.txt"), "");
    await Deno.writeTextFile(join(input, "._1x1.png"), "");

    await withPredictor(async (predictor) => {
      const { photos } = await photosAt(input);
      const summary = await exportMasks(predictor, photos, { out, overlays: true, cutouts: true });
      expect(summary.total).toBe(oddInputs.length + 1);
    });
    const rows = parseCsv(await Deno.readTextFile(join(out, "predictions.csv")));
    if (Deno.env.has("PAPILIO_PRINT_ODD_INPUTS")) print(rows, input);
    for (const odd of oddInputs) {
      await checkRow(odd, rows.filter(({ source }) => source === join(input, odd.name)), out);
    }
  });
});

async function checkRow(
  { name, expected }: OddInput,
  rows: readonly Record<string, string>[],
  out: string,
): Promise<void> {
  const [row] = rows;
  expect([name, rows.length]).toEqual([name, 1]);
  if ("error" in expected) {
    expect([name, row?.status]).toEqual([name, "failed"]);
    expect(row?.error).toMatch(expected.error);
    return;
  }
  expect([name, row?.status, row?.error]).toEqual([name, "done", ""]);
  const { metadata } = await readPng(join(out, `${row?.id}`, `${row?.id}_pred.png`));
  expect([name, metadata.width, metadata.height]).toEqual([name, ...expected.size]);
}

function print(rows: readonly Record<string, string>[], input: string): void {
  console.table(rows.map(({ id, source, width, height, foreground_fraction, status, error }) => ({
    photo: JSON.stringify(source?.slice(input.length + 1)).slice(1, -1).slice(0, 32),
    id: id?.slice(0, 32),
    size: `${width}×${height}`,
    foreground: foreground_fraction,
    status,
    error: error?.replace(/^.*?: expected/, "expected").slice(0, 90),
  })));
}

Deno.test("the mask lies on the upright image, for all eight EXIF orientations", async () => {
  const darkSides = ["left", "right", "right", "left", "top", "top", "bottom", "bottom"];
  await inFolder(async (folder) => {
    const input = join(folder, "photos");
    await Deno.mkdir(input);
    for (let orientation = 1; orientation <= 8; orientation++) {
      const path = join(input, `${orientation}.jpg`);
      await halves(60, 40).withMetadata({ orientation }).jpeg().toFile(path);
    }
    await withPredictor(async (predictor) => {
      const { photos } = await photosAt(input);
      await exportMasks(predictor, photos, { out: join(folder, "out") });
    });
    for (const [index, darkSide] of darkSides.entries()) {
      const id = `${index + 1}`;
      const { data, metadata } = await readPng(join(folder, "out", id, `${id}_pred.png`));
      const { width, height } = metadata;
      const at = (x: number, y: number) =>
        data[Math.floor(y * height) * width + Math.floor(x * width)];
      const sides = {
        left: at(0.1, 0.5),
        right: at(0.9, 0.5),
        top: at(0.5, 0.1),
        bottom: at(0.5, 0.9),
      };
      const opposite = { left: "right", right: "left", top: "bottom", bottom: "top" }[darkSide];
      expect([id, width, height]).toEqual([id, ...(index < 4 ? [60, 40] : [40, 60])]);
      expect(sides).toMatchObject({ [darkSide]: 0, [opposite as string]: 255 });
    }
  });
});
