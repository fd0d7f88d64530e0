import { expect } from "expect";
import fc from "fast-check";
import { PapilioError } from "papilio/core/errors.ts";
import { errorCapture, errorRocArea } from "papilio/metrics/error_capture.ts";

const ten = Float32Array.of(0.9, 0.1, 0.8, 0.2, 0.7, 0.2, 0.6, 0.2, 0.5, 0.2);
/** The most uncertain, the third, and one of the four at 0.2. */
const wrong = Uint8Array.of(1, 0, 0, 0, 1, 1, 0, 0, 0, 0);

Deno.test("the wrong ones among the most uncertain, on paper", () => {
  const found = (share: number) => errorCapture(ten, wrong, { share });
  expect([0, 0.1, 0.2, 0.3, 0.5, 1].map(found)).toEqual([0, 1 / 3, 1 / 3, 2 / 3, 2 / 3, 1]);
  // Seven of ten: two of the four at 0.2, one of which is wrong.
  expect(found(0.7)).toBeCloseTo((2 + 0.5) / 3, 12);
  // A share that is no whole number of pixels takes a part of the last.
  expect(found(0.05)).toBeCloseTo(0.5 / 3, 12);
});

Deno.test("the area under the curve, on paper", () => {
  // Right: 0.1, 0.8, 0.2 × 3, 0.6, 0.5. Of 3 · 7 pairs: 7 + 6 + (1 + 3/2).
  expect(errorRocArea(ten, wrong)).toBeCloseTo(15.5 / 21, 12);
});

Deno.test("pixels that are all alike tell nothing", () => {
  const same = new Float32Array(10).fill(0.3);
  expect(errorCapture(same, wrong, { share: 0.2 })).toBeCloseTo(0.2, 12);
  expect(errorRocArea(same, wrong)).toBe(0.5);
});

Deno.test("without an error there is nothing to find", () => {
  expect(errorCapture(ten, new Uint8Array(10))).toBeNaN();
  expect(errorRocArea(ten, new Uint8Array(10))).toBeNaN();
});

const pixels = fc.array(fc.record({ value: fc.integer({ min: 0, max: 6 }), wrong: fc.boolean() }), {
  minLength: 1,
  maxLength: 40,
});

Deno.test("the area is the average over all pairs; what is found shares the room among equals", () => {
  fc.assert(
    fc.property(pixels, fc.double({ min: 0, max: 1, noNaN: true }), (items, share) => {
      const values = Float32Array.from(items, ({ value }) => value);
      const errors = Uint8Array.from(items, (item) => item.wrong ? 1 : 0);
      const [bad, good] = [items.filter((i) => i.wrong), items.filter((i) => !i.wrong)];
      fc.pre(bad.length > 0 && good.length > 0);
      const scores = bad.flatMap((b) => good.map((g) => (1 + Math.sign(b.value - g.value)) / 2));
      const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
      expect(errorRocArea(values, errors)).toBeCloseTo(mean, 12);

      // Each pixel is looked at to a part: the room that those above leave, shared among its equals.
      const lookedAt = share * items.length;
      const part = ({ value }: { value: number }) => {
        const above = items.filter((item) => item.value > value).length;
        const equal = items.filter((item) => item.value === value).length;
        return Math.min(1, Math.max(0, (lookedAt - above) / equal));
      };
      const found = bad.reduce((sum, item) => sum + part(item), 0) / bad.length;
      expect(errorCapture(values, errors, { share })).toBeCloseTo(found, 9);
    }),
    { seed: 1 },
  );
});

Deno.test("what does not fit together is refused", () => {
  expect(() => errorCapture(ten, new Uint8Array(9))).toThrow(PapilioError);
  expect(() => errorRocArea(ten, new Uint8Array(9))).toThrow("got 9");
  expect(() => errorCapture(ten, wrong, { share: 5 })).toThrow("from 0 to 1, got 5");
});
