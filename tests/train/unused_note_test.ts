import { expect } from "expect";
import { type ConfigOverrides, resolveConfig } from "papilio/core/config.ts";
import { presets } from "papilio/core/presets.ts";
import { unusedNote } from "papilio/train/unused_note.ts";

const note = (overrides: ConfigOverrides, preset = "butterfly") =>
  unusedNote(resolveConfig(preset, overrides));

Deno.test("settings without effect: none in a preset as it is", () => {
  for (const preset of Object.keys(presets)) expect(note({}, preset)).toBeUndefined();
});

Deno.test("settings without effect: each is told with what it is of", () => {
  expect(note({ decoder: "segnet", encoder: "vgg16", upsampling: "nearest" })).toBe(
    "Without effect here: --upsampling (of a U-Net's decoder).",
  );
  expect(note({ upsampling: "nearest", decoder: "attention-unet" })).toBeUndefined();
  expect(note({ encoderDepth: 4, encoderBatchNorm: true })).toBe(
    "Without effect here: --encoder-depth (of double-conv), " +
      "--encoder-batch-norm (of double-conv and vgg16).",
  );
  expect(note({ encoder: "double-conv", encoderDepth: 4 })).toBeUndefined();
  expect(note({ augment: { rotationDegrees: 45 } })).toContain(
    "--augment.rotation-degrees (of --augment.enabled)",
  );
  expect(note({ augment: { rotationDegrees: 45, enabled: true } })).toBeUndefined();
  expect(note({ optimizer: { encoderRateFactor: 0.1 }, phase2: { epochs: 0 } })).toContain(
    "--optimizer.encoder-rate-factor (of phase 2)",
  );
});
