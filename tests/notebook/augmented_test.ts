import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { resolveConfig } from "papilio/core/config.ts";
import type { Case } from "papilio/data/case.ts";
import { augmentedDraws } from "papilio/notebook/augmented.ts";
import { renderMisfits } from "papilio/notebook/misfits.ts";
import { inFolder, writePng } from "../data/_files.ts";

/** A square in the upper left quarter, and its mask. */
async function writeCase(folder: string, id: string): Promise<Case> {
  const square = Array.from({ length: 32 * 32 }, (_, i) => i % 32 < 16 && i < 512 ? 255 : 0);
  const pixels = square.flatMap((value) => [value, value, value]);
  return {
    id,
    imagePath: await writePng(join(folder, `${id}.png`), 32, pixels, 3),
    maskPaths: [await writePng(join(folder, `${id}_mask.png`), 32, square)],
    maskEncoding: { kind: "threshold" },
  };
}

Deno.test("each epoch's draw comes as image and mask that fit each other, the same ones each time", () =>
  inFolder(async (folder) => {
    const flips = { rotationDegrees: 0, scale: 0, shift: 0, flipVertical: 0.5 };
    const colours = { brightness: 0, contrast: 0, saturation: 0, hueDegrees: 0 };
    const { augment } = resolveConfig("butterfly", {
      augment: { enabled: true, ...flips, ...colours },
    });
    const options = { sidePx: 32, augment, seed: 42, count: 8 };
    const item = await writeCase(folder, "a");
    const draws = await augmentedDraws(item, options);
    expect(draws.length).toBe(8);
    for (const { image, mask } of draws) {
      expect([...image.data].filter((_, i) => i % 3 === 0)).toEqual(
        [...mask.data].map((v) => 255 * v),
      );
    }
    expect(new Set(draws.map(({ mask }) => mask.data.join(""))).size).toBeGreaterThan(2);
    expect(await augmentedDraws(item, options)).toEqual(draws);
  }));

Deno.test("misfits are shown in the order of what a shift would gain, as many as asked", () =>
  inFolder(async (folder) => {
    const cases = [await writeCase(folder, "a"), await writeCase(folder, "b")];
    const rows = [{ id: "a", gain: 1.1 }, { id: "b", gain: 2.5 }].map((row) => ({
      ...{ best: { dx: 2, dy: 0 }, scale: 2, scoreInPlace: 1 },
      ...row,
    }));
    const one = await renderMisfits(cases, rows, { count: 1, panelPx: 32 });
    const first = await renderMisfits(cases.slice(1), rows.slice(1), { panelPx: 32 });
    expect(one).toEqual(first);
    const { data, info } = await sharp(one).removeAlpha().raw().toBuffer({
      resolveWithObject: true,
    });
    const at = (
      x: number,
      y: number,
    ) => [...data.subarray(((12 + y) * info.width + 12 + x) * 3).subarray(0, 3)];
    expect(at(16, 8)).toEqual([255, 140, 0]); // The border as it is.
    expect(at(20, 8)).toEqual([0, 160, 255]); // The border moved by 4.
    const both = await sharp(await renderMisfits(cases, rows, { panelPx: 32 })).metadata();
    expect(both.width).toBe(12 + 2 * (32 + 12));
  }));
