import { expect } from "expect";
import fc from "fast-check";
import { IGNORED } from "papilio/core/classes.ts";
import type { ClassMask } from "papilio/data/case.ts";
import { labelParts } from "papilio/data/labels.ts";
import { tallyClassObjects } from "papilio/metrics/class_objects.ts";
import { ignoreAs, withoutIgnored } from "papilio/metrics/ignored.ts";
import { instanceSums, tallyInstances } from "papilio/metrics/instances.ts";
import { maskOfClass } from "papilio/predict/class_mask.ts";

const names = ["background", "wings", "body"];

const mask = (...rows: string[]): ClassMask => ({
  data: Uint8Array.from(rows.join(""), (mark) => mark === "-" ? IGNORED : Number(mark)),
  widthPx: rows[0]?.length ?? 0,
  heightPx: rows.length,
});

Deno.test("objects of classes: those that touch are two if their classes differ, and match their own class", () => {
  const truth = mask("1112220", "1112220");
  const found = mask("1110220", "1110111");
  const [background, wings, body] = tallyClassObjects({ mask: found }, truth, names);
  expect(background).toEqual(instanceSums.none);
  // The second part of wings lies on the body, and on nothing of its own class.
  expect(wings).toMatchObject({ trueObjects: 1, predictedObjects: 2, iouSum: 1 });
  expect(wings?.matches).toEqual(Array(10).fill(1));
  expect(body).toMatchObject({ trueObjects: 1, predictedObjects: 1, iouSum: 0 });
});

Deno.test("objects of classes: what was split stays split, and what is ignored is gone", () => {
  const truth = mask("11-22", "11-22");
  const split = {
    mask: mask("11122", "11122"),
    labels: {
      ...{ data: Int32Array.of(1, 2, 3, 4, 4, 1, 2, 3, 4, 4), count: 4, widthPx: 5, heightPx: 2 },
    },
  };
  const [, wings, body] = tallyClassObjects(split, truth, names);
  expect([wings?.predictedObjects, wings?.matches[0]]).toEqual([2, 0]);
  expect([body?.predictedObjects, body?.iouSum]).toEqual([1, 1]);
  const [, whole] = tallyClassObjects({ mask: split.mask }, truth, names);
  expect([whole?.predictedObjects, whole?.iouSum]).toEqual([1, 1]);
});

const anyClasses = (pixels: number, values: number[]) =>
  fc.array(fc.constantFrom(...values), { minLength: pixels, maxLength: pixels })
    .map((data) => Uint8Array.from(data));

Deno.test("objects of classes: each class's are those of its binary masks", () => {
  const pair = fc.tuple(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }))
    .chain(([widthPx, heightPx]) =>
      fc.tuple(
        anyClasses(widthPx * heightPx, [0, 1, 2]),
        anyClasses(widthPx * heightPx, [0, 1, 1, 2, 2, IGNORED]),
      ).map(([found, truth]) => ({
        found: { data: found, widthPx, heightPx },
        truth: { data: truth, widthPx, heightPx },
      }))
    );
  fc.assert(fc.property(pair, ({ found, truth }) => {
    const tallies = tallyClassObjects({ mask: found }, truth, names);
    for (const number of [1, 2]) {
      const parts = (of: ClassMask) => labelParts(withoutIgnored(maskOfClass(of, number)));
      expect(tallies[number]).toEqual(tallyInstances(parts(ignoreAs(found, truth)), parts(truth)));
    }
  }));
});
