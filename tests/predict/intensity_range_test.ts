import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { writeAnnotationFiles } from "papilio/predict/annotation_files.ts";
import { exportMasks } from "papilio/predict/export.ts";
import { explainCase } from "papilio/predict/explain_case.ts";
import { explanationPanels } from "papilio/predict/explain_sheet.ts";
import { Predictor } from "papilio/predict/predictor.ts";
import { decisionOf, plainRecipe, recipeText } from "papilio/predict/recipe.ts";
import { photosAt } from "papilio/predict/sources.ts";
import { recipeOfText } from "papilio/evaluation/_recipe_of_text.ts";
import { inFolder, readPng } from "./_fixtures.ts";

const [WIDTH, HEIGHT] = [48, 24];

/** A network of grey images that gives their brightness. */
function brightness(metadata: Record<string, string>): Predictor {
  return new Predictor({
    metadata: { "papilio.threshold": "0.5", ...metadata },
    inputs: [{ name: "image", dims: ["n", 8, 8, 1] }],
    outputs: [{ name: "probability", dims: ["n", 8, 8, 1] }],
    run: ({ image }) =>
      Promise.resolve({
        probability: {
          shape: [...image!.shape],
          data: Float32Array.from(image!.data, (value) => value / 255),
        },
      }),
    dispose: () => Promise.resolve(),
  }, `brightness ${JSON.stringify(metadata)}`);
}

/** 12 bits in 16: dark at the left, in the middle a spot a third as bright, bright at the right. */
function values(): Uint16Array {
  return Uint16Array.from({ length: WIDTH * HEIGHT }, (_, i) => {
    const x = i % WIDTH;
    return x >= 30 ? 3900 : x >= 18 ? 1300 : 100;
  });
}

async function writePhoto(path: string): Promise<void> {
  const raw = { width: WIDTH, height: HEIGHT, channels: 1 } as const;
  const photo = sharp(values(), { raw }).toColourspace("grey16");
  await (path.endsWith(".tif") ? photo.tiff({ compression: "lzw" }) : photo.png()).toFile(path);
}

const own = { "papilio.intensityRange": "image" };
const isRight = Array.from({ length: WIDTH * HEIGHT }, (_, i) => i % WIDTH >= 30 ? 255 : 0);

Deno.test("a model file says which range; an old one, or another word, means the format's", () => {
  expect(brightness(own).intensityRange).toBe("image");
  expect(brightness({}).intensityRange).toBe("format");
  expect(brightness({ "papilio.intensityRange": "?" }).intensityRange).toBe("format");
});

Deno.test("a recipe carries the range, and its text brings it back", () => {
  const recipe = plainRecipe(brightness(own));
  expect(recipe.intensityRange).toBe("image");
  expect(recipeText(recipe)).toBe("0.5 nearest range=image");
  expect(recipeOfText(recipeText(recipe))).toEqual(recipe);
  expect(decisionOf(brightness({}))).toEqual({ threshold: 0.5 });
  expect(recipeText(plainRecipe(brightness({})))).toBe("0.5 nearest");
});

for (const name of ["a.png", "a.tif"]) {
  for (const tiles of [undefined, { scale: 1, overlap: 0.25 }]) {
    Deno.test(`${name} of 12 bits ${tiles ? "in tiles" : "squeezed"}: masks and pictures are by the whole photo's range`, () =>
      inFolder(async (folder) => {
        const [photos, out] = [join(folder, "photos"), join(folder, "out")];
        await Deno.mkdir(photos);
        await writePhoto(join(photos, name));
        const list = (await photosAt(photos)).photos;
        const wanted = { out, overlays: true, cutouts: true, tiles };
        await exportMasks(brightness({}), list, wanted);
        expect(Math.max(...(await readPng(join(out, "a", "a_pred.png"))).data)).toBe(0);
        expect(Math.max(...await coloursOf(join(out, "a", "a_cutout.png")))).toBe(3900 >> 8);
        await exportMasks(brightness(own), list, wanted);
        // By the range of a tile, the middle would be the brightest of its own.
        expect([...(await readPng(join(out, "a", "a_pred.png"))).data]).toEqual(isRight);
        const cutout = await coloursOf(join(out, "a", "a_cutout.png"));
        expect([...new Set(cutout)]).toEqual([0, 81, 255]);
        const overlay = await sharp(join(out, "a", "a_overlay.jpg")).stats();
        expect(overlay.channels[2]?.mean).toBeGreaterThan(80);
      }));
  }
}

async function coloursOf(path: string): Promise<number[]> {
  return [...(await readPng(path)).data].filter((_, i) => i % 4 !== 3);
}

Deno.test("an explanation sees and draws the stretched photo", () =>
  inFolder(async (folder) => {
    const imagePath = join(folder, "a.png");
    await writePhoto(imagePath);
    const item = {
      id: "a",
      imagePath,
      maskPaths: [],
      maskEncoding: { kind: "threshold" },
    } as const;
    const brightestOf = async (metadata: Record<string, string>) => {
      const explanation = await explainCase({ predictor: brightness(metadata) }, item);
      const [panel] = await explanationPanels(explanation, 48);
      return [Math.max(...explanation.map.data), panel!.image.data[3 * 24]];
    };
    expect(await brightestOf(own)).toEqual([1, 81]);
    expect((await brightestOf({}))[1]).toBe(1300 >> 8);
  }));

Deno.test("a network of grey images has intensities measured, one of RGB colours", () =>
  inFolder(async (folder) => {
    const [photos, out] = [join(folder, "photos"), join(folder, "out")];
    await Deno.mkdir(photos);
    await writePhoto(join(photos, "a.png"));
    const predictor = brightness(own);
    await exportMasks(predictor, (await photosAt(photos)).photos, { out });
    const header = async (inputChannels?: number) => {
      const chosen = inputChannels === undefined ? {} : { inputChannels };
      await writeAnnotationFiles(out, { formats: ["objects"], ...chosen });
      return (await Deno.readTextFile(join(out, "objects.csv"))).split("\n");
    };
    const [columns = "", row = ""] = await header(predictor.inputChannels);
    expect(columns).toMatch(/solidity,mean_intensity$/);
    expect(Number(row.split(",").at(-1))).toBe(3900); // As it is in the file, so that photos compare.
    expect((await header())[0]).toMatch(/solidity,mean_red,mean_green,mean_blue$/);
  }));

Deno.test("cut-outs are transparent where the photo is, unless its fourth channel is the network's own", () =>
  inFolder(async (folder) => {
    const [photos, out] = [join(folder, "photos"), join(folder, "out")];
    await Deno.mkdir(photos);
    // White everywhere, also below what is transparent: more and more opaque to the right.
    const data = Uint8Array.from(
      { length: 8 * 8 * 4 },
      (_, i) => i % 4 < 3 ? 255 : 30 * (Math.floor(i / 4) % 8),
    );
    const raw = { width: 8, height: 8, channels: 4 } as const;
    await sharp(data, { raw }).png().toFile(join(photos, "a.png"));
    await exportMasks(brightness({}), (await photosAt(photos)).photos, { out, cutouts: true });
    expect(Math.min(...(await readPng(join(out, "a", "a_pred.png"))).data)).toBe(255);
    const cutout = await readPng(join(out, "a", "a_cutout.png"));
    expect([...cutout.data]).toEqual([...data]);
  }));
