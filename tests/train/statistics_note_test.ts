import { expect } from "expect";
import { type ConfigOverrides, resolveConfig } from "papilio/core/config.ts";
import { statisticsNote } from "papilio/train/statistics_note.ts";

const note = (overrides: ConfigOverrides, { momentum = 0.999, trainingCases = 100 } = {}) =>
  statisticsNote(resolveConfig("laptop", overrides), { momentum, trainingCases });

Deno.test("moving statistics: few steps leave much of ImageNet's, many or a lower momentum little", () => {
  // 25 steps an epoch of batches of 4: 0.999^1000 = 0.368, and 0.999^1225 = 0.294.
  expect(note({ phase2: { epochs: 40 } })).toContain("37 % of the encoder's moving statistics");
  expect(note({ phase2: { epochs: 40 } })).toContain("after the 1000 steps of phase 2");
  expect(note({ phase2: { epochs: 49 } })).toBeUndefined();
  expect(note({ phase2: { epochs: 2 } }, { momentum: 0.9 })).toBeUndefined();
  // The last, smaller batch is a step too: 0.999^26 = 0.974.
  expect(note({ phase2: { epochs: 1 } }, { trainingCases: 101 })).toContain("97 %");
});

Deno.test("moving statistics: nothing to say where phase 2 is left out; from scratch they are slow", () => {
  expect(note({ phase2: { epochs: 0 } })).toBeUndefined();
  const scratch = { encoderWeights: "none", phase2: { epochs: 49 } };
  expect(note(scratch)).toContain("start at 0 and 1, and at momentum 0.999");
  expect(note(scratch, { momentum: 0.9 })).toBeUndefined();
  // 0.99^25 = 0.78, and 0.99^300 = 0.049.
  expect(note({ ...scratch, phase2: { epochs: 1 } }, { momentum: 0.99 })).toContain("too slowly");
  expect(note({ ...scratch, phase2: { epochs: 12 } }, { momentum: 0.99 })).toBeUndefined();
});
