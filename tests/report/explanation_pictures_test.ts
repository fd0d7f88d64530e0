import { expect } from "expect";
import sharp from "sharp";
import { PapilioError } from "papilio/core/errors.ts";
import { errorLegend, renderErrorMap } from "papilio/report/error_map.ts";
import { renderGrid } from "papilio/report/grid.ts";
import { renderHeatOverlay } from "papilio/report/heat_overlay.ts";
import { scalarRaster } from "papilio/report/scalar_raster.ts";

const strip = (values: readonly number[]) => ({
  data: Uint8Array.from(values),
  widthPx: 4,
  heightPx: 1,
});
const pixelsOf = ({ data }: { data: Uint8Array }) =>
  Array.from({ length: data.length / 3 }, (_, i) => [...data.subarray(3 * i, 3 * i + 3)]);
const black = { data: new Uint8Array(12), widthPx: 4, heightPx: 1 };

Deno.test("background, invented, missed and found each have their colour", () => {
  const drawn = renderErrorMap(black, strip([0, 1, 0, 1]), strip([0, 0, 1, 1]));
  // 0.9 of #56B4E9 and of #E69F00, 0.4 of #009E73.
  expect(pixelsOf(drawn)).toEqual([[0, 0, 0], [77, 162, 210], [207, 143, 0], [0, 63, 46]]);
});

Deno.test("the photo below is grey and dim, and is left as it was", () => {
  const data = Uint8Array.of(255, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255);
  const photo = { data, widthPx: 4, heightPx: 1 };
  const drawn = renderErrorMap(photo, strip([0, 0, 1, 1]), strip([0, 0, 0, 1]));
  // 0.45 · 0.2126 · 255, then 0.45 · 255 = 115 below a tenth, and 60 % of it below 0.4 of green.
  expect(pixelsOf(drawn)).toEqual([[24, 24, 24], [115, 115, 115], [89, 174, 221], [69, 132, 115]]);
  expect(photo.data[0]).toBe(255);
});

Deno.test("what the truth ignores is grey in an error map, whatever was found", () => {
  const drawn = renderErrorMap(black, strip([0, 1, 0, 1]), strip([255, 255, 0, 1]));
  // 0.8 of #B4B4B4.
  expect(pixelsOf(drawn)).toEqual([[144, 144, 144], [144, 144, 144], [0, 0, 0], [0, 63, 46]]);
});

Deno.test("errors of a mask of another size are not drawn", () => {
  const wide = { data: new Uint8Array(5), widthPx: 5, heightPx: 1 };
  expect(() => renderErrorMap(black, wide, strip([0, 0, 0, 0]))).toThrow(PapilioError);
  expect(() => renderErrorMap(black, strip([0, 0, 0, 0]), wide)).toThrow(
    "expected the true mask with 4×1 pixels, as the image, got 5×1",
  );
});

const map = { data: Float32Array.of(0, 0.5, 1, NaN), widthPx: 4, heightPx: 1 };

Deno.test("a map alone has the colours of other maps, whatever the photo", () => {
  const white = { ...black, data: new Uint8Array(12).fill(255) };
  const drawn = renderHeatOverlay(white, map, { strength: 1 });
  expect([...drawn.data]).toEqual([...scalarRaster([0, 0.5, 1, NaN]).data]);
});

Deno.test("a map over its photo is a mixture of both, on the given scale", () => {
  const white = { ...black, data: new Uint8Array(12).fill(255) };
  const drawn = renderHeatOverlay(white, map, { domain: [0, 0.5], strength: 0.6 });
  const colours = [...scalarRaster([0, 1, 1, NaN]).data];
  // 0.4 of 255 is 102.
  expect([...drawn.data]).toEqual(colours.map((value) => Math.round(102 + 0.6 * value)));
});

Deno.test("a map of another size than the photo is refused", () => {
  const tall = { data: new Float32Array(4), widthPx: 1, heightPx: 4 };
  expect(() => renderHeatOverlay(black, tall)).toThrow("expected 4×1 values");
});

const panels = [{ image: scalarRaster([0, 1, 1, 0]), label: "" }];

/** The distinct colours of a sheet's lower part. */
async function coloursBelow(png: Uint8Array, topPx: number) {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const colours = new Set<string>();
  for (let i = topPx * info.width * 3; i < data.length; i += 3) {
    colours.add(data.subarray(i, i + 3).join());
  }
  return colours;
}

Deno.test("a legend has its colours below the pictures, in as many lines as it needs", async () => {
  const bare = await sharp(await renderGrid(panels, { panelPx: 600 })).metadata();
  const png = await renderGrid(panels, { panelPx: 600, legend: errorLegend });
  expect((await sharp(png).metadata()).height).toBe(bare.height + 22);
  const colours = await coloursBelow(png, bare.height);
  expect([...colours]).toEqual(expect.arrayContaining(["86,180,233", "230,159,0", "0,158,115"]));
  const same = panels.map((panel) => ({ ...panel, legend: errorLegend.slice(1) }));
  const [first, ...others] = errorLegend;
  const legend = [first!];
  expect(await renderGrid([...same, ...same], { panelPx: 600, legend }))
    .toEqual(
      await renderGrid([...panels, ...panels], { panelPx: 600, legend: [first!, ...others] }),
    );
  const narrow = await sharp(await renderGrid(panels, { panelPx: 200, legend: errorLegend }))
    .metadata();
  const narrowBare = await sharp(await renderGrid(panels, { panelPx: 200 })).metadata();
  expect(narrow.height).toBe(narrowBare.height + 3 * 22);
});

Deno.test("two bars of colours stand side by side", async () => {
  const colourBar = [{ title: "a", domain: [0, 1] }, { title: "b", domain: [0, 0.5] }] as const;
  const png = await renderGrid(panels, { panelPx: 600, colourBar });
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const y = info.height - 42 + 13 + 8 + 5;
  const isWhite = (x: number) =>
    data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)
      .every((value) => value > 250);
  // Each 200 pixels long, in the middle of a half of 624 / 2: from 56 to 256 and from 368 to 568.
  expect([60, 250, 372, 564].map(isWhite)).toEqual([false, false, false, false]);
  expect([262, 362, 574].map(isWhite)).toEqual([true, true, true]);
  const narrow = await sharp(await renderGrid(panels, { panelPx: 300, colourBar })).metadata();
  const bare = await sharp(await renderGrid(panels, { panelPx: 300 })).metadata();
  expect(narrow.height).toBe(bare.height + 2 * 42);
});
