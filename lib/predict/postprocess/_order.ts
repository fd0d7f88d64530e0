import type { BinaryMask } from "papilio/data/case.ts";

/** Above any image that can be decoded; with the steps of the largest depth it fills float64's 53 bits. */
const PIXELS = 2 ** 29;
const STEPS_PER_PX = 256;
const LARGEST_STEP = 2 ** 24 - 1;

/**
 * The pixels of a mask from the highest to the lowest, to 1/256 of a pixel; of equals the first.
 *
 * Height and place are packed into one number each, which sorts natively: ten times as fast as by a
 * comparison in JavaScript.
 */
export function* fromHighest(heights: Float32Array, { data }: BinaryMask): Generator<number> {
  const count = data.reduce((sum, value) => sum + value, 0);
  const keys = new Float64Array(count);
  for (let i = 0, k = 0; i < data.length; i++) {
    if (data[i] === 0) continue;
    const step = Math.min(LARGEST_STEP, Math.round((heights[i] as number) * STEPS_PER_PX));
    keys[k++] = (LARGEST_STEP - step) * PIXELS + i;
  }
  keys.sort();
  for (let k = 0; k < count; k++) yield (keys[k] as number) % PIXELS;
}
