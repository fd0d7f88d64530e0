import { expect } from "expect";
import { renderEnlargedOverlay } from "papilio/notebook/enlarged_overlay.ts";
import { overlayColours } from "papilio/report/overlay.ts";

Deno.test("contours of an enlarged part run one pixel to each side of the pixels' edges", () => {
  const image = { data: new Uint8Array(4 * 2 * 3).fill(200), widthPx: 4, heightPx: 2 };
  const mask = { data: Uint8Array.of(0, 1, 1, 1, 0, 1, 1, 1), widthPx: 4, heightPx: 2 };
  const truth = { data: Uint8Array.of(0, 0, 1, 1, 0, 0, 1, 1), widthPx: 4, heightPx: 2 };
  // Columns 1 to 4, of which the last lies outside.
  const box = { leftPx: 1, topPx: 0, widthPx: 4, heightPx: 1 };
  const { data, widthPx, heightPx } = renderEnlargedOverlay(image, mask, { box, zoom: 8, truth });
  expect([widthPx, heightPx]).toEqual([32, 8]);
  const at = (x: number) => [...data.subarray(3 * (3 * 32 + x), 3 * (3 * 32 + x) + 3)];
  const tinted = [150, 190, 214]; // A quarter of (0, 160, 255) over 200.
  const [orange, blue] = [[...overlayColours.truth], [...overlayColours.prediction]];
  expect([6, 7, 8, 9].map(at)).toEqual([tinted, orange, orange, tinted]);
  // Where both end, dashes of four pixels alternate.
  expect([blue, orange]).toContainEqual(at(23));
  expect(at(22)).toEqual(tinted);
  expect(at(30)).toEqual([255, 255, 255]);
});
