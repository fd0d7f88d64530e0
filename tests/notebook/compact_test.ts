import { expect } from "expect";
import sharp from "sharp";
import { compact } from "papilio/notebook/compact.ts";
import { renderGrid } from "papilio/report/grid.ts";
import { renderNetwork } from "papilio/report/network_figure.ts";

const figure = renderNetwork(
  (["encoder", "bottleneck", "decoder"] as const).map((role, i) => ({
    ...{ role, name: role, stride: i === 1 ? 4 : 2, sidePx: 32, channels: 8 },
  })),
  { title: "A small one" },
);

/** What a reader sees of a figure. */
async function seen(figure: Uint8Array) {
  const { data } = await sharp(figure).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const { width, height, density } = await sharp(figure).metadata();
  return { data, size: { width, height, density } };
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length;
}

Deno.test("a drawing is a smaller PNG, as large on the screen, and looks alike", async () => {
  const { type, bytes } = await compact(figure);
  expect(type).toBe("image/png");
  expect(bytes.length).toBeLessThan(0.6 * figure.length);
  const [before, after] = [await seen(figure), await seen(bytes)];
  expect(after.size).toEqual(before.size);
  expect(meanDifference(before.data, after.data)).toBeLessThan(1);
});

Deno.test("what is in few colours already stays as it is", async () => {
  const { bytes } = await compact(figure);
  expect((await compact(bytes)).bytes).toEqual(bytes);
});

/** Each channel a wave of its own, as smooth as a photo, in very many colours. */
function smooth(sidePx: number) {
  const data = Uint8Array.from({ length: 3 * sidePx ** 2 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % sidePx, Math.floor(i / 3 / sidePx)];
    return 128 + 100 * Math.sin((x * (1 + i % 3) + y * (3 - i % 3)) / 40);
  });
  return { data, widthPx: sidePx, heightPx: sidePx };
}

Deno.test("a sheet of photos is a JPEG, as large on the screen, and looks alike", async () => {
  const sheet = await renderGrid([{ image: smooth(200), label: "one" }], {
    panelPx: 200,
    scale: 2,
  });
  const { type, bytes } = await compact(sheet);
  expect(type).toBe("image/jpeg");
  expect(bytes.length).toBeLessThan(0.25 * sheet.length);
  const [before, after] = [await seen(sheet), await seen(bytes)];
  expect(after.size).toEqual(before.size);
  expect(meanDifference(before.data, after.data)).toBeLessThan(3);
});
