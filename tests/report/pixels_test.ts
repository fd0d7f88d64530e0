import { expect } from "expect";
import { overlayColours } from "papilio/report/overlay.ts";
import {
  renderDifference,
  renderInstances,
  renderLabels,
  renderMask,
} from "papilio/report/mask_pictures.ts";
import { renderPixels } from "papilio/report/pixels.ts";

/** The first channel, in rows. */
function reds({ data, widthPx }: { data: Uint8Array; widthPx: number }): number[][] {
  const values = [...data].filter((_, i) => i % 3 === 0);
  return Array.from(
    { length: values.length / widthPx },
    (_, y) => values.slice(y * widthPx, (y + 1) * widthPx),
  );
}

/** The colours of a row of pixels, as text. */
function colours({ data }: { data: Uint8Array }): string[] {
  return Array.from({ length: data.length / 3 }, (_, i) => data.slice(3 * i, 3 * i + 3).join());
}

const ramp = {
  data: Uint8Array.from({ length: 27 }, (_, i) => Math.floor(i / 3) * 10 + i % 3),
  widthPx: 3,
  heightPx: 3,
};

Deno.test("every pixel of the box becomes a square of itself, in all channels", () => {
  const box = { leftPx: 1, topPx: 1, widthPx: 2, heightPx: 1 };
  const enlarged = renderPixels(ramp, { box, zoom: 2 });
  expect([enlarged.widthPx, enlarged.heightPx]).toEqual([4, 2]);
  expect(reds(enlarged)).toEqual([[40, 40, 50, 50], [40, 40, 50, 50]]);
  expect(colours(enlarged)[0]).toBe("40,41,42");
});

Deno.test("what lies outside the picture is white", () => {
  const box = { leftPx: -1, topPx: 2, widthPx: 2, heightPx: 2 };
  expect(reds(renderPixels(ramp, { box, zoom: 1 }))).toEqual([[255, 60], [255, 255]]);
});

Deno.test("large pixels have a line on their right and lower side, on black and on white", () => {
  const box = { leftPx: 0, topPx: 0, widthPx: 2, heightPx: 1 };
  const picture = { data: Uint8Array.of(0, 0, 0, 255, 255, 255), widthPx: 2, heightPx: 1 };
  const rows = reds(renderPixels(picture, { box, zoom: 3, grid: true }));
  // 35 % of the way to 128.
  expect(rows[0]).toEqual([0, 0, 45, 255, 255, 211]);
  expect(rows[2]).toEqual([45, 45, 45, 211, 211, 211]);
  expect(reds(renderPixels(picture, { box, zoom: 8 }))[0]?.[7]).toBe(45);
  expect(reds(renderPixels(picture, { box, zoom: 7 }))[0]?.[6]).toBe(0);
});

const row = (...data: number[]) => ({
  data: Uint8Array.from(data),
  widthPx: data.length,
  heightPx: 1,
});

Deno.test("masks are black and white, grey ones grey, labels in their colours", () => {
  expect(colours(renderMask(row(0, 1)))).toEqual(["0,0,0", "255,255,255"]);
  expect(colours(renderMask(row(0, 255)))).toEqual(["0,0,0", "180,180,180"]);
  expect(colours(renderMask(row(0, 99, 255), { white: 255 }))).toEqual([
    "0,0,0",
    "99,99,99",
    "255,255,255",
  ]);
  expect(colours(renderLabels(row(2, 0, 5), [[1, 1, 1], [2, 2, 2], [3, 4, 5]]))).toEqual([
    "3,4,5",
    "1,1,1",
    "0,0,0",
  ]);
});

Deno.test("instances differ in colour, and what several claim is white", () => {
  const found = colours(renderInstances([row(1, 1, 0, 0), row(0, 1, 1, 0), row(0, 0, 0, 0)]));
  expect(found[1]).toBe("255,255,255");
  expect(found[3]).toBe("0,0,0");
  expect(new Set(found).size).toBe(4);
  const many = Array.from(
    { length: 300 },
    (_, i) => row(...Array.from({ length: 300 }, (_, x) => x === i ? 1 : 0)),
  );
  const apart = colours(renderInstances(many));
  expect(apart).not.toContain("0,0,0");
  expect(apart).not.toContain("255,255,255");
  for (let i = 1; i < 300; i++) {
    const [a, b] = [apart[i - 1]!, apart[i]!].map((text) => text.split(",").map(Number));
    expect(Math.max(...a!.map((value, c) => Math.abs(value - b![c]!)))).toBeGreaterThan(90);
  }
});

Deno.test("a comparison says which of two masks has a pixel", () => {
  expect(colours(renderDifference(row(0, 1, 0, 1), row(0, 0, 1, 1)))).toEqual([
    "0,0,0",
    overlayColours.prediction.join(),
    overlayColours.truth.join(),
    "255,255,255",
  ]);
});
