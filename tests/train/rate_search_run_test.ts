import { join } from "@std/path";
import { expect } from "expect";
import { type ConfigOverrides, resolveConfig } from "papilio/core/config.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import type { TrainEvent } from "papilio/train/events.ts";
import { describeRateSearch, searchLearningRate } from "papilio/train/rate_search_run.ts";
import { makeDataSet } from "./_disc_data_set.ts";
import { withFolder } from "./_stand_in.ts";

const small = { encoder: "double-conv", encoderFilters: 2, encoderDepth: 2, decoderFilters: [2] };

async function search(overrides: ConfigOverrides, onEvent?: (event: TrainEvent) => void) {
  const settings = { ...small, inputSidePx: 32, threads: 1, ...overrides } as ConfigOverrides;
  const config = resolveConfig("smoke", settings);
  const engine = await openEngine(config);
  try {
    return await searchLearningRate({ config, engine, onEvent }, { phase: 1, steps: 20 });
  } finally {
    await engine.dispose();
  }
}

Deno.test("searchLearningRate: a loss that is none is told before the data are read", async () => {
  const events: TrainEvent[] = [];
  const searched = search({ data: "no such folder", loss: "none-such" }, (e) => events.push(e));
  await expect(searched).rejects.toThrow('"none-such"');
  expect(events).toEqual([]);
});

Deno.test("describeRateSearch: says why fewer rates were tried than asked for", () => {
  const trials = [3, 3, 3, 2.5, 2, 1, 1, 1.5, 4.5].map((smoothedLoss, i) => ({
    ...{ rate: 10 ** (i - 6), loss: smoothedLoss, smoothedLoss },
  }));
  const described = (count: number, steps: number) =>
    describeRateSearch(trials.slice(0, count), { phase: 1, steps });
  expect(described(9, 9)).not.toContain("Ended early");
  expect(described(9, 100)).toMatch(
    /^Ended early, after 9 of 100 learning rates: the loss exploded at 100, which .*\nThe smoothed/,
  );
  expect(described(8, 100)).toMatch(
    /^Ended early, after 8 of 100 learning rates: above 10 the loss was no finite number any more\.\n/,
  );
  expect(described(1, 9)).toMatch(/^Ended early, .*\nThe loss fell at none of 1 learning rate\.$/);
});

Deno.test("searchLearningRate: a first loss that is no number is told, not an empty result", () =>
  withFolder(async (folder) => {
    const data = join(folder, "data");
    await makeDataSet(data);
    const endless = { loss: "border-bce", lossSettings: { borderWeight: 1e300 } };
    await expect(search({ data, ...endless })).rejects.toThrow(
      "Cannot look for a learning rate: expected a loss that is a number, got none for the first batch.",
    );
  }));
