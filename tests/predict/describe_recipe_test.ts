import { expect } from "expect";
import { describeRecipe } from "papilio/predict/describe_recipe.ts";
import { plainRecipe } from "papilio/predict/recipe.ts";

Deno.test("a recipe in words", () => {
  const plain = plainRecipe({ threshold: 0.5 });
  expect(describeRecipe(plainRecipe({ threshold: 0.5, classes: ["background", "wings"] }))).toBe(
    "the likeliest class, resized by nearest neighbour",
  );
  expect(describeRecipe({ ...plain, interpolation: "bilinear", tiles: { overlap: 0.25 } })).toBe(
    "threshold 0.5, of probabilities resized bilinearly, in tiles at the scale of training, which " +
      "overlap by 0.25",
  );
  expect(describeRecipe({ ...plain, intensityRange: "image" })).toBe(
    "threshold 0.5, resized by nearest neighbour, photos read over their own range of values",
  );
  const steps = { fillHoles: true, minArea: 20 } as const;
  expect(describeRecipe({ ...plain, tiles: { scale: 0.5, overlap: 0 }, postProcessing: steps }))
    .toBe(
      "threshold 0.5, resized by nearest neighbour, in tiles at 0.5 of the photo's size, which overlap " +
        "by 0, then --fill-holes --min-area 20",
    );
});
