import { expect } from "expect";
import sharp from "sharp";
import { renderGrid } from "papilio/report/grid.ts";
import { scalarRaster } from "papilio/report/scalar_raster.ts";

const panels = [{ image: scalarRaster([0, 0.5, 1, 0.25]), label: "map" }];
const options = { panelPx: 300 };
const colourBar = { title: "probability", domain: [0, 1] } as const;

Deno.test("a colour bar has the colours of the maps, below all pictures", async () => {
  const without = await sharp(await renderGrid(panels, options)).metadata();
  const png = await renderGrid(panels, { ...options, colourBar });
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect(info.width).toBe(without.width);
  expect(info.height - without.height).toBe(42);

  // 200 pixels in the middle of a sheet of 324.
  const y = without.height + 13 + 8 + 5;
  const at = (
    x: number,
  ) => [...data.subarray((y * info.width + x) * 3, (y * info.width + x) * 3 + 3)];
  const shares = [0, 0.25, 0.5, 0.75, 1];
  const onBar = shares.map((share) => at(62 + Math.min(199, share * 200)));
  const inMaps = shares.map((share) => [
    ...scalarRaster([share], { domain: [0, 1] }).data,
  ]);
  for (const [i, colour] of onBar.entries()) {
    const difference = colour.map((value, channel) => Math.abs(value - inMaps[i]![channel]!));
    expect(Math.max(...difference)).toBeLessThan(6);
  }
  expect([at(60), at(264)]).toEqual([[255, 255, 255], [255, 255, 255]]);
});
