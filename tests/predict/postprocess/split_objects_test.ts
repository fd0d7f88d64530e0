import { expect } from "expect";
import fc from "fast-check";
import type { BinaryMask } from "papilio/data/case.ts";
import { depths } from "papilio/data/distances.ts";
import { labelParts } from "papilio/data/labels.ts";
import { depthMarkers } from "papilio/predict/postprocess/depth_markers.ts";
import { splitObjects, sureMarkers } from "papilio/predict/postprocess/split_objects.ts";
import { labelsOf, maskOf } from "./_pictures.ts";

/** Discs of a radius, side by side. */
function discs(radiusPx: number, ...middles: number[]): BinaryMask {
  const [widthPx, heightPx] = [Math.max(...middles) + radiusPx + 2, 2 * radiusPx + 3];
  const data = Uint8Array.from({ length: widthPx * heightPx }, (_, i) => {
    const [x, y] = [i % widthPx, Math.floor(i / widthPx) - radiusPx - 1];
    return middles.some((middle) => Math.hypot(x - middle, y) <= radiusPx) ? 1 : 0;
  });
  return { data, widthPx, heightPx };
}

/** Looks at every way down: the prominence of each pixel that no neighbour tops. */
function peaksByFlooding(heights: Float32Array, mask: BinaryMask, px: number): number {
  const levels = [...new Set(heights)].sort((a, b) => b - a);
  let peaks = 0;
  for (let peak = 0; peak < heights.length; peak++) {
    if (mask.data[peak] === 0) continue;
    const top = heights[peak]!;
    const isHigher = (i: number) => heights[i]! > top || (heights[i] === top && i < peak);
    const saddle = levels.find((level) => {
      const parts = labelParts({
        ...mask,
        data: mask.data.map((m, i) => m && heights[i]! >= level ? 1 : 0),
      });
      return parts.data[peak] !== 0 &&
        parts.data.some((part, i) => part === parts.data[peak] && isHigher(i));
    });
    if (saddle === undefined || (saddle < top && top - saddle >= px)) peaks++;
  }
  return peaks;
}

Deno.test("two discs that overlap are two objects, of the same size; one disc stays whole", () => {
  const { data, count } = splitObjects(discs(12, 13, 32), { share: 0.15 });
  expect(count).toBe(2);
  const areas = [1, 2].map((label) => data.filter((value) => value === label).length);
  expect(Math.abs(areas[0]! - areas[1]!)).toBeLessThan(0.05 * areas[0]!);
  expect(splitObjects(discs(12, 13), { share: 0.15 }).count).toBe(1);
});

Deno.test("the share says how narrow a neck must be, at any size", () => {
  for (const radiusPx of [10, 20, 40]) {
    // Half the neck: √(1 − 0.8²) = 0.6 of the radius; so the discs stand out by 0.4.
    const mask = discs(radiusPx, radiusPx + 1, radiusPx + 1 + 1.6 * radiusPx);
    expect(splitObjects(mask, { share: 0.3 }).count).toBe(2);
    expect(splitObjects(mask, { share: 0.5 }).count).toBe(1);
  }
});

Deno.test("peaks are those whose way down to a higher one is long enough", () => {
  const heights = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 30, maxLength: 30 });
  fc.assert(
    fc.property(heights, fc.constantFrom(1, 2, 3), (values, px) => {
      const data = Float32Array.from(values);
      const mask = { data: Uint8Array.from(values, (v) => v > 0 ? 1 : 0), widthPx: 6, heightPx: 5 };
      expect(depthMarkers(data, { mask, px }).count).toBe(peaksByFlooding(data, mask, px));
    }),
    { seed: 42, numRuns: 200 },
  );
});

Deno.test("every part keeps a marker, however small; markers come row by row", () => {
  const mask = maskOf("#....###", "........", ".##.....");
  const markers = depthMarkers(depths(mask), { mask, share: 0.15 });
  expect(markers.count).toBe(3);
  expect([...markers.data].filter((label) => label !== 0)).toEqual([1, 2, 3]);
  expect(splitObjects(maskOf("###", "###"), { share: 0.15 }).data.every((label) => label === 1))
    .toBe(true);
  expect(splitObjects(maskOf("..."), { share: 0.15 }).count).toBe(0);
});

Deno.test("large masks are split at a reduced size, along nearly the same lines, and lose no pixel", () => {
  const mask = discs(40, 41, 105, 169);
  mask.data[3] = 1; // A speck that the reduced mask does not show.
  const whole = splitObjects(mask, { share: 0.15 });
  const reduced = splitObjects(mask, { share: 0.15, pixels: mask.data.length / 9 });
  expect([whole.count, reduced.count]).toEqual([4, 4]);
  expect(reduced.data.every((label, i) => (label === 0) === (mask.data[i] === 0))).toBe(true);
  const inDiscs = (labels: Int32Array) => [41, 105, 169].map((x) => labels[41 * mask.widthPx + x]!);
  expect(new Set(inDiscs(reduced.data)).size).toBe(3);
  const areas = (labels: Int32Array) =>
    inDiscs(labels).map((label) => labels.filter((value) => value === label).length);
  areas(reduced.data).forEach((area, i) => {
    expect(Math.abs(area / areas(whole.data)[i]! - 1)).toBeLessThan(0.03);
  });
});

Deno.test("given markers: parts without one become objects of their own", () => {
  const markers = sureMarkers(Float32Array.of(0.9, 0.6, 0.6, 0.9, 0, 0.6), {
    widthPx: 6,
    heightPx: 1,
    threshold: 0.8,
  });
  expect(markers).toEqual(labelsOf("1..2.."));
  const { data, count } = splitObjects(maskOf("####.#"), { markers });
  expect([[...data], count]).toEqual([[1, 1, 1, 2, 0, 3], 3]);
});
