import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { sweepPostProcessing } from "papilio/predict/postprocess/sweep.ts";
import { sweepCases } from "papilio/predict/postprocess/sweep_cases.ts";
import { halves, inFolder, withPredictor } from "../_fixtures.ts";

Deno.test("cases of a data set: truth and photo at their own size, maps at the network's, each once", () =>
  inFolder((folder) =>
    withPredictor(async (predictor) => {
      const [imagePath, maskPath] = [join(folder, "a.png"), join(folder, "a_mask.png")];
      await halves(100, 60).png().toFile(imagePath);
      const mask = new Uint8Array(6000).map((_, i) => i % 100 >= 50 ? 255 : 0);
      await sharp(mask, { raw: { width: 100, height: 60, channels: 1 } }).png().toFile(maskPath);
      const item = {
        id: "a",
        imagePath,
        maskPaths: [maskPath],
        maskEncoding: { kind: "threshold" } as const,
      };
      for await (const found of sweepCases(predictor, [item])) {
        expect(found.truth.labels).toMatchObject({ widthPx: 100, heightPx: 60, count: 1 });
        expect(await found.image()).toMatchObject({ widthPx: 100, heightPx: 60 });
        expect(await found.image()).toBe(await found.image());
        const map = await found.map(undefined);
        expect(map.data.length).toBe(64 * 64);
        expect([map.data[0], map.data[63]]).toEqual([0, 1]);
        expect(await found.map(undefined)).toBe(map);
        // Brightness is the same in each view.
        expect(Math.abs((await found.map("all")).data[63]! - 1)).toBeLessThan(1e-6);
      }
      const settings = [{ tta: "flips", guidedFilter: 3 } as const];
      const rows = await sweepPostProcessing(sweepCases(predictor, [item]), {
        threshold: 0.5,
        settings,
      });
      for (const row of rows) expect(row.micro.iou).toBeGreaterThan(0.99);
    })
  ));
