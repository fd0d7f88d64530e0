import { join } from "@std/path";
import { expect } from "expect";
import { main } from "papilio/cli/evaluate.ts";
import { brightnessModel, inFolder } from "../predict/_fixtures.ts";
import { writeDataSet } from "../evaluation/_fixtures.ts";
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
