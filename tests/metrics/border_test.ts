import { expect } from "expect";
import fc from "fast-check";
import type { BinaryMask } from "papilio/data/case.ts";
import { sumOf } from "papilio/metrics/averages.ts";
import { borderPixels } from "papilio/metrics/border.ts";
import { borderDistances } from "papilio/metrics/border_distances.ts";
import { boundaryF1, boundarySums, countBoundary, diagonalPx } from "papilio/metrics/boundary.ts";
import { hausdorff, hausdorff95, meanSurfaceDistance } from "papilio/metrics/surface_metrics.ts";
import { anyPair, maskOf } from "./_masks.ts";

Deno.test("a border pixel has background at its side, or at its corner too; the edge is background", () => {
  const corner = maskOf(
    "......",
    ".####.",
    ".####.",
    ".####.",
    ".###..",
    "......",
  );
  const inside = (neighbours: 4 | 8) => {
    const border = new Set(borderPixels(corner, neighbours));
    return [...corner.data.keys()].filter((i) => corner.data[i] === 1 && !border.has(i));
  };
  expect(inside(4)).toEqual([14, 15, 20, 21]);
  expect(inside(8)).toEqual([14, 15, 20]); // 21 touches the missing corner alone.
  expect([...borderPixels(maskOf("###", "###", "###"), 8)]).toEqual([0, 1, 2, 3, 5, 6, 7, 8]);
  expect(borderPixels(maskOf("..", ".."), 4).length).toBe(0);
});

Deno.test("more border pixels than are made room for at first", () => {
  const checks = { data: new Uint8Array(80 * 80), widthPx: 80, heightPx: 80 };
  checks.data.forEach((_, i) => checks.data[i] = (i + Math.floor(i / 80)) % 2);
  expect([...borderPixels(checks, 4)]).toEqual(
    [...checks.data.keys()].filter((i) => checks.data[i] === 1),
  );
});

Deno.test("two squares, one moved by 3 and 4 pixels: their corners are 5 apart", () => {
  const square = (left: number, top: number): BinaryMask => {
    const data = new Uint8Array(100);
    for (const i of data.keys()) {
      const [x, y] = [i % 10 - left, Math.floor(i / 10) - top];
      data[i] = x >= 0 && x < 2 && y >= 0 && y < 2 ? 1 : 0;
    }
    return { data, widthPx: 10, heightPx: 10 };
  };
  const distances = borderDistances(square(1, 1), square(4, 5));
  const directed = [5, Math.sqrt(20), Math.sqrt(18), Math.sqrt(13)];
  expect([...distances.toTruth]).toEqual(directed);
  expect([...distances.toPrediction]).toEqual([...directed].reverse());
  expect(hausdorff(distances)).toBe(5);
  expect(meanSurfaceDistance(distances)).toBeCloseTo(directed.reduce((a, b) => a + b) / 4, 14);
  // Of the 8 sorted distances the 95th percentile lies at index 6.65, between two of 5.
  expect(hausdorff95(distances)).toBe(5);
});

Deno.test("the 95th percentile is of both directions together", () => {
  const toTruth = Float64Array.from({ length: 19 }, () => 0);
  const distances = { toTruth, toPrediction: Float64Array.of(100) };
  // Index 18.05 of 20 values; the larger of both percentiles would be 100.
  expect(hausdorff95(distances)).toBeCloseTo(5, 10);
  expect(hausdorff(distances)).toBe(100);
  expect(meanSurfaceDistance(distances)).toBe(5);
});

Deno.test("without one of the masks no distance is defined; boundary F1 is 0, without both undefined", () => {
  const [empty, full] = [maskOf("....", "...."), maskOf("##..", "##..")];
  for (const [a, b] of [[empty, full], [full, empty], [empty, empty]] as const) {
    const distances = borderDistances(a, b);
    for (const metric of [hausdorff, hausdorff95, meanSurfaceDistance]) {
      expect(metric(distances)).toBeNaN();
    }
  }
  const f1 = (a: BinaryMask, b: BinaryMask) => boundaryF1(countBoundary(a, b, { tolerancePx: 9 }));
  expect([f1(empty, full), f1(full, empty), f1(full, full)]).toEqual([0, 0, 1]);
  expect(f1(empty, empty)).toBeNaN();
  expect(boundaryF1(boundarySums.none)).toBeNaN();
});

Deno.test("boundary counts add up: all border pixels as those of one image", () => {
  const one = countBoundary(maskOf("#..."), maskOf("#..."), { tolerancePx: 0 });
  const other = countBoundary(maskOf("##.."), maskOf("...#"), { tolerancePx: 2 });
  const sum = sumOf([one, other], boundarySums);
  expect(sum).toEqual({ predictedPx: 3, predictedNearPx: 2, truePx: 2, trueNearPx: 2 });
  expect(boundaryF1(sum)).toBeCloseTo(2 * (2 / 3) / (2 / 3 + 1), 15);
});

Deno.test("the tolerance itself is near", () => {
  const [a, b] = [maskOf("#....."), maskOf("..#...")];
  const f1 = (tolerancePx: number) => boundaryF1(countBoundary(a, b, { tolerancePx }));
  expect([f1(1.99), f1(2)]).toEqual([0, 1]);
  expect(diagonalPx({ widthPx: 3000, heightPx: 4000 }, 0.01)).toBe(50);
});

Deno.test("border metrics are symmetric, and perfect for the mask itself", () => {
  fc.assert(fc.property(anyPair, ([a, b]) => {
    fc.pre(a.data.includes(1) && b.data.includes(1));
    for (const metric of [hausdorff, hausdorff95, meanSurfaceDistance]) {
      expect(metric(borderDistances(a, b))).toBeCloseTo(metric(borderDistances(b, a)), 10);
      expect(metric(borderDistances(a, a))).toBe(0);
    }
    const counts = countBoundary(a, b, { tolerancePx: 1 });
    expect(boundaryF1(counts)).toBe(boundaryF1(countBoundary(b, a, { tolerancePx: 1 })));
    expect(boundaryF1(countBoundary(a, a, { tolerancePx: 0 }))).toBe(1);
  }));
});

Deno.test("every distance is that to the nearest of all border pixels", () => {
  fc.assert(fc.property(anyPair, ([a, b]) => {
    const [from, to] = [borderPixels(a, 4), borderPixels(b, 4)];
    const { widthPx } = a;
    const naive = Array.from(from, (i) =>
      Math.min(
        ...Array.from(to, (j) =>
          Math.hypot(i % widthPx - j % widthPx, Math.floor(i / widthPx) - Math.floor(j / widthPx))),
      ));
    const { toTruth } = borderDistances(a, b);
    naive.forEach((distance, k) => expect(toTruth[k]).toBeCloseTo(distance, 12));
    expect(toTruth.length).toBe(naive.length);
  }));
});

Deno.test("five to the side is nearer than four to the side and four down", () => {
  const none = "......";
  const from = maskOf("#.....", none, none, none, none);
  const to = maskOf(".....#", none, none, none, "....#.");
  expect([...borderDistances(from, to).toTruth]).toEqual([5]);
});

Deno.test("masks of other sizes are refused", () => {
  expect(() => borderDistances(maskOf("##"), maskOf("#", "#"))).toThrow(
    "Cannot compare a prediction with the truth: expected 1×2 pixels, the size of the truth, got 2×1 " +
      "pixels. Bring the prediction to the truth's size first, by nearest neighbour.",
  );
});
