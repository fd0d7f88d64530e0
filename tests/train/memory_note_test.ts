import { expect } from "expect";
import { type ConfigOverrides, resolveConfig } from "papilio/core/config.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { memoryNote } from "papilio/train/memory_note.ts";

function note(overrides: ConfigOverrides, { memoryBytes = 2e9, device = "cpu" } = {}) {
  const config = resolveConfig("smoke", overrides);
  return memoryNote(config, buildSegmentation(config), { engine: { device }, memoryBytes });
}

Deno.test("memory: what does not fit is told with the phase that takes most", () => {
  expect(note({})).toBeUndefined();
  const large = { inputSidePx: 512, phase1: { batchSize: 256 }, phase2: { batchSize: 64 } };
  expect(note(large)).toMatch(
    /^Training needs about \d\d+ GB of memory, the machine has 2\.0 GB: give a smaller --phase1\.batch-size or --input-side-px\.$/,
  );
  expect(note({ ...large, phase1: { epochs: 0 } })).toContain("--phase2.batch-size");
});

Deno.test("memory: nothing where it fits, and of graphics processors", () => {
  const large = { inputSidePx: 512, phase1: { batchSize: 256 } };
  expect(note(large, { memoryBytes: 1e12 })).toBeUndefined();
  expect(note(large, { device: "cuda" })).toBeUndefined();
});
