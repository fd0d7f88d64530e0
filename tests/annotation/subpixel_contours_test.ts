import { expect } from "expect";
import fc from "fast-check";
import { areaOf, boundsOf } from "papilio/annotation/polygons.ts";
import { redraw } from "papilio/annotation/rasterize.ts";
import { subpixelContours } from "papilio/annotation/subpixel_contours.ts";
import { labelParts } from "papilio/data/labels.ts";
import { golden, goldenLabels } from "./_golden.ts";
import { anyLabels, labelsOf } from "./_random_labels.ts";

/** A disc whose probability falls by 0.1 a pixel and is 0.5 at its border. */
function disc(sidePx: number, centre: { x: number; y: number; radius: number }) {
  const data = new Float32Array(sidePx * sidePx);
  for (let i = 0; i < data.length; i++) {
    const [x, y] = [i % sidePx + 0.5, Math.floor(i / sidePx) + 0.5];
    const distance = Math.hypot(x - centre.x, y - centre.y) - centre.radius;
    data[i] = Math.min(1, Math.max(0, 0.5 - 0.1 * distance));
  }
  const mask = Uint8Array.from(data, (value) => value >= 0.5 ? 1 : 0);
  const size = { widthPx: sidePx, heightPx: sidePx };
  return { probability: { ...size, data }, labels: labelParts({ ...size, data: mask }) };
}

Deno.test("the border of a disc is where it is, not half a pixel off", () => {
  const { probability, labels } = disc(40, { x: 20.3, y: 18.8, radius: 10.4 });
  const [[polygon] = []] = subpixelContours(labels, probability, { threshold: 0.5 });
  const { outer } = polygon ?? { outer: new Float64Array() };
  for (let i = 0; i < outer.length; i += 2) {
    const radius = Math.hypot(outer[i] as number - 20.3, outer[i + 1] as number - 18.8);
    expect(Math.abs(radius - 10.4)).toBeLessThan(0.02);
  }
  expect(Math.abs(areaOf(polygon ? [polygon] : []) - Math.PI * 10.4 ** 2)).toBeLessThan(1);
});

Deno.test("at the image's edge the border is the edge", () => {
  const { probability, labels } = disc(20, { x: 10, y: 10, radius: 40 });
  const [polygons = []] = subpixelContours(labels, probability, { threshold: 0.5 });
  expect(boundsOf(polygons.map(({ outer }) => outer))).toEqual([0, 0, 20, 20]);
});

Deno.test("integer probabilities do as well", () => {
  const { probability, labels } = disc(40, { x: 20, y: 20, radius: 9.5 });
  const bytes = {
    ...probability,
    data: Uint8Array.from(probability.data, (p) => Math.round(200 * p)),
  };
  const [polygons = []] = subpixelContours(labels, bytes, { threshold: 100 });
  expect(Math.abs(areaOf(polygons) - Math.PI * 9.5 ** 2)).toBeLessThan(1.5);
});

Deno.test("neighbours share their border: 0.9 and 0.6 over a threshold of 0.5 meet at four fifths", () => {
  const labels = labelsOf("112");
  const probability = { data: Float32Array.of(0.9, 0.9, 0.6), widthPx: 3, heightPx: 1 };
  const [left, right] = subpixelContours(labels, probability, { threshold: 0.5 });
  const edge = 1.5 + 0.4 / (0.4 + 0.1);
  expect(boundsOf(left?.map(({ outer }) => outer) ?? [])[2]).toBeCloseTo(edge, 6);
  expect(boundsOf(right?.map(({ outer }) => outer) ?? [])[0]).toBeCloseTo(edge, 6);
});

Deno.test("the border crosses between the same pixels, at the same places, as scikit-image's", () => {
  const { widthPx, heightPx } = goldenLabels;
  const probability = { data: Uint8Array.from(golden.levels), widthPx, heightPx };
  const points = subpixelContours(goldenLabels, probability, { threshold: 139.5 }).flat()
    .flatMap(({ outer, holes }) => [outer, ...holes])
    .flatMap((ring) =>
      Array.from({ length: ring.length / 2 }, (_, i) => [ring[2 * i], ring[2 * i + 1]])
    )
    .filter(([x = 0, y = 0]) => Math.min(x, y, widthPx - x, heightPx - y) >= 0.5)
    .sort(([ax = 0, ay = 0], [bx = 0, by = 0]) => Math.round(1e6 * (ax - bx)) || ay - by);
  expect(points.length).toBe(golden.crossings.length);
  for (const [index, [x, y]] of golden.crossings.entries()) {
    expect(Math.abs((points[index]?.[0] ?? NaN) - x)).toBeLessThan(2e-6);
    expect(Math.abs((points[index]?.[1] ?? NaN) - y)).toBeLessThan(2e-6);
  }
});

Deno.test("drawn again, the objects come back whatever the probabilities", () => {
  const anyImage = anyLabels.chain((labels) =>
    fc.tuple(
      fc.constant(labels),
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
        minLength: labels.data.length,
        maxLength: labels.data.length,
      }),
    )
  );
  fc.assert(fc.property(anyImage, ([labels, values]) => {
    const { widthPx, heightPx } = labels;
    const probability = { data: Float32Array.from(values), widthPx, heightPx };
    const objects = subpixelContours(labels, probability, { threshold: 0.5 })
      .map((polygons) => ({ polygons }));
    expect(redraw(objects, labels).data).toEqual(labels.data);
  }));
});

Deno.test("images of two sizes are an error", () => {
  const probability = { data: new Float32Array(4), widthPx: 2, heightPx: 2 };
  expect(() => subpixelContours(labelsOf("1"), probability, { threshold: 0.5 }))
    .toThrow("expected probabilities of 1×1 pixels, as the objects, got 2×2");
});
