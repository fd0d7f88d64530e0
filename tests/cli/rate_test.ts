import { join } from "@std/path";
import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import { main } from "papilio/cli/rate.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import { trainRun } from "papilio/train/run.ts";
import { makeDataSet } from "../train/_disc_data_set.ts";
import { withFolder } from "../train/_stand_in.ts";
import { run } from "./_run.ts";

Deno.test("rate: rates and their chart in files, and the option to copy", async () => {
  await withFolder(async (folder) => {
    const data = join(folder, "data");
    await makeDataSet(data);
    const out = join(folder, "rates");
    const settings = ["--preset", "smoke", "--inputSidePx=32", "--engine=onnx", "--threads=1"];
    const { code, printed } = await run(main, [data, ...settings, "--steps", "30", "--out", out]);
    expect([code, printed]).toEqual([0, expect.stringMatching(/ {2}--phase1\.learning-rate=\d/)]);
    expect(printed).toContain(join(out, "phase1.png"));
    const [header, ...lines] = (await Deno.readTextFile(join(out, "phase1.csv"))).trim().split(
      "\n",
    );
    expect(header).toBe("learning_rate,loss,smoothed_loss");
    expect(lines[0]).toMatch(/^1e-7,/);
    expect(lines.length).toBeGreaterThan(10);
    expect((await Deno.readFile(join(out, "phase1.png"))).length).toBeGreaterThan(1000);

    const wrong = await run(main, [data, "--phase", "3"]);
    expect([wrong.code, wrong.printed]).toEqual([1, ""]);
    const missing = await run(main, [data, ...settings, "--from", join(folder, "none")]);
    expect(missing.code).toBe(1);
  });
});

Deno.test("rate: begins with a run's best weights, as its phase 2 does", async () => {
  await withFolder(async (folder) => {
    const [data, runPath] = [join(folder, "data"), join(folder, "run")];
    await makeDataSet(data);
    const small = { encoder: "double-conv", encoderFilters: 4, encoderDepth: 2 } as const;
    const settings = resolveConfig("smoke", {
      ...{ ...small, decoderFilters: [], data, inputSidePx: 32, engine: "onnx", threads: 1 },
      phase1: { epochs: 0 },
      phase2: { epochs: 8, learningRate: 0.01 },
    });
    const engine = await openEngine(settings);
    await trainRun({ config: settings, runPath, engine });
    await engine.dispose();

    const config = join(folder, "config.json");
    await Deno.writeTextFile(config, JSON.stringify(settings));
    const firstLoss = async (...more: string[]) => {
      const out = join(folder, `rates${more.length}`);
      const options = ["--config", config, "--phase", "2", "--steps", "20", "--out", out];
      const { code, printed } = await run(main, [data, ...options, ...more]);
      expect([code, printed]).toEqual([0, expect.stringContaining("phase2.csv")]);
      const [, line = ""] = (await Deno.readTextFile(join(out, "phase2.csv"))).split("\n");
      return Number(line.split(",")[1]);
    };
    expect(await firstLoss("--from", runPath)).toBeLessThan(0.8 * await firstLoss());
  });
});
