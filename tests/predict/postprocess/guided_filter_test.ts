import { join } from "@std/path";
import { expect } from "expect";
import { guidedFilter } from "papilio/predict/postprocess/guided_filter.ts";

const path = join(import.meta.dirname!, "../../golden/postprocess/guided_filter.json");
const golden = JSON.parse(await Deno.readTextFile(path));

/** A bright disc on dark ground, and the share of pixels that are on the wrong side of its edge. */
function disc(sidePx: number, radiusPx: number) {
  const truth = Uint8Array.from({ length: sidePx ** 2 }, (_, i) => {
    const [x, y] = [i % sidePx + 0.5, Math.floor(i / sidePx) + 0.5];
    return Math.hypot(x - sidePx / 2, y - sidePx / 2) < radiusPx ? 1 : 0;
  });
  const data = Uint8Array.from(
    { length: 3 * truth.length },
    (_, i) => [60, 40, 90][i % 3]! + 120 * truth[Math.floor(i / 3)]!,
  );
  const wrongShare = (probabilities: Float32Array) =>
    truth.reduce((n, t, i) => n + (t === (probabilities[i]! >= 0.5 ? 1 : 0) ? 0 : 1), 0) /
    truth.length;
  return { image: { data, widthPx: sidePx, heightPx: sidePx }, truth, wrongShare };
}

/** What a network of that side says of the disc: the true share of each of its pixels. */
function coarse(truth: Uint8Array, sidePx: number, mapSidePx: number) {
  const data = new Float32Array(mapSidePx ** 2);
  const factor = sidePx / mapSidePx;
  truth.forEach((t, i) => {
    const [x, y] = [i % sidePx, Math.floor(i / sidePx)];
    data[Math.floor(y / factor) * mapSidePx + Math.floor(x / factor)]! += t / factor ** 2;
  });
  return { data, sidePx: mapSidePx };
}

Deno.test("without its short cut the filter is that of the paper, window by window", () => {
  const size = { widthPx: golden.widthPx, heightPx: golden.heightPx };
  const image = { ...size, data: Uint8Array.from(golden.image) };
  const map = { ...size, data: Float32Array.from(golden.map) };
  const { radiusPx, epsilon } = golden;
  const refined = guidedFilter(map, image, { radiusPx, epsilon, reduction: 1 });
  const largest = refined.reduce(
    (most, p, i) => Math.max(most, Math.abs(p - golden.refined[i])),
    0,
  );
  expect(largest).toBeLessThan(1e-5);
});

Deno.test("borders move from the network's pixels to the photo's edges", () => {
  const { image, truth, wrongShare } = disc(240, 71);
  const map = coarse(truth, 240, 16);
  const stairs = Float32Array.from(truth, (_, i) => {
    return map.data[Math.floor(Math.floor(i / 240) / 15) * 16 + Math.floor(i % 240 / 15)]!;
  });
  const exact = guidedFilter(map, image, { radiusPx: 16, reduction: 1 });
  const fast = guidedFilter(map, image, { radiusPx: 16 });
  expect(wrongShare(stairs)).toBeGreaterThan(0.02);
  expect(wrongShare(exact)).toBeLessThan(0.002);
  expect(wrongShare(fast)).toBeLessThan(0.002);
});

Deno.test("a photo without edges leaves what is plain, and every probability stays within 0…1", () => {
  const flat = { data: new Uint8Array(30 * 20 * 3).fill(90), widthPx: 30, heightPx: 20 };
  const map = { data: new Float32Array(16).fill(0.7), sidePx: 4 };
  for (const p of guidedFilter(map, flat, { radiusPx: 5 })) expect(p).toBeCloseTo(0.7, 5);
  // Where the colour goes on past the edge, a line through both sides overshoots.
  const ramp = Uint8Array.from(
    { length: 9 * 3 },
    (_, i) => [0, 0, 0, 0, 90, 100, 110, 200, 255][Math.floor(i / 3)]!,
  );
  const steps = { data: Float32Array.of(0, 0, 0, 0, 0.9, 1, 1, 1, 1), widthPx: 9, heightPx: 1 };
  const image = { data: ramp, widthPx: 9, heightPx: 1 };
  const refined = guidedFilter(steps, image, { radiusPx: 3, epsilon: 1e-5, reduction: 1 });
  expect(Math.max(...refined)).toBe(1);
  expect(Math.min(...refined)).toBeGreaterThanOrEqual(0);
});

Deno.test("a photo of one pixel, and one narrower than the window", () => {
  const map = { data: Float32Array.of(0.25), sidePx: 1 };
  const pixel = { data: Uint8Array.of(1, 2, 3), widthPx: 1, heightPx: 1 };
  expect(guidedFilter(map, pixel, { radiusPx: 30 })[0]).toBeCloseTo(0.25, 6);
  const line = { data: new Uint8Array(21), widthPx: 7, heightPx: 1 };
  expect(guidedFilter(map, line, { radiusPx: 30 }).length).toBe(7);
});
