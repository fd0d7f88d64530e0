import { expect } from "expect";
import sharp from "sharp";
import { usableCases } from "papilio/data/data_set.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { renderErrorSheet } from "papilio/predict/error_sheet.ts";
import { rgbOf, SKY_BLUE } from "papilio/report/_theme.ts";
import { writeDataSet } from "../evaluation/_fixtures.ts";
import { inFolder, withPredictor } from "./_fixtures.ts";

Deno.test("each case has two pictures, and what is invented is blue where it is", () =>
  inFolder(async (folder) => {
    // Of a photo of 40×20 pixels, columns 20 to 29 are invented.
    await writeDataSet(folder, { a: 30 });
    const cases = usableCases(await readDataSet(folder));
    await withPredictor(async (predictor) => {
      const png = await renderErrorSheet(predictor, cases, { title: "Wrong", panelPx: 80 });
      const { data, info } = await sharp(png).removeAlpha().raw()
        .toBuffer({ resolveWithObject: true });
      expect(info.width).toBe(12 + 2 * (80 + 12));
      const [red, green, blue] = rgbOf(SKY_BLUE);
      const columns: number[] = [];
      const row = 34 + 20; // The middle of the pictures, below the title.
      for (let x = 0; x < info.width; x++) {
        const at = (row * info.width + x) * 3;
        // Nine tenths of the colour over bright grey.
        const near = [red, green, blue].every((value, k) =>
          Math.abs((data[at + k] as number) - 0.9 * value) < 26
        );
        if (near) columns.push(x);
      }
      const left = 12 + 80 + 12;
      expect(columns[0]).toBe(left + 40);
      expect(columns.at(-1)).toBe(left + 59);
      expect(columns.length).toBe(20);
    });
  }));
