import { expect } from "expect";
import { overlayColours, renderOverlay } from "papilio/report/overlay.ts";

/** A mask from rows of `#` and `.`. */
function mask(...rows: string[]) {
  const data = Uint8Array.from(rows.join(""), (character) => character === "#" ? 1 : 0);
  return { data, widthPx: rows[0]?.length ?? 0, heightPx: rows.length };
}

const black = (widthPx: number, heightPx: number) => ({
  data: new Uint8Array(widthPx * heightPx * 3),
  widthPx,
  heightPx,
});

/** What each pixel shows: `p` contour of the prediction, `t` of the truth, `+` tint, `.` the image. */
function picture({ data, widthPx }: { data: Uint8Array; widthPx: number }): string[] {
  const tint = overlayColours.prediction.map((value) => Math.round(value * 0.25)).join();
  const signs: Record<string, string> = {
    [overlayColours.prediction.join()]: "p",
    [overlayColours.truth.join()]: "t",
    [tint]: "+",
    "0,0,0": ".",
  };
  const pixels = Array.from(
    { length: data.length / 3 },
    (_, i) => signs[data.slice(3 * i, 3 * i + 3).join()] ?? "?",
  ).join("");
  return Array.from(
    { length: pixels.length / widthPx },
    (_, y) => pixels.slice(y * widthPx, (y + 1) * widthPx),
  );
}

Deno.test("the contour is 2 pixels wide, one on each side of the border; the inside is tinted", () => {
  const square = mask("......", "......", "..####", "..####", "..####", "..####");
  expect(picture(renderOverlay(black(6, 6), square))).toEqual([
    "......",
    "..pppp",
    ".ppppp",
    ".pp+++",
    ".pp+++",
    ".pp+++",
  ]);
});

Deno.test("the truth's contour is drawn beside the prediction's; shared parts are dashed", () => {
  const left = mask("####............", "####............");
  const right = mask("########........", "########........");
  const rows = picture(renderOverlay(black(16, 2), left, { truth: right }));
  expect(rows).toEqual(["+++pp..tt.......", "+++pp..tt......."]);
  const both = picture(renderOverlay(black(16, 2), left, { truth: left, contourPx: 8 }));
  expect(both).toEqual(["pppptttt........", "ppptttt" + "p........"]);
});

Deno.test("what the truth ignores is grey, below the contours, and has no border to the background", () => {
  const found = mask("######..........");
  const truth = mask("................");
  truth.data = Uint8Array.of(1, 1, 1, 1, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0);
  const drawn = renderOverlay(black(16, 1), found, { truth });
  const [row = ""] = picture(drawn);
  expect(row).toBe("+++ttpp?........");
  expect([...drawn.data.subarray(21, 24)]).toEqual([144, 144, 144]);
  const [alone = ""] = picture(renderOverlay(black(16, 1), truth));
  expect(alone).toBe("+++pp???........");
});

Deno.test("the image itself is left as it was; large pictures get a wider contour", () => {
  const image = black(4, 1);
  renderOverlay(image, mask("##.."));
  expect([...image.data]).toEqual(Array(12).fill(0));
  const wide = mask("#".repeat(1500) + ".".repeat(1500));
  const [row = ""] = picture(renderOverlay(black(3000, 1), wide));
  expect(row.match(/p+/)?.[0].length).toBe(6);
});

Deno.test("a mask of another size is refused", () => {
  expect(() => renderOverlay(black(4, 2), mask("##"))).toThrow(
    "Cannot draw the mask over the image: expected 4×2 pixels, as the image, got 2×1. " +
      "Bring the mask to the image's size first.",
  );
});
