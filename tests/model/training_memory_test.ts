import { expect } from "expect";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { trainingBytes } from "papilio/model/training_memory.ts";

// Peaks of resident memory on two threads of ONNX Runtime, in bytes; pictures of pets, whose cache is small.
const peaks = [
  { inputSidePx: 128, batchSize: 8, isEncoderFrozen: true, peakBytes: 1.50e9 },
  { inputSidePx: 128, batchSize: 8, isEncoderFrozen: false, peakBytes: 2.00e9 },
  { inputSidePx: 256, batchSize: 8, isEncoderFrozen: true, peakBytes: 2.53e9 },
  { inputSidePx: 512, batchSize: 16, isEncoderFrozen: true, peakBytes: 10.9e9 },
];

for (const { inputSidePx, peakBytes, ...settings } of peaks) {
  Deno.test(`memory of training: ${inputSidePx}², batches of ${settings.batchSize}: near the peak`, () => {
    const bytes = trainingBytes(buildSegmentation({ inputSidePx, seed: 1 }), settings);
    expect(bytes / peakBytes).toBeGreaterThan(0.6);
    expect(bytes / peakBytes).toBeLessThan(1.4);
  });
}

Deno.test("memory of training: what outputs take grows with the batch and the area", () => {
  const above = (inputSidePx: number, batchSize: number) =>
    trainingBytes(buildSegmentation({ inputSidePx, alpha: 0.35, seed: 1 }), {
      batchSize,
      isEncoderFrozen: false,
    }) - 1.1e9;
  expect(above(64, 6) / above(64, 2)).toBeCloseTo(3, 9);
  expect(above(128, 2) / above(64, 2)).toBeCloseTo(4, 1);
});
