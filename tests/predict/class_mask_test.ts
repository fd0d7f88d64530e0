import { expect } from "expect";
import { fromFileUrl } from "@std/path";
import { readClassMaskFile } from "papilio/data/class_mask_file.ts";
import {
  classesAtSize,
  classNumber,
  foregroundOfClasses,
  maskOfClass,
} from "papilio/predict/class_mask.ts";
import { classesOfLabels, labelClasses } from "papilio/data/class_labels.ts";
import { countOf } from "papilio/predict/explain_target.ts";
import { postProcessMask } from "papilio/predict/postprocess/apply.ts";
import { checkClassSteps, postProcessClasses } from "papilio/predict/postprocess/class_steps.ts";
import type { PostProcessing } from "papilio/predict/postprocess/options.ts";
import { channelOf, forEachRow, probabilitiesAtSize } from "papilio/predict/resize.ts";
import { renderClassOverlay } from "papilio/report/class_overlay.ts";
import golden from "../golden/class_predictions/class_predictions.json" with { type: "json" };

const NAMES = ["background", "cat", "dog"];
const COLOURS = ["#ffffff", "#56b4e9", "#e69f00"];
const classes = NAMES.map((name, i) => ({ name, colour: COLOURS[i]! }));
const digits = (text: string) => Uint8Array.from(text, Number);
const map = {
  data: Float32Array.from(golden.probabilities),
  sidePx: golden.side,
  channels: NAMES.length,
};
const blobs = () => ({ ...golden.blobs, data: digits(golden.blobs.data) });

Deno.test("the likeliest class at another size is NumPy's, by repetition and by interpolation", () => {
  for (const interpolation of ["nearest", "bilinear"] as const) {
    const { data } = classesAtSize(map, golden.size, interpolation);
    expect(data.join("")).toBe(golden[interpolation]);
  }
});

Deno.test("channels resized together are each as resized alone", () => {
  const together: number[][] = [[], [], []];
  forEachRow(map, golden.size, "bilinear", (row, start) => {
    expect(start).toBe(together[0]!.length * NAMES.length);
    row.forEach((value, i) => together[i % NAMES.length]!.push(value));
  });
  NAMES.forEach((_, channel) => {
    const alone: number[] = [];
    forEachRow(channelOf(map, channel), golden.size, "bilinear", (row) => alone.push(...row));
    expect(together[channel]).toEqual(alone);
  });
  const [first] = probabilitiesAtSize(channelOf(map, 1), golden.size);
  expect(first).toBe(Math.round(65535 * Math.fround(0.4)));
});

Deno.test("steps on each class are SciPy's", () => {
  const settings: Record<string, PostProcessing> = {
    minArea: { minArea: 12 },
    largest: { largest: true },
    fillHoles: { fillHoles: true },
    "fillHoles minArea": { minArea: 12, fillHoles: true },
  };
  for (const [name, options] of Object.entries(settings)) {
    const { mask } = postProcessClasses(blobs(), options, NAMES);
    expect([name, mask.data.join("")])
      .toEqual([name, golden.steps[name as keyof typeof golden.steps]]);
  }
});

Deno.test("holes are filled up to an area; a part of another class in one stays", () => {
  // 1 1 1 1
  // 1 0 2 1
  // 1 1 1 1
  const ring = () => ({
    data: Uint8Array.of(1, 1, 1, 1, 1, 0, 2, 1, 1, 1, 1, 1),
    widthPx: 4,
    heightPx: 3,
  });
  const fill = (fillHoles: true | number) =>
    postProcessClasses(ring(), { fillHoles }, NAMES).mask.data.join("");
  expect(fill(true)).toBe("111111211111");
  expect(fill(1)).toBe("111110211111"); // With the other class the hole has two pixels.
});

Deno.test("holes are filled before parts are measured, as in binary masks", async () => {
  // A ring of 16 pixels around a hole of 9.
  const ring = () => ({
    data: Uint8Array.from({ length: 49 }, (_, i) => {
      const [x, y] = [Math.abs(i % 7 - 3), Math.abs(Math.floor(i / 7) - 3)];
      return Math.max(x, y) === 2 ? 1 : 0;
    }),
    widthPx: 7,
    heightPx: 7,
  });
  const options = { fillHoles: true, minArea: 20 } as const;
  const { mask } = await postProcessMask(ring(), options);
  expect(countOf(mask.data)).toBe(25);
  expect(postProcessClasses(ring(), options, NAMES).mask).toEqual(mask);
});

Deno.test("a part of exactly the least area stays, and of equal parts of a class the first", () => {
  const mask = () => ({ data: Uint8Array.of(1, 1, 2, 0, 2, 1, 0, 2), widthPx: 8, heightPx: 1 });
  const done = (options: PostProcessing) =>
    postProcessClasses(mask(), options, NAMES).mask.data.join("");
  expect(done({ minArea: 2 })).toBe("11000000");
  expect(done({ largest: true })).toBe("11200000");
});

Deno.test("split objects are of one class each, numbered on", () => {
  // Two bars of each class, which touch those of the other.
  const mask = {
    data: Uint8Array.of(1, 1, 2, 2, 0, 0, 0, 0, 2, 2, 1, 1),
    widthPx: 4,
    heightPx: 3,
  };
  const { labels } = postProcessClasses(mask, { splitObjects: 0.15 }, NAMES);
  expect(labels?.data.join("")).toBe("113300004422");
  expect([...classesOfLabels(labels!, mask)]).toEqual([1, 1, 2, 2]);
});

Deno.test("steps that move borders are refused, and without a background those that leave it", () => {
  expect(() => checkClassSteps({ tta: "all", smooth: 2, open: 3 }, NAMES)).toThrow(
    "Cannot post-process masks of several classes: expected some of --tta, --fill-holes, --min-area, " +
      "--largest, --split-objects, got --smooth 2 --open 3.",
  );
  expect(() => checkClassSteps({ largest: true }, ["cat", "dog"])).toThrow(
    "expected some of --tta, --split-objects, since no class is named background, got --largest.",
  );
  checkClassSteps(
    { tta: "all", largest: true, fillHoles: 3, minArea: 2, splitObjects: 0.1 },
    NAMES,
  );
  checkClassSteps({ tta: "mirror", splitObjects: 0.1 }, ["cat", "dog"]);
});

Deno.test("parts that touch are two objects if their classes differ; the background may be any number", () => {
  const mask = { data: Uint8Array.of(0, 0, 2, 1, 0), widthPx: 5, heightPx: 1 };
  const names = ["cat", "background", "dog"];
  const labels = labelClasses(mask, names);
  expect([...labels.data]).toEqual([1, 1, 2, 0, 3]);
  expect([...classesOfLabels(labels, mask)]).toEqual([0, 2, 0]);
  expect([...foregroundOfClasses(mask, names).data]).toEqual([1, 1, 1, 0, 1]);
  expect([...maskOfClass({ ...mask, data: Uint8Array.of(0, 255, 2, 1, 0) }, 0).data])
    .toEqual([1, 255, 0, 0, 1]);
});

Deno.test("a class is chosen by its name", () => {
  expect([classNumber(NAMES), classNumber(["cat", "background"]), classNumber(NAMES, "dog")])
    .toEqual([1, 0, 2]);
  expect(() => classNumber(NAMES, "cow")).toThrow(
    'Cannot look at the class cow: expected one of background, cat, dog, got "cow".',
  );
});

Deno.test("an overlay's pixels are NumPy's", () => {
  const { widthPx, heightPx } = golden.blobs;
  const photo = { data: Uint8Array.from(golden.photo), widthPx, heightPx };
  const { data } = renderClassOverlay(photo, blobs(), { classes, contourPx: 2 });
  const shown = Array.from(data, (value, i) => golden.overlay[i] === -1 ? -1 : value);
  expect(shown).toEqual(golden.overlay);
});

Deno.test("a palette PNG by Pillow is read as class numbers", async () => {
  const path = import.meta.resolve("../golden/class_predictions/blobs.png");
  const mask = await readClassMaskFile(fromFileUrl(path), 4);
  expect(mask).toEqual(blobs());
});
