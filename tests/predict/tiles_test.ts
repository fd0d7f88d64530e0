import { expect } from "expect";
import fc from "fast-check";
import { present } from "papilio/core/assert.ts";
import type { RgbImage } from "papilio/data/case.ts";
import { type Network, Predictor } from "papilio/predict/predictor.ts";
import { probabilitiesAtSize } from "papilio/predict/resize.ts";
import {
  type Blending,
  decodeForTiles,
  predictTiled,
  type TileOptions,
  tileStrips,
} from "papilio/predict/tiles.ts";
import { tileAxis } from "papilio/predict/tiles_axis.ts";
import { halves, inFolder, withPredictor } from "./_fixtures.ts";

const BLENDINGS: Blending[] = ["gaussian", "nearest"];

/** Red channel of an image, 0…1, and its size. */
interface Grey {
  data: Float32Array;
  widthPx: number;
  heightPx: number;
}

/** A predictor whose network does the same to each image of a batch. */
function predictorOf(
  sidePx: number,
  network: (image: Grey) => Float32Array,
  batch: number | string = "batch",
) {
  const batchSizes: number[] = [];
  const run: Network["run"] = ({ image }) => {
    const { shape, data } = present(image);
    const count = present(shape[0]);
    batchSizes.push(count);
    const length = sidePx * sidePx;
    const result = new Float32Array(count * length);
    for (let i = 0; i < count; i++) {
      const red = Float32Array.from(
        { length },
        (_, j) => present(data[(i * length + j) * 3]) / 255,
      );
      result.set(network({ data: red, widthPx: sidePx, heightPx: sidePx }), i * length);
    }
    return Promise.resolve({ probability: { shape: [count, sidePx, sidePx, 1], data: result } });
  };
  const predictor = new Predictor({
    metadata: { "papilio.threshold": "0.5" },
    inputs: [{ name: "image", dims: [batch, sidePx, sidePx, 3] }],
    outputs: [{ name: "probability", dims: [batch, sidePx, sidePx, 1] }],
    run,
    dispose: () => Promise.resolve(),
  }, "");
  return { predictor, batchSizes };
}

/** A convolution with zero padding and a lopsided kernel, that sees `radiusPx` pixels around each. */
function convolution(radiusPx: number) {
  return ({ data, widthPx, heightPx }: Grey): Float32Array => {
    const reach = 2 * radiusPx + 1;
    const total = reach ** 2 * (reach ** 2 + 1) / 2;
    const result = new Float32Array(widthPx * heightPx);
    for (let i = 0; i < result.length; i++) {
      for (let tap = 0; tap < reach ** 2; tap++) {
        const y = Math.floor(i / widthPx) + Math.floor(tap / reach) - radiusPx;
        const x = i % widthPx + tap % reach - radiusPx;
        if (y < 0 || y >= heightPx || x < 0 || x >= widthPx) continue;
        result[i] = present(result[i]) + (tap + 1) / total * present(data[y * widthPx + x]);
      }
    }
    return result;
  };
}

/** What a pixel is depends on where in its tile it lies, so that no two tiles agree. */
function disagreeing({ data, widthPx }: Grey): Float32Array {
  return data.map((value, i) => (value + (i % widthPx) / widthPx + i / data.length) / 3);
}

function noise(widthPx: number, heightPx: number): RgbImage {
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < data.length; i++) data[i] = Math.imul(i + 1, 2654435761) >>> 24;
  return { data, widthPx, heightPx };
}

function redOf({ data, widthPx, heightPx }: RgbImage): Grey {
  const red = Float32Array.from(
    { length: widthPx * heightPx },
    (_, i) => present(data[3 * i]) / 255,
  );
  return { data: red, widthPx, heightPx };
}

function largestDifference(a: Float32Array, b: Float32Array, counts = (_: number) => true): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => {
    return counts(i) ? Math.max(most, Math.abs(value - present(b[i]))) : most;
  }, 0);
}

Deno.test("tiles begin and end with the picture, in even steps of at most what the overlap leaves", () => {
  const starts = (sidePx: number, overlap: number) =>
    tileAxis(sidePx, { tileSidePx: 4, overlap, blending: "gaussian" }).starts;
  expect(starts(4, 0.5)).toEqual([0]);
  expect(starts(5, 0.5)).toEqual([0, 1]);
  expect(starts(10, 0.5)).toEqual([0, 2, 4, 6]);
  expect(starts(11, 0.25)).toEqual([0, 2, 5, 7]);
  expect(starts(12, 0)).toEqual([0, 4, 8]);
  expect(starts(6, 0.99)).toEqual([0, 1, 2]);
});

Deno.test("a Gaussian's weights, by hand", () => {
  const { weights } = tileAxis(6, { tileSidePx: 4, overlap: 0.5, blending: "gaussian" });
  // σ = 1/2: g = exp(-(i - 1.5)² / 0.5): e⁻⁴·⁵, e⁻⁰·⁵, e⁻⁰·⁵, e⁻⁴·⁵; two tiles share pixels 2 and 3.
  const near = Math.exp(-0.5) / (Math.exp(-0.5) + Math.exp(-4.5));
  expect(weights.map((tile) => [...tile].map((value) => value.toFixed(6)))).toEqual([
    ["1.000000", "1.000000", near.toFixed(6), (1 - near).toFixed(6)],
    [(1 - near).toFixed(6), near.toFixed(6), "1.000000", "1.000000"],
  ]);
  expect(near).toBeCloseTo(0.982014, 6);
});

Deno.test("with nearest, each pixel belongs to the one tile whose centre is nearest", () => {
  const { weights } = tileAxis(7, { tileSidePx: 4, overlap: 0.25, blending: "nearest" });
  // Tiles from 0 and 3; their centres 2 and 5 are as near to 3.5, pixel 3's centre: the second has it.
  expect(weights.map((tile) => [...tile])).toEqual([[1, 1, 1, 0], [1, 1, 1, 1]]);
});

Deno.test("the weights sum to 1 at each pixel, whatever the size and overlap", () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: 64 }),
    fc.double({ min: 0, max: 0.95, noNaN: true }),
    fc.constantFrom(...BLENDINGS),
    (sidePx, tileSidePx, overlap, blending) => {
      const axis = tileAxis(sidePx, { tileSidePx, overlap, blending });
      const sums = new Float64Array(axis.lengthPx);
      axis.weights.forEach((tile, k) =>
        tile.forEach((weight, i) => sums[present(axis.starts[k]) + i]! += weight)
      );
      expect(axis.weights.every((tile) => tile.every((weight) => weight >= 0))).toBe(true);
      expect(sums.every((sum) => Math.abs(sum - 1) < 1e-6)).toBe(true);
      const steps = axis.starts.slice(1).map((start, k) => start - present(axis.starts[k]));
      const mostPx = Math.max(1, Math.floor(tileSidePx * (1 - overlap)));
      for (const step of steps) expect(step > 0 && step <= mostPx).toBe(true);
    },
  );
  fc.assert(property, { numRuns: 300, seed: 1 });
});

Deno.test("a picture smaller than a tile lies between its mirror images", () => {
  const seen = (sidePx: number) =>
    tileAxis(sidePx, { tileSidePx: 8, overlap: 0.5, blending: "gaussian" }).seen
      .map((pixels) => [...pixels]);
  expect(seen(4)).toEqual([[2, 1, 0, 1, 2, 3, 2, 1]]);
  expect(seen(2)).toEqual([[1, 0, 1, 0, 1, 0, 1, 0]]);
  expect(seen(1)).toEqual([Array(8).fill(0)]);
  expect(seen(9)).toEqual([[0, 1, 2, 3, 4, 5, 6, 7], [1, 2, 3, 4, 5, 6, 7, 8]]);
});

Deno.test("a network that always says the same gives a map of that, whatever the size", async () => {
  for (const [widthPx, heightPx] of [[40, 23], [5, 33], [7, 3], [16, 16], [1, 1]] as const) {
    for (const blending of BLENDINGS) {
      const { predictor } = predictorOf(16, ({ data }) => data.map(() => 1));
      const map = await predictTiled(predictor, noise(widthPx, heightPx), { blending });
      expect([map.widthPx, map.heightPx, map.data.length])
        .toEqual([widthPx, heightPx, widthPx * heightPx]);
      expect(map.data.every((value) => value > 1 - 1e-6 && value <= 1)).toBe(true);
    }
  }
});

Deno.test("a network that judges each pixel by itself gives the same in tiles as at once", async () => {
  for (const [widthPx, heightPx] of [[50, 37], [9, 41], [6, 5]] as const) {
    const image = noise(widthPx, heightPx);
    for (const blending of BLENDINGS) {
      const { predictor } = predictorOf(16, ({ data }) => data);
      const map = await predictTiled(predictor, image, { blending, overlap: 0.3 });
      expect(largestDifference(map.data, redOf(image).data)).toBeLessThan(1e-6);
    }
  }
});

Deno.test("a convolution in tiles equals that of the whole picture, if the overlap is twice its radius", async () => {
  const image = noise(53, 38);
  const whole = convolution(2)(redOf(image));
  const { predictor } = predictorOf(16, convolution(2));
  const tiled = async (overlap: number) =>
    (await predictTiled(predictor, image, { blending: "nearest", overlap })).data;
  expect(largestDifference(await tiled(0.25), whole)).toBeLessThan(1e-6);
  expect(largestDifference(await tiled(0.5), whole)).toBeLessThan(1e-6);
  // Without overlap, pixels at a tile's border miss what lies beyond it.
  expect(largestDifference(await tiled(0), whole)).toBeGreaterThan(0.05);
});

Deno.test("blended, a convolution equals the whole's where no tile's border is within its radius", async () => {
  const [radiusPx, sidePx] = [2, 16];
  const image = noise(53, 38);
  const whole = convolution(radiusPx)(redOf(image));
  const { predictor } = predictorOf(sidePx, convolution(radiusPx));
  const isFar = (lengthPx: number) => {
    const layout = { tileSidePx: sidePx, overlap: 0.5, blending: "gaussian" } as const;
    const borders = tileAxis(lengthPx, layout).starts.flatMap((start) => [start, start + sidePx])
      .filter((border) => border > 0 && border < lengthPx);
    return (position: number) =>
      borders.every((border) => position + radiusPx < border || position - radiusPx >= border);
  };
  const [isFarAcross, isFarDown] = [isFar(image.widthPx), isFar(image.heightPx)];
  const counts = (i: number) =>
    isFarAcross(i % image.widthPx) && isFarDown(Math.floor(i / image.widthPx));
  const { data } = await predictTiled(predictor, image, { overlap: 0.5 });
  expect(data.filter((_, i) => counts(i)).length).toBeGreaterThan(data.length / 8);
  expect(largestDifference(data, whole, counts)).toBeLessThan(1e-6);
  expect(largestDifference(data, whole)).toBeGreaterThan(1e-4);
});

type Order = (a: number, b: number) => number;

/** Weighted mean over all tiles of a grid, in the order given, with a sum and a weight for each pixel. */
function blendedPlainly(
  image: RgbImage,
  sidePx: number,
  order: Order,
): Float32Array {
  const red = redOf(image);
  const startsOf = (lengthPx: number) =>
    tileAxis(lengthPx, { tileSidePx: sidePx, overlap: 0.5, blending: "gaussian" }).starts;
  const tiles = startsOf(image.heightPx).flatMap((top) =>
    startsOf(image.widthPx).map((left) => ({ top, left }))
  );
  const sums = new Float64Array(red.data.length);
  const weights = new Float64Array(red.data.length);
  for (const index of [...tiles.keys()].sort(order)) {
    const { top, left } = present(tiles[index]);
    const at = (i: number) => (top + Math.floor(i / sidePx)) * image.widthPx + left + i % sidePx;
    const seen = Float32Array.from({ length: sidePx ** 2 }, (_, i) => present(red.data[at(i)]));
    disagreeing({ data: seen, widthPx: sidePx, heightPx: sidePx }).forEach((value, i) => {
      const [y, x] = [Math.floor(i / sidePx) + 0.5 - sidePx / 2, i % sidePx + 0.5 - sidePx / 2];
      const weight = Math.exp(-(x * x + y * y) / (2 * (sidePx / 8) ** 2));
      sums[at(i)]! += weight * value;
      weights[at(i)]! += weight;
    });
  }
  return Float32Array.from(sums, (sum, i) => sum / present(weights[i]));
}

Deno.test("tiles that disagree are blended as by a plain weighted mean, in whatever order", async () => {
  const image = noise(45, 30);
  const { predictor } = predictorOf(12, disagreeing);
  const orders: Order[] = [(a, b) => a - b, (a, b) => b - a, (a, b) => a % 3 - b % 3 || b - a];
  for (const tilesPerBatch of [1, 3, 4, 100]) {
    const { data } = await predictTiled(predictor, image, { tilesPerBatch, overlap: 0.5 });
    for (const order of orders) {
      const plain = blendedPlainly(image, 12, order);
      expect(largestDifference(data, plain)).toBeLessThan(1e-6);
    }
  }
});

Deno.test("strips are whole rows, in order, each once", async () => {
  const { predictor } = predictorOf(16, disagreeing);
  for (const [widthPx, heightPx] of [[20, 50], [40, 9], [16, 16]] as const) {
    let nextPx = 0;
    for await (const strip of tileStrips(predictor, noise(widthPx, heightPx))) {
      expect(strip.topPx).toBe(nextPx);
      expect(strip.data.length).toBe(strip.heightPx * widthPx);
      expect(strip.heightPx).toBeLessThanOrEqual(16);
      nextPx += strip.heightPx;
    }
    expect(nextPx).toBe(heightPx);
  }
});

Deno.test("tiles go through the network in batches, or one by one where its file says so", async () => {
  const image = noise(40, 20); // 4 by 2 tiles.
  const free = predictorOf(16, ({ data }) => data);
  const seen: [number, number][] = [];
  const onProgress = (done: number, total: number) => void seen.push([done, total]);
  await predictTiled(free.predictor, image, { overlap: 0.5, tilesPerBatch: 3, onProgress });
  expect(free.batchSizes).toEqual([3, 1, 3, 1]);
  expect(seen).toEqual([[3, 8], [4, 8], [7, 8], [8, 8]]);
  const fixed = predictorOf(16, ({ data }) => data, 1);
  const map = await predictTiled(fixed.predictor, image, { overlap: 0.5 });
  expect(fixed.batchSizes).toEqual(Array(8).fill(1));
  expect(largestDifference(map.data, redOf(image).data)).toBeLessThan(1e-6);
});

Deno.test("a network that gives too few maps for its batch is refused", async () => {
  const { predictor } = predictorOf(2, ({ data }) => data);
  const network: Network = {
    metadata: { "papilio.threshold": "0.5" },
    inputs: [{ name: "x", dims: ["n", 2, 2, 3] }],
    outputs: [{ name: "y", dims: ["n", 2, 2, 1] }],
    run: () => Promise.resolve({ y: { shape: [1, 2, 2, 1], data: new Float32Array(4) } }),
    dispose: () => Promise.resolve(),
  };
  const images = [noise(2, 2), noise(2, 2)];
  expect((await predictor.predictBatch(images)).length).toBe(2);
  await expect(new Predictor(network, "").predictBatch(images)).rejects.toThrow(
    "expected one probability from 0 to 1 for each of 2×2 pixels, got shape [1, 2, 2, 1].",
  );
});

Deno.test("a signal ends the work between two batches, with its reason", async () => {
  const { predictor, batchSizes } = predictorOf(16, ({ data }) => data);
  const abort = new AbortController();
  const onProgress = (done: number) => done >= 8 ? abort.abort(new Error("enough")) : undefined;
  const options = { signal: abort.signal, onProgress };
  await expect(predictTiled(predictor, noise(200, 100), options)).rejects.toThrow("enough");
  expect(batchSizes.length).toBeLessThanOrEqual(4);
  await expect(predictTiled(predictor, noise(20, 10), options)).rejects.toThrow("enough");
});

Deno.test("options out of range are refused", async () => {
  const { predictor } = predictorOf(16, ({ data }) => data);
  const attempt = (options: TileOptions) => predictTiled(predictor, noise(20, 20), options);
  await expect(attempt({ overlap: 1 })).rejects.toThrow(
    "Cannot lay tiles over a photo: expected an overlap from 0 to below 1, got 1.",
  );
  await expect(attempt({ overlap: NaN })).rejects.toThrow("got NaN.");
  await expect(attempt({ tilesPerBatch: 0 })).rejects.toThrow(
    "expected a whole number of tiles in a batch, at least 1, got 0.",
  );
  await expect(decodeForTiles("photo.jpg", 1.5)).rejects.toThrow(
    "Cannot scale photo.jpg for tiles: expected a scale above 0 and at most 1, got 1.5.",
  );
});

Deno.test("a photo is decoded at its own size or scaled, and its map passes on as a square one does", async () => {
  await inFolder(async (folder) => {
    const path = `${folder}/photo.png`;
    await halves(300, 100).toFile(path);
    const own = await decodeForTiles(path);
    expect([own.widthPx, own.heightPx]).toEqual([300, 100]);
    const small = await decodeForTiles(path, 0.5);
    expect([small.widthPx, small.heightPx]).toEqual([150, 50]);
    await withPredictor(async (predictor) => {
      const map = await predictTiled(predictor, small);
      const values = probabilitiesAtSize(map, own);
      const row = values.subarray(50 * 300, 51 * 300);
      expect([row[0], row[140], row[160], row[299]]).toEqual([0, 0, 65535, 65535]);
      const same = probabilitiesAtSize(map, map);
      expect(same).toEqual(Uint16Array.from(map.data, (value) => Math.round(65535 * value)));
    });
  });
});
