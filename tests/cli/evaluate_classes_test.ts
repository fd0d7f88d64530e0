import { join } from "@std/path";
import { expect } from "expect";
import { main as evaluate } from "papilio/cli/evaluate.ts";
import { main as report } from "papilio/cli/report.ts";
import { exists } from "papilio/core/files.ts";
import { brightnessModel, inFolder } from "../predict/_fixtures.ts";
import {
  colourModel,
  mixed,
  right,
  writeClassCases,
  writeClassRun,
} from "../evaluation/_classes.ts";
import { run } from "./_run.ts";

Deno.test("evaluate: a run of several classes is judged, drawn and compared by its means and classes", async () => {
  await inFolder(async (folder) => {
    const path = await writeClassRun(folder);
    const { code, printed } = await run(evaluate, [path, "--against", path]);
    expect([code, printed]).toEqual([0, expect.stringContaining("2 images (validation)")]);
    expect(printed).toContain("worst by mean IoU: mixed (body 0.6667)");
    expect(printed).toMatch(/IoU, body +macro +0\.6667 +0\.6667 +\+0\.0000/);
    const out = join(path, "evaluation", "validation");
    const summary = JSON.parse(await Deno.readTextFile(join(out, "summary.json")));
    expect(summary.confusion).toEqual([[12, 1, 0], [0, 12, 0], [2, 0, 4]]);
    expect(summary.recipe).toBe("likeliest nearest");
    for (const name of ["metrics.csv", "all.png", "confusion.png", "reliability.png"]) {
      expect([name, await exists(join(out, name))]).toEqual([name, true]);
    }
    expect(await exists(join(out, "thresholds.png"))).toBe(false);
  });
});

Deno.test("evaluate: a model of several classes on its own brings its class table", async () => {
  await inFolder(async (folder) => {
    await Deno.writeFile(join(folder, "model.onnx"), colourModel());
    await writeClassCases(join(folder, "data"), { mixed, right });
    const args = ["--data", join(folder, "data"), "--out", join(folder, "out"), "--no-figures"];
    const { code, printed } = await run(evaluate, [join(folder, "model.onnx"), ...args]);
    expect([code, printed]).toEqual([0, expect.stringContaining("2 images (all)")]);
  });
});

Deno.test("evaluate: what is of binary masks is refused, and nothing is written", async () => {
  await inFolder(async (folder) => {
    const path = await writeClassRun(folder);
    const refusals = {
      "--sweep": "Leave --sweep away",
      "--best-threshold": "Leave --best-threshold away",
      "--threshold=0.3": "Leave --threshold away",
      "--smooth=2": "post-process masks of several classes",
      [`--against=${brightnessModel}`]: "Compare runs that were trained with the same --classes",
    };
    for (const [option, words] of Object.entries(refusals)) {
      const { code, printed } = await run(evaluate, [path, option]);
      expect([option, code, printed]).toEqual([option, 1, expect.stringContaining(words)]);
    }
    expect(await exists(join(path, "evaluation"))).toBe(false);
  });
});

Deno.test("report: a run of several classes has a page of its own", async () => {
  await inFolder(async (folder) => {
    const path = await writeClassRun(folder);
    expect(await run(report, [path])).toMatchObject({ code: 0 });
    const page = await Deno.readTextFile(join(path, "report.html"));
    for (
      const words of [
        ...[
          "means over the classes wings, body",
          "Confusion matrix",
          "Validation IoU of each class",
        ],
        ...[
          "mean IoU 0.733, worst body 0.667",
          "they are in no figure",
          "--classes=background=0,wings=1,body=2",
        ],
      ]
    ) expect(page).toContain(words);
    const refused = await run(report, [
      path,
      "--threshold",
      "0.3",
      "--out",
      join(folder, "no.html"),
    ]);
    expect([refused.code, refused.printed]).toEqual([
      1,
      expect.stringContaining("Leave --threshold away"),
    ]);
    expect(await exists(join(folder, "no.html"))).toBe(false);
  });
});
