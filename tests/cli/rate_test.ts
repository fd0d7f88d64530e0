import { join } from "@std/path";
import { expect } from "expect";
import { main } from "papilio/cli/rate.ts";
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
