import { join } from "@std/path";
import { expect } from "expect";
import { type ClassEntry, parseClasses } from "papilio/core/classes.ts";
import type { Case, ClassMask } from "papilio/data/case.ts";
import { readClassMask } from "papilio/data/class_masks.ts";
import { imageSize } from "papilio/data/decode.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { dice, iou, precision, recall } from "papilio/metrics/counts.ts";
import { type RegionTally, tallyClasses } from "papilio/metrics/mask_tally.ts";
import golden from "../golden/metrics/classes.json" with { type: "json" };

const border = parseClasses("background=2,pet=1,border=3");
const tables: Record<keyof typeof golden, ClassEntry[]> = {
  border,
  // Nothing is 9: the border is of no class, and the third class is only ever found.
  ignored: parseClasses("background=2,pet=1,border=9"),
};

/** The true classes moved by (3, 2) pixels, with the next class in every seventh square of 16 pixels. */
function simulate({ data, widthPx, heightPx }: ClassMask): ClassMask {
  const found = new Uint8Array(data.length);
  for (let y = 0, i = 0; y < heightPx; y++) {
    for (let x = 0; x < widthPx; x++, i++) {
      const moved = data[Math.max(0, y - 2) * widthPx + Math.max(0, x - 3)] as number;
      const isSwapped = (Math.floor(x / 16) + Math.floor(y / 16)) % 7 === 0;
      found[i] = isSwapped ? (moved + 1) % 3 : moved;
    }
  }
  return { data: found, widthPx, heightPx };
}

/** As the golden values: what is not defined is null. */
function valuesOf({ counts, boundary, surface }: RegionTally) {
  const { predictedPx, predictedNearPx, truePx, trueNearPx } = boundary;
  const orNull = (value: number) => Number.isNaN(value) ? null : value;
  return {
    iou: iou(counts),
    dice: dice(counts),
    precision: orNull(precision(counts)),
    recall: orNull(recall(counts)),
    boundary: [[predictedPx, predictedNearPx], [truePx, trueNearPx]],
    hausdorff: orNull(surface.hausdorff),
    hausdorff95: orNull(surface.hausdorff95),
    meanSurfaceDistance: orNull(surface.meanSurfaceDistance),
  };
}

async function petCases(): Promise<Map<string, Case> | undefined> {
  const shared = Deno.env.get("PAPILIO_TEST_SHARED");
  if (!shared) {
    console.log("skipped: classes of pets (PAPILIO_TEST_SHARED is not set)");
    return undefined;
  }
  const { cases } = await readDataSet(join(shared, "data", "pets"), "pets");
  return new Map(cases.map((item) => [item.id, item]));
}

Deno.test("classes of pets agree with NumPy, SciPy and scikit-image", async () => {
  const cases = await petCases();
  if (!cases) return;
  let largest = 0;
  const compare = (actual: unknown, expected: unknown) => {
    if (typeof actual !== "number" || typeof expected !== "number") {
      return expect(actual).toEqual(expected);
    }
    largest = Math.max(largest, Math.abs(actual - expected));
  };
  for (const [name, table] of Object.entries(tables) as [keyof typeof golden, ClassEntry[]][]) {
    for (const { id, confusion, classes } of golden[name]) {
      const item = cases.get(id) as Case;
      const size = await imageSize(item.imagePath);
      const truth = await readClassMask(item, size, table);
      const found = simulate(await readClassMask(item, size, border));
      const names = ["background", "pet", "border"];
      const tally = tallyClasses({ mask: found }, truth, { names });
      expect(tally.confusion).toEqual(confusion);
      tally.classes.map(valuesOf).forEach((values, number) => {
        for (const [metric, value] of Object.entries(values)) {
          compare(value, classes[number]?.[metric as keyof typeof values]);
        }
      });
    }
  }
  console.log(`largest difference: ${largest.toExponential(1)}`);
  expect(largest).toBeLessThan(1e-10);
});
