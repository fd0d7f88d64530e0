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
    expect(page).toContain("threshold 0.5, resized by nearest neighbour, then --fill-holes");
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

Deno.test("report: why nothing was evaluated is said once on the page, and on the terminal", async () => {
  await inFolder(async (folder) => {
    const runPath = await writeRun(folder);
    await Deno.rename(join(folder, "data"), join(folder, "moved"));
    const { code, printed } = await run(main, [runPath, "--no-faults"]);
    const sentence = "Cannot read the data set of";
    expect([code, printed.split(sentence).length]).toEqual([0, 2]);
    expect(printed).toContain("The run was not evaluated. Cannot read the data set of");
    expect(printed).toContain(`write its new place into ${join(runPath, "config.json")}.`);
    expect(printed).not.toMatch(/--(input|data)/);
    const page = await Deno.readTextFile(join(runPath, "report.html"));
    expect(page.split(sentence).length).toBe(2);
    expect(page).toContain("There is no evaluation: see Results.");
  });
});
