import { resolveEntries } from "papilio/comparison/entries.ts";

/** Two narrow networks for pictures of 32 pixels, which train in a second. */
export const entriesOn = (data: string) =>
  resolveEntries(
    ["one", "two"].map((name) => ({ name, preset: "smoke", overrides: {} })),
    (own) => ({
      ...own,
      ...{ data, inputSidePx: 32, split: "random", validationFraction: 0.25, testFraction: 0.25 },
      ...{ encoder: "double-conv", encoderDepth: 2, encoderFilters: 2, decoderFilters: [2] },
      phase1: { epochs: 0 },
      phase2: { epochs: 2, batchSize: 2 },
      threads: 1,
    }),
  );
