import { join } from "@std/path";
import { expect } from "expect";
import { main as compare } from "papilio/cli/compare.ts";
import { main as evaluate } from "papilio/cli/evaluate.ts";
import { main as exportMasks } from "papilio/cli/export.ts";
import { main as rate } from "papilio/cli/rate.ts";
import { main as report } from "papilio/cli/report.ts";
import { makeSyntheticDataSet } from "papilio/data/synthetic.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import { resolveConfig } from "papilio/core/config.ts";
import { trainRun } from "papilio/train/run.ts";
import { writeDataSet } from "../evaluation/_fixtures.ts";
import { writeRun } from "../evaluation/_run.ts";
import { brightnessModel, inFolder } from "../predict/_fixtures.ts";
import { run } from "./_run.ts";

/** No file can be made below it, not even by root. */
const unwritable = "/proc/papilio";
const ignore = Deno.build.os !== "linux";

/** Before it the engine and the photos may be named. */
const lastLine = (printed: string) => printed.split("\n").at(-1);

const refusal = (path: string, option: string) =>
  expect.stringMatching(
    `^Cannot write to ${path}: expected a folder that can be written, got .*with ${option}\\.$`,
  );

Deno.test({
  name: "commands refuse a place that cannot be written, before their work",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const runPath = await writeRun(folder);
      const data = join(folder, "data");
      const file = join(folder, "file");
      await Deno.writeTextFile(file, "");
      for (const out of [unwritable, file]) {
        const results = {
          evaluate: await run(evaluate, [runPath, "--out", out, "--threads", "1"]),
          rate: await run(rate, [data, "--preset", "smoke", "--out", out]),
          compare: await run(compare, [data, "--preset", "smoke", "--out", out]),
        };
        for (const [name, { code, printed }] of Object.entries(results)) {
          expect([name, code, lastLine(printed)]).toEqual([name, 1, refusal(out, "--out")]);
        }
        const args = ["--model", brightnessModel, "--input", data, "--threads", "1"];
        const exported = await run(exportMasks, [...args, "--out", out]);
        expect([exported.code, lastLine(exported.printed)]).toEqual([
          1,
          refusal(out, "--out"),
        ]);
        const zooniverse = [...args, "--out", join(folder, "masks"), "--zooniverse", out];
        const set = await run(exportMasks, zooniverse);
        expect([set.code, lastLine(set.printed)]).toEqual([1, refusal(out, "--zooniverse")]);
        const page = join(out, "page.html");
        expect(await run(report, [runPath, "--out", page])).toEqual({
          code: 1,
          printed: refusal(page, "--out"),
        });
      }
      expect([...Deno.readDirSync(folder)].map(({ name }) => name).sort())
        .toEqual(["data", "file", "run"]);
    }),
});

Deno.test({
  name: "training and drawing refuse a place that cannot be written, before their work",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      const data = join(folder, "data");
      await writeDataSet(data, { a: 20, b: 30, c: 20, d: 30 });
      const file = join(folder, "file");
      await Deno.writeTextFile(file, "");
      const config = resolveConfig("smoke", { data, engine: "onnx", threads: 1 });
      const engine = await openEngine(config);
      try {
        for (const place of [unwritable, file]) {
          const events: string[] = [];
          const onEvent = ({ kind }: { kind: string }) => void events.push(kind);
          await expect(trainRun({ config, runPath: place, engine, onEvent })).rejects.toThrow(
            `Cannot write to ${place}: expected a folder that can be written, got `,
          );
          expect(events).toEqual([]);
        }
        const below = join(file, "set");
        await expect(makeSyntheticDataSet(below, { count: 1 })).rejects.toThrow(
          `Cannot write to ${below}: expected a folder that can be written, got a file at ${file}`,
        );
      } finally {
        await engine.dispose();
      }
    }),
});

Deno.test("report: where the run cannot keep an evaluation, the page has it all the same", () =>
  inFolder(async (folder) => {
    const runPath = await writeRun(folder);
    await Deno.writeTextFile(join(runPath, "evaluation"), "in the way");
    const out = join(folder, "page.html");
    const { code, printed } = await run(report, [runPath, "--no-faults", "--out", out]);
    expect([code, printed]).toEqual([
      0,
      expect.stringContaining("The evaluation is not kept. Cannot write to"),
    ]);
    expect(await Deno.readTextFile(out)).toContain("On 3 images");
  }));
