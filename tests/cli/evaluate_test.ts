import { join } from "@std/path";
import { expect } from "expect";
import { main } from "papilio/cli/evaluate.ts";
import { brightnessModel, inFolder } from "../predict/_fixtures.ts";
import { writeDataSet } from "../evaluation/_fixtures.ts";
import { writeRun } from "../evaluation/_run.ts";
import { run } from "./_run.ts";

Deno.test("evaluate writes metrics, a summary and figures; two runs are compared", async () => {
  await inFolder(async (folder) => {
    const data = join(folder, "data");
    const out = join(folder, "out");
    await writeDataSet(data, { a: 20, b: 30 });
    const args = [brightnessModel, "--data", data, "--out", out, "--against", brightnessModel];
    const { code, printed } = await run(main, args);
    expect([code, printed.includes("IoU")]).toEqual([0, true]);
    expect(printed).toContain("difference: second less first");
    const summary = JSON.parse(await Deno.readTextFile(join(out, "summary.json")));
    expect(summary.metrics[1]).toMatchObject({ name: "iou", macro: { value: 0.75, images: 2 } });
    const csv = await Deno.readTextFile(join(out, "metrics.csv"));
    expect(csv.split("\n").length).toBe(4);
    for (const name of ["all", "thresholds", "reliability"]) {
      expect((await Deno.stat(join(out, `${name}.png`))).size).toBeGreaterThan(1000);
    }
  });
});

Deno.test("evaluate: options are compared with plain masks; cases without masks are told", async () => {
  await inFolder(async (folder) => {
    await writeDataSet(folder, { a: 20, b: 30, c: 20 });
    await Deno.remove(join(folder, "c", "masks"), { recursive: true });
    const args = [brightnessModel, "--data", folder, "--out", join(folder, "out"), "--no-figures"];
    const { code, printed } = await run(main, [...args, "--min-area", "500", "--against-plain"]);
    expect(code).toBe(0);
    expect(printed).toContain("left out: 1 case without a usable mask");
    expect(printed).toMatch(/IoU +macro +0\.7500 +0\.0000 +-0\.7500/);
    expect(printed).toContain("worst by IoU: a, b");
  });
});

Deno.test("evaluate: an unreadable photo makes the exit code 1, and a wrong step is told", async () => {
  await inFolder(async (folder) => {
    await writeDataSet(folder, { a: 20, b: 30 });
    await Deno.writeTextFile(join(folder, "a", "images", "a.png"), "no photo");
    const args = [brightnessModel, "--data", folder, "--out", join(folder, "out"), "--no-figures"];
    const { code, printed } = await run(main, args);
    expect([code, printed.includes("failed: a")]).toEqual([1, true]);
    const wrong = await run(main, [...args, "--open", "wide"]);
    expect(wrong.code).toBe(1);
    expect(wrong.printed).toContain("a value that --open takes, got wide");
  });
});

Deno.test("evaluate: other data are judged though the run's own have moved, and what is left out is said", async () => {
  await inFolder(async (folder) => {
    const runPath = await writeRun(
      folder,
      "id,split\na,validation\nb,validation\nc,validation\nd,test\n",
    );
    await writeDataSet(join(folder, "other"), { x: 20, y: 30, z: 20 });
    const args = [runPath, "--data", join(folder, "other"), "--no-figures"];
    const before = await run(main, args);
    expect(before.printed).toMatch(/threshold: 3\/3 validation images.*\nevaluate: 3\/3 images/);
    expect(before.printed).toContain(
      "3 images (all); masks: threshold 0.5, resized by nearest neighbour; 95 %",
    );
    expect(before.printed).toContain("threshold with the highest Dice on validation");
    await Deno.rename(join(folder, "data"), join(folder, "moved"));
    const { code, printed } = await run(main, args);
    expect(code).toBe(0);
    expect(printed).toContain(
      "left out: the threshold that suits the run's own validation cases best. Cannot read the data set",
    );
    expect(printed).toContain("evaluate: 3/3 images");
    expect(printed).not.toContain("threshold with the highest Dice");
    expect(printed).not.toContain("--input");
    const best = await run(main, [...args, "--best-threshold"]);
    expect([best.code, best.printed]).toEqual([
      1,
      expect.stringContaining("Cannot choose the threshold"),
    ]);
    const own = await run(main, [runPath]);
    expect([own.code, own.printed]).toEqual([
      1,
      expect.stringContaining(", or give another data set with --data."),
    ]);
    const against = await run(main, [
      brightnessModel,
      ...args.slice(1),
      "--out",
      join(folder, "o"),
    ]);
    expect(against.printed).not.toContain("left out");
  });
});

Deno.test("evaluate: a model file on its own needs a folder to write to, which is said before the work", async () => {
  await inFolder(async (folder) => {
    await writeDataSet(folder, { a: 20 });
    const { code, printed } = await run(main, [brightnessModel, "--data", folder]);
    expect([code, printed]).toEqual([
      1,
      "Cannot keep an evaluation: expected a folder to write to, got none, and a model without a run " +
      "folder. Give one with --out.",
    ]);
  });
});
