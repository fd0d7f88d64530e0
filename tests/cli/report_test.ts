import { join } from "@std/path";
import { expect } from "expect";
import { main } from "papilio/cli/report.ts";
import { writeRun } from "../evaluation/_run.ts";
import { inFolder } from "../predict/_fixtures.ts";
import { run } from "./_run.ts";

Deno.test("report writes one page into the run, or where it is told, with its own command on it", async () => {
  await inFolder(async (folder) => {
    const runPath = await writeRun(folder);
    const inRun = await run(main, [runPath, "--no-faults", "--threads", "1"]);
    expect([inRun.code, inRun.printed]).toEqual([0, expect.stringContaining("Written: ")]);
    expect(await Deno.readTextFile(join(runPath, "report.html"))).toContain("<h1>run</h1>");
    const out = join(folder, "my page.html");
    const args = [runPath, "--no-faults", "--split", "train", "--out", out, "--fill-holes"];
    expect((await run(main, args)).code).toBe(0);
    const page = await Deno.readTextFile(out);
    expect(page).toContain("0.5 nearest fillHoles");
    expect(page).toContain("--split train --threshold 0.5 --fill-holes");
    expect(page).toContain("--split train --out &#39;");
  });
});

Deno.test("report: what cannot be done is told, and nothing is written", async () => {
  await inFolder(async (folder) => {
    const noRun = await run(main, [folder]);
    expect([noRun.code, noRun.printed]).toEqual([
      1,
      expect.stringContaining("Cannot make a report"),
    ]);
    expect((await run(main, [folder, "--count", "0"])).code).toBe(1);
    expect([...Deno.readDirSync(folder)]).toEqual([]);
  });
});
