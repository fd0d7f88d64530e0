import { present } from "papilio/core/assert.ts";
import type { WeightData } from "papilio/model/variables.ts";
import goldenJson from "../golden/unet_step.json" with { type: "json" };

// What a golden step starts from, computed as tests/golden/unet_step.py does, to the same bits.

/** A tensor of float64: its norm, its projection on `noise` of its label, evenly spaced samples. */
export type Description = [norm: number, projection: number, samples: number[]];
export type Described = Record<string, Description>;
export type Mode = "full" | "frozen";

interface GoldenStep {
  loss: number;
  gradients: Described;
  updates: Described;
}

interface Golden extends Record<Mode, GoldenStep[]> {
  seed: number;
  alpha: 0.35;
  decoderFilters: number[];
  sidePx: number;
  batch: number;
  steps: { iterations: number; learningRate: number }[];
  inference: Description;
}

export const golden = goldenJson as unknown as Golden;
const { seed, batch, sidePx } = golden;

/** FNV-1a of the label's bytes. */
function hash32(label: string): number {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(label)) value = Math.imul(value ^ byte, 0x01000193);
  return value >>> 0;
}

/** MurmurHash3's finaliser. */
function mix(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** `count` numbers in [-1, 1) that the label fixes. */
function noise(label: string, count: number): Float64Array {
  const start = hash32(label);
  return Float64Array.from(
    { length: count },
    (_, index) => mix(start + Math.imul(index, 0x9e3779b9)) / 2 ** 31 - 1,
  );
}

/** The L2 distance of a tensor from the one described, estimated in three ways: the largest. */
export function errorOf(label: string, got: ArrayLike<number>, described: Description): number {
  const [norm, projection, samples] = described;
  const values = Float64Array.from(got);
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  const projected = noise(label, values.length)
    .reduce((sum, u, index) => sum + u * present(values[index]), 0);
  const distance = samples.reduce((sum, sample, i) => {
    const index = Math.floor((i * values.length) / samples.length);
    return sum + (present(values[index]) - sample) ** 2;
  }, 0);
  return Math.max(
    Math.abs(Math.sqrt(squares) - norm),
    Math.abs(projected - projection) * Math.sqrt(3), // the mean square of the noise is 1/3
    Math.sqrt(distance * values.length / samples.length),
  );
}

const sizeOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

function fanIn(name: string, [height = 1, width = 1, third = 1, fourth = 1]: readonly number[]) {
  if (name.endsWith("depthwise_kernel")) return height * width;
  return name.includes("_up/") ? fourth : height * width * third;
}

function rangeOf(name: string, shape: readonly number[]): [centre: number, width: number] {
  const [layer, kind] = name.split("/") as [string, string];
  if (kind.endsWith("kernel")) return [0, Math.sqrt(6 / fanIn(name, shape))];
  if (kind === "beta" && !layer.includes("project")) return [2, 2];
  if (kind === "gamma") return [1, 0.5];
  if (kind === "moving_variance") return [1, 0.3];
  return [0, kind === "bias" ? 0.1 : 0.2];
}

const isDecoder = (name: string) => name.startsWith("dec") || name.startsWith("mask/");

/** A frozen encoder is that of step 0 in every step. */
export function startWeight(
  mode: Mode,
  step: number,
  name: string,
  shape: readonly number[],
): WeightData {
  const [centre, width] = rangeOf(name, shape);
  const stepOf = mode === "frozen" && !isDecoder(name) ? 0 : step;
  const values = noise(`${seed}/${stepOf}/${name}`, sizeOf(shape));
  return { shape, data: Float32Array.from(values, (u) => centre + width * u) };
}

/** Adam's slot `m` or `v`, as if it were under way. */
export function startSlots(step: number, slot: string | undefined, name: string, size: number) {
  const values = noise(`${seed}/${step}/${slot}/${name}`, size);
  return values.map((u) => slot === "m" ? 1e-3 * u : 1e-6 * (0.75 + 0.25 * u));
}

/** Blocks of 8×8 pixels with fine noise on top, 0…255, `[batch, side, side, 3]`. */
export function startImages(): Uint8Array {
  const coarse = noise(`${seed}/coarse`, batch * 8 * 8 * 3);
  const fine = noise(`${seed}/fine`, batch * sidePx * sidePx * 3);
  return Uint8Array.from(fine, (u, index) => {
    const { n, y, x } = position(Math.floor(index / 3));
    const block = ((n * 8 + Math.floor(y / 8)) * 8 + Math.floor(x / 8)) * 3 + (index % 3);
    return Math.floor((present(coarse[block]) + 1) * 96) + Math.floor((u + 1) * 32);
  });
}

/** A disc in each image, 0 or 1, `[batch, side, side, 1]`. */
export function startMasks(): Uint8Array {
  return Uint8Array.from({ length: batch * sidePx * sidePx }, (_, index) => {
    const { n, y, x } = position(index);
    const distanceSquared = (y - (24 + 16 * n)) ** 2 + (x - (36 - 16 * n)) ** 2;
    return distanceSquared < (20 - 6 * n) ** 2 ? 1 : 0;
  });
}

function position(pixel: number) {
  const row = Math.floor(pixel / sidePx);
  return { n: Math.floor(row / sidePx), y: row % sidePx, x: pixel % sidePx };
}
