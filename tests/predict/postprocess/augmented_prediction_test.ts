import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import type { RgbImage } from "papilio/data/case.ts";
import { predictAugmented } from "papilio/predict/postprocess/augmented_prediction.ts";
import {
  applySymmetry,
  symmetries,
  type Symmetry,
  undoSymmetry,
} from "papilio/predict/postprocess/symmetries.ts";

function imageOf(sidePx: number, red: (i: number) => number): RgbImage {
  const data = Uint8Array.from(
    { length: 3 * sidePx ** 2 },
    (_, i) => i % 3 ? 7 : red(Math.floor(i / 3)),
  );
  return { data, widthPx: sidePx, heightPx: sidePx };
}

const reds = ({ data }: RgbImage) =>
  Float32Array.from({ length: data.length / 3 }, (_, i) => data[3 * i]!);

const redness = (images: readonly RgbImage[]) =>
  Promise.resolve(images.map((image) => reds(image).map((red) => red / 255)));

const upright = imageOf(2, (i) => i + 1); // 1 2 over 3 4.

Deno.test("symmetries by hand: mirrored first, then turned clockwise", () => {
  const show = (isMirrored: boolean, quarterTurns: Symmetry["quarterTurns"]) =>
    [...reds(applySymmetry(upright, { isMirrored, quarterTurns }))].join("");
  expect([show(false, 0), show(false, 1), show(false, 2), show(false, 3)])
    .toEqual(["1234", "3142", "4321", "2413"]);
  expect([show(true, 0), show(true, 1), show(true, 2), show(true, 3)])
    .toEqual(["2143", "4231", "3412", "1324"]);
});

Deno.test("every symmetry is undone exactly, and `all` are eight different ones", () => {
  const image = imageOf(5, (i) => i * 9);
  const shown = symmetries.all.map((symmetry) => {
    const map = reds(applySymmetry(image, symmetry));
    expect(undoSymmetry(map, 5, symmetry)).toEqual(reds(image));
    return map.join();
  });
  expect(new Set(shown).size).toBe(8);
  expect(symmetries.flips.map((symmetry) => [...reds(applySymmetry(upright, symmetry))].join("")))
    .toEqual(["1234", "2143", "3412", "4321"]);
});

Deno.test("a network that turns with its image gives the same mean, and views that agree", async () => {
  const image = imageOf(6, (i) => (i * 37) % 256);
  for (const name of ["mirror", "flips", "rotations", "all"] as const) {
    const { mean, deviation } = await predictAugmented(redness, image, { symmetries: name });
    mean.forEach((p, i) => expect(p).toBeCloseTo(reds(image)[i]! / 255, 6));
    expect(Math.max(...deviation)).toBeLessThan(1e-7);
  }
});

Deno.test("mean and deviation of views that disagree, by hand", async () => {
  // Sure at the left, whatever it is shown: of four flips, two are sure of each side.
  const left = (images: readonly RgbImage[]) =>
    Promise.resolve(images.map(() => Float32Array.of(0.9, 0.1, 0.9, 0.3)));
  const { mean, deviation } = await predictAugmented(left, upright, { symmetries: "flips" });
  // Pixel 0 is seen as 0.9, 0.1, 0.9 and 0.3.
  expect(mean[0]).toBeCloseTo(0.55, 6);
  expect(deviation[0]).toBeCloseTo(Math.sqrt((2 * 0.35 ** 2 + 0.45 ** 2 + 0.25 ** 2) / 4), 6);
});

Deno.test("views go to the network in batches", async () => {
  const sizes: number[] = [];
  const counting = (images: readonly RgbImage[]) => {
    sizes.push(images.length);
    return redness(images);
  };
  await predictAugmented(counting, upright, { symmetries: "all", batchSize: 3 });
  expect(sizes).toEqual([3, 3, 2]);
  sizes.length = 0;
  await predictAugmented(counting, upright, { symmetries: "mirror", zooms: [1, 0.5] });
  expect(sizes).toEqual([4]);
});

Deno.test("smaller views are brought back in place: what is smooth stays", async () => {
  const sidePx = 32;
  const middle = (sidePx - 1) / 2;
  const hill = imageOf(
    sidePx,
    (i) =>
      Math.round(
        250 * Math.exp(-(((i % sidePx) - middle) ** 2 + (Math.floor(i / sidePx) - 10) ** 2) / 60),
      ),
  );
  for (const zoom of [0.5, 0.75, 0.9]) {
    const { mean } = await predictAugmented(redness, hill, { symmetries: "mirror", zooms: [zoom] });
    const largest = mean.reduce(
      (most, p, i) => Math.max(most, Math.abs(p - reds(hill)[i]! / 255)),
      0,
    );
    expect(largest).toBeLessThan(0.04);
  }
});

Deno.test("no square, and a zoom out of range, are refused", async () => {
  const wide = { ...upright, widthPx: 4, heightPx: 1 };
  await expect(predictAugmented(redness, wide)).rejects.toThrow(PapilioError);
  await expect(predictAugmented(redness, wide)).rejects.toThrow("4×1 pixels");
  await expect(predictAugmented(redness, upright, { zooms: [1.5] })).rejects.toThrow(
    "the zooms [1.5]",
  );
});
