import { expect } from "expect";
import sharp from "sharp";
import { compact } from "papilio/notebook/compact.ts";
import { renderNetwork } from "papilio/report/network_figure.ts";

const figure = renderNetwork(
  (["encoder", "bottleneck", "decoder"] as const).map((role, i) => ({
    ...{ role, name: role, stride: i === 1 ? 4 : 2, sidePx: 32, channels: 8 },
  })),
  { title: "A small one" },
);

Deno.test("a figure in few colours is smaller, as large on the screen, and looks alike", async () => {
  const small = await compact(figure);
  expect(small.length).toBeLessThan(0.6 * figure.length);
  const [before, after] = await Promise.all([figure, small].map(async (png) => {
    const { data } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const { width, height, density } = await sharp(png).metadata();
    return { data, size: { width, height, density } };
  }));
  expect(after?.size).toEqual(before?.size);
  const apart = before!.data.reduce((sum, value, i) => sum + Math.abs(value - after!.data[i]!), 0);
  expect(apart / before!.data.length).toBeLessThan(1);
});

Deno.test("what is in few colours already stays as it is", async () => {
  const small = await compact(figure);
  expect(await compact(small)).toEqual(small);
});
