import { expect } from "expect";
import { classLegend } from "papilio/report/class_overlay.ts";
import type { Raster } from "papilio/report/raster.ts";
import { withLegend } from "papilio/report/legend_box.ts";

const black = (widthPx: number, heightPx: number) => ({
  data: new Uint8Array(widthPx * heightPx * 3),
  widthPx,
  heightPx,
});
const entries = [{ label: "wings", colour: "#56b4e9" }, { label: "body", colour: "#e69f00" }];

/** The box of what is not black any more. */
function drawnBox({ data, widthPx, heightPx }: Raster) {
  const box = { left: widthPx, top: heightPx, right: -1, bottom: -1 };
  for (let i = 0; i < widthPx * heightPx; i++) {
    if (data[3 * i] === 0) continue;
    const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
    box.left = Math.min(box.left, x);
    box.right = Math.max(box.right, x);
    box.top = Math.min(box.top, y);
    box.bottom = Math.max(box.bottom, y);
  }
  return box;
}

Deno.test("a legend lies in the lower left corner, with a square of each colour", async () => {
  const drawn = await withLegend(black(400, 300), entries);
  expect([drawn.widthPx, drawn.heightPx, drawn.data.length]).toEqual([400, 300, 360000]);
  const { left, top, right, bottom } = drawnBox(drawn);
  expect([left, bottom, bottom - top + 1]).toEqual([0, 299, 30]);
  expect(right).toBeLessThan(200);
  const colours = new Set<string>();
  for (let i = 0; i < drawn.data.length; i += 3) {
    colours.add(drawn.data.subarray(i, i + 3).join());
  }
  expect([...colours]).toEqual(expect.arrayContaining(["86,180,233", "230,159,0", "204,204,204"]));
});

Deno.test("a legend grows with its picture, and is left out where it would hide it", async () => {
  const { top, right } = drawnBox(await withLegend(black(2800, 2000), entries));
  expect([2000 - top, right > 400]).toEqual([120, true]);
  const small = black(100, 60);
  expect(await withLegend(small, entries)).toBe(small);
  const empty = black(400, 300);
  expect(await withLegend(empty, [])).toBe(empty);
});

Deno.test("a legend that is higher or wider than its picture is left out", async () => {
  const entry = [{ label: "wing", colour: "#56b4e9" }];
  for (const [widthPx, heightPx] of [[4000, 100], [2000, 60], [100, 4000]] as const) {
    const picture = black(widthPx, heightPx);
    expect(await withLegend(picture, entry)).toBe(picture);
  }
  // About the legend's own width, which is rounded up when it is drawn.
  for (let widthPx = 186; widthPx <= 194; widthPx++) {
    const drawn = await withLegend(black(widthPx, 2100), entry);
    expect([drawn.widthPx, drawn.data.length]).toEqual([widthPx, widthPx * 2100 * 3]);
  }
});

Deno.test("the legend of masks names the classes in them, and what is not judged", () => {
  const classes = [
    { name: "background", colour: "#ffffff" },
    { name: "wings", colour: "#56b4e9" },
    { name: "body", colour: "#e69f00" },
  ];
  const mask = (...data: number[]) => ({
    data: Uint8Array.from(data),
    widthPx: data.length,
    heightPx: 1,
  });
  const labels = (...masks: ReturnType<typeof mask>[]) =>
    classLegend(masks, classes).map(({ label }) => label);
  expect(labels(mask(0, 2))).toEqual(["body"]);
  expect(labels(mask(0, 2), mask(1, 255))).toEqual(["wings", "body", "not judged"]);
});
