import { expect } from "expect";
import { classLegend } from "papilio/report/class_overlay.ts";
import type { Raster } from "papilio/report/raster.ts";
import { withLegend } from "papilio/report/legend_strip.ts";

const black = (widthPx: number, heightPx: number) => ({
  data: new Uint8Array(widthPx * heightPx * 3),
  widthPx,
  heightPx,
});
const entries = [{ label: "wings", colour: "#56b4e9" }, { label: "body", colour: "#e69f00" }];

/** A row of pixels, as one text for each. */
const rowOf = ({ data, widthPx }: Raster, y: number) =>
  Array.from({ length: widthPx }, (_, x) => data.subarray(3 * (y * widthPx + x)).subarray(0, 3))
    .map((pixel) => pixel.join());

/** Whether the picture is as it was, at the upper left. */
function isUntouched(drawn: Raster, picture: Raster): boolean {
  return Array.from({ length: picture.heightPx }, (_, y) => y).every((y) =>
    rowOf(drawn, y).slice(0, picture.widthPx).join() === rowOf(picture, y).join()
  );
}

Deno.test("a legend lies below the picture, with a square of each colour", async () => {
  const picture = black(400, 300);
  const drawn = await withLegend(picture, entries);
  expect([drawn.widthPx, drawn.heightPx, drawn.data.length]).toEqual([400, 330, 396000]);
  expect(isUntouched(drawn, picture)).toBe(true);
  const colours = new Set(rowOf(drawn, 300 + 14));
  expect([...colours]).toEqual(expect.arrayContaining(["86,180,233", "230,159,0"]));
  expect(new Set(rowOf(drawn, 301))).toEqual(new Set(["255,255,255"]));
});

Deno.test("a legend grows with its picture, and has as many lines as it needs", async () => {
  const large = black(2800, 2000);
  const drawn = await withLegend(large, entries);
  expect([drawn.widthPx, drawn.heightPx]).toEqual([2800, 2120]);
  expect(isUntouched(drawn, large)).toBe(true);
  const narrow = await withLegend(black(100, 60), entries);
  expect([narrow.widthPx, narrow.heightPx]).toEqual([100, 60 + 2 * 22 + 8]);
  const empty = black(400, 300);
  expect(await withLegend(empty, [])).toBe(empty);
});

Deno.test("a picture without room for an entry gets white beside it; no entry is left out", async () => {
  const entry = [{ label: "wing", colour: "#56b4e9" }];
  for (const [widthPx, heightPx] of [[8, 6], [40, 4000], [4000, 10]] as const) {
    const picture = black(widthPx, heightPx);
    const drawn = await withLegend(picture, entry);
    expect(isUntouched(drawn, picture)).toBe(true);
    expect(drawn.data.length).toBe(3 * drawn.widthPx * drawn.heightPx);
    expect(drawn.widthPx).toBe(Math.max(widthPx, 63));
    const strip = drawn.data.subarray(3 * drawn.widthPx * heightPx).toHex();
    expect(strip).toContain("56b4e956b4e956b4e9");
    if (widthPx < 63) expect(rowOf(drawn, 0).at(-1)).toBe("255,255,255");
  }
  // Sizes that are rounded when the legend is drawn.
  for (let widthPx = 1431; widthPx <= 1439; widthPx++) {
    const drawn = await withLegend(black(widthPx, 50), entry);
    expect([drawn.widthPx, drawn.data.length]).toEqual([widthPx, 3 * widthPx * drawn.heightPx]);
  }
});

Deno.test("the legend of masks names the classes in them, and what is ignored", () => {
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
  expect(labels(mask(0, 2), mask(1, 255))).toEqual(["wings", "body", "ignored"]);
});
