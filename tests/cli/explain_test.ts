import { join } from "@std/path";
import { expect } from "expect";
import { main } from "papilio/cli/explain.ts";
import { brightnessModel, inFolder } from "../predict/_fixtures.ts";
import { writeDataSet } from "../evaluation/_fixtures.ts";
import { run } from "./_run.ts";

Deno.test("explain: a model without its run, a class that it does not have and no run are told", async () => {
  await inFolder(async (folder) => {
    await writeDataSet(join(folder, "data"), { a: 20 });
    const alone = await run(main, [brightnessModel, "--data", join(folder, "data")]);
    expect(alone.code).toBe(1);
    expect(alone.printed).toContain("an .onnx file alone has no gradients");
    const other = await run(main, [brightnessModel, "--class", "moth"]);
    expect([other.code, other.printed]).toEqual([
      1,
      'Cannot look at the class moth: expected one of butterfly, got "moth". Give one of these with --class.',
    ]);
    const none = await run(main, [join(folder, "nowhere")]);
    expect(none.code).toBe(1);
    expect(none.printed).toContain("a run folder with a trained model");
  });
});
