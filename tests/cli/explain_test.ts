import { join } from "@std/path";
import { expect } from "expect";
import { main } from "papilio/cli/explain.ts";
import { brightnessModel, inFolder } from "../predict/_fixtures.ts";
import { writeDataSet } from "../evaluation/_fixtures.ts";
import { run } from "./_run.ts";

Deno.test("explain: a model without its run, an unknown case and no cases are told", async () => {
  await inFolder(async (folder) => {
    await writeDataSet(join(folder, "data"), { a: 20 });
    const alone = await run(main, [brightnessModel, "--data", join(folder, "data")]);
    expect(alone.code).toBe(1);
    expect(alone.printed).toContain("an .onnx file alone has no gradients");
    const none = await run(main, [join(folder, "nowhere")]);
    expect(none.code).toBe(1);
    expect(none.printed).toContain("a run folder with a trained model");
  });
});
