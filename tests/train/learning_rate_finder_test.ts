import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { resolveConfig } from "papilio/core/config.ts";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { namedVariables } from "papilio/model/variables.ts";
import type { BatchStream } from "papilio/train/labelled.ts";
import { findLearningRate } from "papilio/train/learning_rate_finder.ts";
import { tinyBatches, tinyConfig, tinyModel } from "./_stand_in.ts";

const engines: [string, () => Promise<Engine>][] = [
  ["eager cpu", () => EagerEngine.create("cpu")],
  ["compiled", () => OnnxEngine.create({ threads: 1 })],
];

for (const [name, create] of engines) {
  Deno.test(`findLearningRate, ${name}: rates rise, the network is afterwards what it was`, async () => {
    const engine = await create();
    const segmentation = tinyModel();
    const valuesOf = async () => {
      const variables = namedVariables(segmentation.model);
      await engine.pull([...variables.values()]);
      return new Map([...variables].map(([key, variable]) => [key, [...variable.dataSync()]]));
    };
    const before = await valuesOf();
    const train = { batches: tinyBatches(5, 1), size: 5 };
    const options = { steps: 9, lowest: 1e-4, highest: 1, divergence: 1e9 };
    const context = { config: tinyConfig, engine, segmentation, train };
    for (const phase of [1, 2] as const) {
      const counts: number[] = [];
      const trials = await findLearningRate(context, {
        ...options,
        phase,
        onTrial: (done) => counts.push(done),
      });
      expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
      expect(trials.map(({ rate }) => rate)).toEqual(
        counts.map((n) => expect.closeTo(1e-4 * 10 ** ((n - 1) / 2), 10)),
      );
      // Had nothing been learned, the same two images would have the same loss at the end.
      expect(new Set(trials.map(({ loss }) => loss)).size).toBe(9);
      expect(await valuesOf()).toEqual(before);
      const again = await findLearningRate(context, { ...options, phase });
      expect(again).toEqual(trials);
    }
    await engine.dispose();
  });
}

/** Batches that count what is taken of them. */
function counted(
  sizes: number[],
  seen: { batchSize: number; augment: boolean; shuffle: boolean }[],
) {
  const batches = tinyBatches(5, 1);
  return {
    async *epoch(options) {
      seen.push(options);
      for await (const batch of batches.epoch(options)) {
        sizes.push(batch.size);
        yield batch;
      }
    },
  } satisfies BatchStream;
}

Deno.test("findLearningRate: batches of the phase, shuffled and varied, without the small last one", async () => {
  const engine = await EagerEngine.create("cpu");
  const compiled: string[] = [];
  const watched = {
    ...engineOf(engine),
    compile: (...[step, signature]: Parameters<Engine["compile"]>) => {
      compiled.push(signature.name);
      return engine.compile(step, signature);
    },
  };
  const [sizes, seen]: [number[], { batchSize: number; augment: boolean; shuffle: boolean }[]] = [
    [],
    [],
  ];
  const config = { ...tinyConfig, augment: { ...tinyConfig.augment, enabled: true } };
  const train = { batches: counted(sizes, seen), size: 5 };
  const context = { config, engine: watched, segmentation: tinyModel(), train };
  const trials = await findLearningRate(context, { phase: 2, steps: 3, highest: 1e-3 });
  expect(trials).toHaveLength(3);
  expect(seen).toEqual(
    [1, 2, 3].map((epoch) => ({ batchSize: 3, epoch, shuffle: true, augment: true })),
  );
  expect(sizes).toEqual([3, 2, 3, 2, 3]);
  expect(compiled).toEqual(["train phase 2 3"]);
  await engine.dispose();
});

function engineOf(engine: Engine): Engine {
  return {
    name: engine.name,
    device: engine.device,
    description: engine.description,
    compile: (...given) => engine.compile(...given),
    pull: (variables) => engine.pull(variables),
    push: (variables) => engine.push(variables),
    dispose: () => engine.dispose(),
  };
}

Deno.test("findLearningRate: an abort ends it, and the network is what it was", async () => {
  const engine = await EagerEngine.create("cpu");
  const segmentation = tinyModel();
  const [kernel] = [...namedVariables(segmentation.model).values()];
  const before = [...present(kernel).dataSync()];
  const controller = new AbortController();
  const train = { batches: tinyBatches(5, 1), size: 5 };
  const { signal } = controller;
  // A schedule and an average, neither of which has a say here.
  const config = resolveConfig("smoke", {
    ...tinyConfig,
    schedule: { name: "cosine" },
    optimizer: { averageDecay: 0.9 },
  });
  const search = findLearningRate({ config, engine, segmentation, train, signal }, {
    phase: 2,
    lowest: 0.1,
    onTrial: (done) => done === 3 && controller.abort(new Error("enough")),
  });
  await expect(search).rejects.toThrow("enough");
  expect([...present(kernel).dataSync()]).toEqual(before);
  await engine.dispose();
});
