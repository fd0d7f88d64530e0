import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import { applyPostProcessing, postProcessMask } from "papilio/predict/postprocess/apply.ts";
import {
  areaPx,
  lengthPx,
  needsImage,
  postProcessingSchema,
  postProcessingText,
} from "papilio/predict/postprocess/options.ts";
import { maskOf, rowsOf } from "./_pictures.ts";

const size = { widthPx: 12, heightPx: 5 };
const mask = maskOf(
  "#####.......",
  "#...#.....#.",
  "#...#...###.",
  "#...#....##.",
  "#####.......",
);
const map = { ...size, data: Float32Array.from(mask.data, (value) => value === 1 ? 0.8 : 0.3) };

Deno.test("no step is the plain mask, and no text", async () => {
  const { mask: same, labels } = await applyPostProcessing(map, { size, threshold: 0.5 }, {});
  expect(same).toEqual(mask);
  expect(labels).toBeUndefined();
  expect(postProcessingText({})).toBe("");
});

Deno.test("steps follow their order: holes are filled before areas are compared", async () => {
  const { mask: largest } = await postProcessMask(mask, { largest: true, fillHoles: true });
  expect(rowsOf(largest)[2]).toBe("#####.......");
  // By area alone the ring of 16 pixels stays, of 12 it does not; filled it has 25.
  expect(rowsOf((await postProcessMask(mask, { minArea: 20 })).mask).join("")).not.toContain("#");
  expect(rowsOf((await postProcessMask(mask, { minArea: 20, fillHoles: true })).mask)[2])
    .toBe("#####.......");
  expect((await postProcessMask(mask, { fillHoles: 8 })).mask).toEqual(mask);
});

Deno.test("lengths and areas below 1 are shares of the photo", async () => {
  expect([lengthPx(0.25, size), lengthPx(1, size), lengthPx(7.5, size)]).toEqual([3, 1, 7.5]);
  expect([areaPx(0.5, size), areaPx(1, size)]).toEqual([30, 1]);
  const share = await postProcessMask(mask, { minArea: 10 / 60, open: 1 / 12 });
  expect(share).toEqual(await postProcessMask(mask, { minArea: 10, open: 1 }));
});

Deno.test("split gives labels whose union is the mask", async () => {
  const { mask: done, labels } = await postProcessMask(mask, { splitObjects: 0.15 });
  expect(labels?.count).toBeGreaterThanOrEqual(2);
  expect(Uint8Array.from(labels!.data, (label) => label === 0 ? 0 : 1)).toEqual(done.data);
});

Deno.test("the guided filter needs the photo at its own size", async () => {
  expect([needsImage({ guidedFilter: 4 }), needsImage({ open: 2 })]).toEqual([true, false]);
  const photo = { size, threshold: 0.5 };
  const refused = applyPostProcessing(map, photo, { guidedFilter: 4 });
  await expect(refused).rejects.toThrow(PapilioError);
  const image = { data: new Uint8Array(3), widthPx: 1, heightPx: 1 };
  await expect(applyPostProcessing(map, { ...photo, image }, { guidedFilter: 4 })).rejects
    .toThrow("expected the photo at its own 12×5 pixels, got 1×1");
  const own = {
    ...size,
    data: Uint8Array.from({ length: 180 }, (_, i) => 250 * mask.data[Math.floor(i / 3)]!),
  };
  const refined = await applyPostProcessing(map, { ...photo, image: own }, { guidedFilter: 2 });
  expect(refined.mask).toEqual(mask);
});

Deno.test("a setting has one text, whatever the order it was written in", () => {
  const options = postProcessingSchema.parse({
    splitObjects: 0.15,
    open: 2,
    largest: true,
    tta: "flips",
  });
  expect(postProcessingText(options)).toBe("tta=flips open=2 largest splitObjects=0.15");
  expect(postProcessingText({ fillHoles: 0.01 })).toBe("fillHoles=0.01");
  for (const bad of [{ open: -1 }, { splitObjects: 2 }, { minArea: 0 }, { opening: 2 }]) {
    expect(postProcessingSchema.safeParse(bad).success).toBe(false);
  }
});
