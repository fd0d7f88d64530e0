import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import {
  deviationsInMiddle,
  freshLogits,
  largestDeviation,
  middleOf,
} from "papilio/notebook/fresh_logits.ts";

const sidePx = 96;
const grey = new Uint8Array(sidePx * sidePx * 3).fill(160);
const options = {
  ...{ inputSidePx: sidePx, seed: 1, encoder: "double-conv", encoderDepth: 3 } as const,
  encoderFilters: 4,
};

Deno.test("on a grey picture the ways that only enlarge give one value, transposed convolutions a grid", async () => {
  const engine = await EagerEngine.create("cpu");
  const before = tf.memory().numTensors;
  const spreadOf = async (upsampling: "transpose" | "nearest" | "bilinear" | "pixel-shuffle") => {
    const [map] = await freshLogits(engine, { ...options, upsampling }, [grey]);
    // The field is about 50 pixels, so that zeros beyond the border do not reach the middle 16.
    return largestDeviation(deviationsInMiddle(map!, 16));
  };
  for (const way of ["nearest", "bilinear", "pixel-shuffle"] as const) {
    expect(await spreadOf(way)).toBeLessThan(1e-5);
  }
  expect(await spreadOf("transpose")).toBeGreaterThan(0.01);
  expect(tf.memory().numTensors).toBe(before);
  await engine.dispose();
});

Deno.test("each image has its own map", async () => {
  const engine = await EagerEngine.create("cpu");
  const black = new Uint8Array(grey.length);
  const [first, second, third] = await freshLogits(engine, options, [grey, black, grey]);
  expect(first?.length).toBe(sidePx ** 2);
  expect(third).toEqual(first);
  expect(second).not.toEqual(first);
  await engine.dispose();
});

Deno.test("the middle is cut out evenly", () => {
  const map = Float32Array.from({ length: 16 }, (_, i) => i);
  const mean = (5 + 6 + 9 + 10) / 4;
  expect([...deviationsInMiddle(map, 2)]).toEqual(
    [...Float32Array.from([5, 6, 9, 10], (value) => (value - mean) / mean)],
  );
  expect(largestDeviation(Float32Array.of(0.25, -0.5, 0))).toBe(0.5);
  const picture = Uint8Array.from({ length: 75 }, (_, i) => i); // 5×5×3
  expect([...middleOf(picture, { sidePx: 2, channels: 3 })]).toEqual(
    [18, 19, 20, 21, 22, 23, 33, 34, 35, 36, 37, 38],
  );
});
