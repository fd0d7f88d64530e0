import { expect } from "expect";
import fc from "fast-check";
import { Random } from "papilio/core/random.ts";
import { alignment, edgeProfile, shiftMask } from "papilio/data/alignment.ts";
import type { BinaryMask, RgbImage } from "papilio/data/case.ts";

const [widthPx, heightPx] = [8, 6];
const size = { widthPx, heightPx };

/** 1 from column `from` on. */
function rightOf(from: number): BinaryMask {
  const data = Uint8Array.from({ length: 48 }, (_, i) => i % widthPx >= from ? 1 : 0);
  return { ...size, data };
}

/** Black, and 80 where the mask is 1. */
function pictureOf(mask: BinaryMask): RgbImage {
  const data = Uint8Array.from(
    { length: 3 * mask.data.length },
    (_, i) => 80 * mask.data[Math.floor(i / 3)]!,
  );
  return { ...mask, data };
}

/** A disc and a bar on a noisy ground, with their mask. */
function scene(sidePx: number, seed: number): { image: RgbImage; mask: BinaryMask } {
  const random = Random.from(seed, "scene");
  const data = Uint8Array.from({ length: sidePx ** 2 }, (_, i) => {
    const [x, y] = [i % sidePx - sidePx / 2, Math.floor(i / sidePx) - sidePx / 2];
    return Math.hypot(x, y) < sidePx / 6 || (Math.abs(x) < 3 && y > 0 && y < sidePx / 3) ? 1 : 0;
  });
  const pixels = Uint8Array.from(
    { length: 3 * sidePx ** 2 },
    (_, i) => 60 + 100 * data[Math.floor(i / 3)]! + random.integer(-30, 30),
  );
  const shape = { widthPx: sidePx, heightPx: sidePx };
  return { image: { ...shape, data: pixels }, mask: { ...shape, data } };
}

Deno.test("scores by hand: a step under a straight border", () => {
  // Columns 3 and 4 have a gradient of 40, the four others inside none: the mean is 40 / 3.
  const found = alignment(pictureOf(rightOf(4)), rightOf(4), { radiusPx: 2 });
  const row = [0, 1.5, 3, 1.5, 0];
  for (const scores of found.scores) {
    scores.forEach((score, i) => expect(score).toBeCloseTo(row[i]!, 5));
  }
  expect(found.best).toEqual({ dx: 0, dy: 0 }); // All dy score alike: the shortest move.
  expect(found.bestScore).toBeCloseTo(3, 5);
});

Deno.test("scores by hand: a level border, whose ends at the image's edge do not count", () => {
  const data = Uint8Array.from({ length: 48 }, (_, i) => i >= 24 ? 1 : 0);
  const { scores } = alignment(pictureOf({ ...size, data }), { ...size, data }, { radiusPx: 1 });
  // Rows 2 and 3 of the four rows inside have a gradient of 40: the mean is 20.
  [1, 2, 1].forEach((value, y) => {
    for (const score of scores[y]!) expect(score).toBeCloseTo(value, 5);
  });
});

Deno.test("the best shift is the way back of a mask that was moved", () => {
  const shifts = fc.integer({ min: -6, max: 6 });
  const { image, mask } = scene(64, 1);
  fc.assert(
    fc.property(shifts, shifts, (dx, dy) => {
      const { best, bestScore, scoreInPlace } = alignment(image, shiftMask(mask, { dx, dy }), {
        radiusPx: 6,
      });
      expect([best.dx + dx, best.dy + dy]).toEqual([0, 0]);
      if (dx !== 0 || dy !== 0) expect(bestScore).toBeGreaterThan(1.1 * scoreInPlace);
    }),
    { seed: 42, numRuns: 40 },
  );
});

Deno.test("a mask that is too large fits along a line inside its border", () => {
  const image = pictureOf(rightOf(5));
  const { scoreInPlace } = alignment(image, rightOf(3), { radiusPx: 1 });
  expect(scoreInPlace).toBeCloseTo(0, 5);
  const inside = alignment(image, rightOf(3), { radiusPx: 1, offsetPx: -2 });
  expect(inside.scoreInPlace).toBeCloseTo(3, 5);
  expect(inside.best).toEqual({ dx: 0, dy: 0 });
});

Deno.test("the profile has its maximum where the image's edge runs", () => {
  const profile = edgeProfile(pictureOf(rightOf(5)), rightOf(3), 4);
  // Distances −4 … 4; the columns 3 − d and 2 − d straddle the line at distance d.
  [0, 1.5, 3, 1.5, 0, 0, 0].forEach((value, i) => expect(profile[i]).toBeCloseTo(value, 5));
  expect(profile.slice(7)).toEqual([NaN, NaN]); // Column 0 has no gradient; beyond is no pixel.
});

Deno.test("a mask is moved as a whole; what comes in is background", () => {
  const mask = { data: Uint8Array.of(1, 0, 1, 1, 1, 0), widthPx: 3, heightPx: 2 };
  const moved = (dx: number, dy: number) => [...shiftMask(mask, { dx, dy }).data].join("");
  expect(moved(0, 0)).toBe("101110");
  expect(moved(1, 0)).toBe("010011");
  expect(moved(-1, 0)).toBe("010100");
  expect(moved(0, 1)).toBe("000101");
  expect(moved(-2, -1)).toBe("000000");
  expect(moved(1, -1)).toBe("011000");
  expect(moved(3, 0) + moved(0, -2) + moved(-9, 9)).toBe("0".repeat(18));
});

Deno.test("an image without edges scores 0 everywhere; a mask without a border is refused", () => {
  const flat = { ...size, data: new Uint8Array(144).fill(9) };
  const { best, bestScore } = alignment(flat, rightOf(4), { radiusPx: 1 });
  expect([best.dx, best.dy, bestScore]).toEqual([0, 0, 0]);
  expect(() => alignment(flat, rightOf(0))).toThrow(
    "Cannot compare a mask's border with its image's edges: expected a mask of 8×6 pixels, as its image, " +
      "with foreground and background, got a mask that is all one class.",
  );
  expect(() => edgeProfile(flat, { data: Uint8Array.of(0, 1), widthPx: 2, heightPx: 1 })).toThrow(
    "got 2×1.",
  );
});
