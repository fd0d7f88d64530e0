import { join } from "@std/path";
import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import { scheduleCurves, suggestedRates, tryRates } from "papilio/notebook/rates.ts";
import { makeDataSet } from "../train/_disc_data_set.ts";
import { withFolder } from "../train/_stand_in.ts";

Deno.test("rates are tried on the data of the configuration, without a line of progress", () =>
  withFolder(async (folder) => {
    await makeDataSet(join(folder, "data"));
    const narrow = { encoder: "double-conv", encoderDepth: 2, encoderFilters: 2 } as const;
    const config = resolveConfig("smoke", {
      ...{ data: join(folder, "data"), inputSidePx: 16, decoderFilters: [2], ...narrow },
      validationFraction: 0.25,
    });
    const engine = await EagerEngine.create("cpu");
    const lines: string[] = [];
    const { error } = console;
    console.error = (line: string) => void lines.push(line);
    try {
      const trials = await tryRates(config, { engine, steps: 3 });
      expect(trials.map(({ rate }) => rate.toPrecision(1))).toEqual(["1e-7", "0.001", "1e+1"]);
      expect(lines).toEqual([]);
    } finally {
      console.error = error;
      await engine.dispose();
    }
  }));

Deno.test("the suggested rates are named, the smaller one first", () => {
  // From the step before 1e-4 to the one after it falls by 0.53, nowhere by more; it is lowest at 0.1.
  const losses = [1, 1, 1, 1, 0.99, 0.98, 0.5, 0.45, 0.44, 0.43, 0.9, 2];
  const trials = losses.map((loss, i) => ({ rate: 10 ** (i - 10), loss, smoothedLoss: loss }));
  const marks = suggestedRates(trials);
  expect(marks.map(({ label }) => label)).toEqual([
    "falls fastest: 0.0001",
    "a tenth of the lowest: 0.01",
  ]);
  expect(marks.map(({ rate }) => rate)).toEqual(
    [...marks].map(({ rate }) => rate).sort((a, b) => a - b),
  );
});

Deno.test("each schedule has a curve, over as many steps as there are", () => {
  const curves = scheduleCurves({ rate: 0.5, steps: 20 });
  expect(curves.map(({ label }) => label)).toEqual(["constant", "cosine", "one-cycle", "poly"]);
  for (const { x, y } of curves) {
    expect([x.length, y.length, Math.max(...y)]).toEqual([20, 20, 0.5]);
  }
  const at = (label: string) => curves.find((curve) => curve.label === label)?.y ?? [];
  expect(at("constant")[19]).toBe(0.5);
  expect(at("cosine").slice(0, 3)).toEqual([0.25, 0.5, 0.5]);
  expect(at("poly")[10]).toBeCloseTo(0.5 * 0.5 ** 0.9, 10);
});
