import sharp from "sharp";
import { expect } from "expect";
import { type ClassEntry, parseClasses } from "papilio/core/classes.ts";
import type { Case } from "papilio/data/case.ts";
import { galleryTitle, renderCases, renderGallery } from "papilio/predict/gallery.ts";
import { type Network, Predictor } from "papilio/predict/predictor.ts";
import { overlayColours } from "papilio/report/overlay.ts";
import { join } from "@std/path";

/** Foreground where the image is bright. */
const brightness: Network = {
  metadata: {
    "papilio.inputSidePx": "32",
    "papilio.threshold": "0.5",
    "papilio.classes": '["bright"]',
  },
  inputs: [{ name: "image", dims: ["batch", 32, 32, 3] }],
  outputs: [{ name: "probability", dims: ["batch", 32, 32, 1] }],
  run: (inputs) => {
    const { data } = inputs.image as { data: Float32Array };
    const bright = Float32Array.from(
      { length: data.length / 3 },
      (_, i) => (data[i * 3] as number) / 255,
    );
    return Promise.resolve({ probability: { shape: [1, 32, 32, 1], data: bright } });
  },
  dispose: () => Promise.resolve(),
};

/** A white square in a black photo, and as its mask the left half of the square. */
async function makeCase(folder: string, id: string): Promise<Case> {
  const black = { create: { width: 64, height: 64, channels: 3 as const, background: "black" } };
  const white = (width: number) =>
    sharp({ create: { ...black.create, width, height: 32, background: "white" } }).png().toBuffer();
  const [imagePath, maskPath] = [join(folder, `${id}.png`), join(folder, `${id}_mask.png`)];
  await sharp(black).composite([{ input: await white(32), left: 16, top: 16 }]).png().toFile(
    imagePath,
  );
  await sharp(black).composite([{ input: await white(16), left: 16, top: 16 }]).png().toFile(
    maskPath,
  );
  return { id, imagePath, maskPaths: [maskPath], maskEncoding: { kind: "threshold" } };
}

Deno.test("a gallery shows predicted and true contours of cases spread over all", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const cases = await Promise.all(["a", "b", "c", "d", "e"].map((id) => makeCase(folder, id)));
    const png = await renderGallery(new Predictor(brightness, "hash"), cases, {
      title: "Two",
      count: 2,
    });
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    const colours = new Set<string>();
    for (let i = 0; i < data.length; i += info.channels) {
      colours.add([data[i], data[i + 1], data[i + 2]].join());
    }
    expect([...colours]).toContain(overlayColours.truth.join());
    expect([...colours]).toContain(overlayColours.prediction.join());
    const five = await sharp(
      await renderGallery(new Predictor(brightness, "hash"), cases, { title: "" }),
    ).metadata();
    expect(info.width).toBeLessThan(five.width);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("cases are shown with the contour of their true mask, drawn at the panel's size", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const cases = [await makeCase(folder, "a")];
    const png = await renderCases(cases, { title: "", panelPx: 128 });
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({
      resolveWithObject: true,
    });
    // The picture begins behind a gap of 12 pixels, and is twice as large as its file.
    const at = (x: number, y: number) =>
      [0, 1, 2].map((channel) => data[((y + 12) * info.width + x + 12) * 3 + channel]);
    const truth = [...overlayColours.truth];
    // The mask spans x from 16 to 32: its contour is one pixel to each side of 32 and of 64.
    expect([31, 32, 63, 64].map((x) => at(x, 64))).toEqual([truth, truth, truth, truth]);
    // Neither tint nor contour elsewhere: white inside the square, black outside.
    const [white, black] = [[255, 255, 255], [0, 0, 0]];
    expect([at(48, 64), at(80, 64), at(8, 8)]).toEqual([white, white, black]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the share of foreground is that of the pixels that are judged", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const { imagePath } = await makeCase(folder, "a");
    const classes = parseClasses("background=0,left=1");
    const maskPath = join(folder, "labels.png");
    /** What stands below the picture of a mask of so many rows of each value. */
    const label = async (rows: Record<number, number>, table = classes) => {
      const values = Object.entries(rows).flatMap(([value, n]) =>
        Array(64 * n).fill(Number(value))
      );
      const raw = { width: 64, height: 64, channels: 1 } as const;
      await sharp(Uint8Array.from(values), { raw }).toColourspace("b-w").png().toFile(maskPath);
      const item = { id: "a", imagePath, maskPaths: [maskPath] };
      const png = await renderCases([{ ...item, maskEncoding: { kind: "threshold" } }], {
        ...{ title: "", panelPx: 128, classes: table },
      });
      const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
      const rowBytes = info.width * info.channels;
      // Two lines, without the legend that stands below.
      return data.subarray((12 + 128) * rowBytes, (12 + 128 + 36) * rowBytes).toString("hex");
    };
    const quarter = await label({ 0: 48, 1: 16 });
    expect(await label({ 0: 24, 1: 8, 9: 32 })).toBe(quarter);
    expect(await label({ 0: 56, 1: 8 })).not.toBe(quarter);
    const several = parseClasses("background=0,left=1,right=2");
    expect(await label({ 0: 24, 1: 4, 2: 4, 9: 32 }, several)).toBe(
      await label({ 0: 48, 1: 16 }, several),
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("several classes: the photo with the true ones, and beside it with those that were found", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const item = await makeCase(folder, "a");
    // Bright pixels are of the class "right", dark ones background; the mask knows "left", too.
    const network: Network = {
      ...brightness,
      metadata: {
        "papilio.inputSidePx": "32",
        "papilio.classes": '["background","left","right"]',
        "papilio.classColours": '["#ffffff","#ff0000","#00ff00"]',
        "papilio.classTable": JSON.stringify([
          { name: "background", values: [0], files: [] },
          { name: "left", values: [255], files: [] },
          { name: "right", values: [7], files: [] },
        ]),
      },
      outputs: [{ name: "probability", dims: ["batch", 32, 32, 3] }],
      run: async (inputs) => {
        const { probability } = await brightness.run(inputs);
        const data = Float32Array.from(probability!.data).values()
          .flatMap((value) => [1 - value, 0, value]);
        return { probability: { shape: [1, 32, 32, 3], data: Float32Array.from(data) } };
      },
    };
    const predictor = new Predictor(network, "hash");
    expect(galleryTitle(predictor, { part: "test" })).toBe(
      "True and predicted classes of test cases",
    );
    const png = await renderGallery(predictor, [item], { title: "", panelPx: 128 });
    const { data, info } = await sharp(png).removeAlpha().raw()
      .toBuffer({ resolveWithObject: true });
    // Two pictures of 128 pixels beside a gap of 12 each, twice as large as their files.
    const at = (picture: number, x: number, y: number) =>
      [0, 1, 2].map((c) => data[((y + 12) * info.width + x + 12 + picture * 140) * 3 + c]);
    const [tint, white] = [[255, 166, 166], [255, 255, 255]];
    expect([at(0, 48, 64), at(0, 80, 64), at(0, 8, 8)]).toEqual([tint, white, [0, 0, 0]]);
    const green = [166, 255, 166];
    expect([at(1, 48, 64), at(1, 80, 64), at(1, 8, 8)]).toEqual([green, green, [0, 0, 0]]);
    // The border of what is true: of its colour on both sides.
    expect([31, 32, 63, 64].map((x) => at(0, x, 64))).toEqual(Array(4).fill([255, 0, 0]));

    const shownAt = async (classes: ClassEntry[]) => {
      const sheet = await renderCases([item], { title: "", panelPx: 128, classes });
      const { data, info } = await sharp(sheet).removeAlpha().raw()
        .toBuffer({ resolveWithObject: true });
      const from = ((64 + 12) * info.width + 12) * 3;
      return [48, 63].map((x) => [...data.subarray(from + x * 3, from + x * 3 + 3)]);
    };
    // Of several classes the tint and the contour, of one beside the background the contour alone.
    expect(await shownAt([...predictor.classTable]))
      .toEqual([[196, 229, 247], [0x56, 0xb4, 0xe9]]);
    expect(await shownAt(parseClasses("background,left=255")))
      .toEqual([white, [...overlayColours.truth]]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
