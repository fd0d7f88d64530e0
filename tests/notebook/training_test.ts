import { join } from "@std/path";
import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import { exists } from "papilio/core/files.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { type EpochResult, train, trainAside } from "papilio/notebook/training.ts";
import { makeDataSet } from "../train/_disc_data_set.ts";
import { withFolder } from "../train/_stand_in.ts";
import { inNotebook } from "./_stub_kernel.ts";

const shortConfig = (folder: string) =>
  resolveConfig("smoke", {
    data: join(folder, "data"),
    inputSidePx: 32,
    validationFraction: 0.25,
    phase1: { epochs: 2 },
    phase2: { epochs: 1 },
    threads: 1,
  });

Deno.test("train: one phase in one cell, the other in the next", async () => {
  await withFolder(async (folder) => {
    await makeDataSet(join(folder, "data"));
    const config = shortConfig(folder);
    const run = runFolder(join(folder, "run"));
    const seen: EpochResult[] = [];
    const onEpoch = (result: EpochResult) => Promise.resolve(void seen.push(result));
    const sent = await inNotebook(async () => {
      await train(run, config, { until: "phase 2", onEpoch });
      expect(await exists(run.summary)).toBe(false);
      await train(run, config, { onEpoch });
      expect(await exists(run.summary)).toBe(true);
    });
    const phases = seen.map(({ history }) => history.map(({ phase }) => phase));
    expect(phases).toEqual([[1], [1, 1], [1, 1, 2]]);
    const [first, , last] = seen.map(({ samples }) => samples.map(({ id }) => id));
    expect(first?.length).toBeGreaterThan(0);
    expect(last).toEqual(first);
    const places = new Map(
      sent.map(({ content }) => [content.transient.display_id, content.data["text/markdown"]]),
    );
    const lastTexts = [...places.values()].map((text) =>
      text?.split("\n").map((line) => line.split(":")[0])
    );
    expect(lastTexts).toEqual([
      ["```text", expect.stringContaining("Reading 8 cases"), "phase 1 epoch 1", "phase 1 epoch 2"],
      [
        "```text",
        "Resumed after phase 1 epoch 2",
        "phase 2 epoch 3",
        "Writing the model of epoch 3",
      ],
    ].map((lines) => [...lines, "done", "```"]));
  });
});

Deno.test("trainAside: gives the epochs, leaves nothing", async () => {
  await withFolder(async (folder) => {
    await makeDataSet(join(folder, "data"));
    const config = shortConfig(folder);
    const none = { ...config.phase1, epochs: 0 };
    await inNotebook(async () => {
      const rows = await trainAside({ ...config, phase1: none });
      expect(rows.map(({ phase, epoch }) => [phase, epoch])).toEqual([[2, 1]]);
    });
  });
});
