import { join } from "@std/path";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { exists } from "papilio/core/files.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { renderRunReport } from "papilio/evaluation/report.ts";
import { plainRecipe } from "papilio/predict/recipe.ts";
import { inFolder } from "../predict/_fixtures.ts";
import { attribute, elementsOf, wordsOf } from "../report/page/_document.ts";
import { writeRun } from "./_run.ts";

const now = new Date("2026-01-02T03:04:05Z");

/** The words of a section of the page. */
function section(page: string, id: string): string {
  const found = elementsOf(page).find((element) => attribute(element, "id") === id);
  return wordsOf(present(found, id));
}

function idsOfCases(page: string): (string | undefined)[] {
  return elementsOf(page).map((element) => attribute(element, "data-id"))
    .filter((id) => id !== undefined);
}

Deno.test("report: evaluates, draws the cases by IoU, and names all that made the run", async () => {
  await inFolder(async (folder) => {
    const run = await writeRun(folder);
    const page = await renderRunReport(run, { now, predictor: { threads: 1 } });
    expect(section(page, "results")).toContain("On 3 images of the validation part");
    expect(section(page, "results")).toContain("the worst has 0.500, the best 1.000");
    expect(idsOfCases(page)).toEqual(["b", "c", "a"]);
    expect(section(page, "cases")).toContain("IoU 0.667");
    expect(section(page, "training")).toContain(
      "3 epochs: 1 with the encoder frozen, then 2 of all",
    );
    expect(section(page, "training")).toContain("Epoch 2 had the lowest validation loss");
    expect(section(page, "configuration")).toContain("The preset smoke is nearest");
    expect(section(page, "configuration")).toContain("phase1.epochs 3 1");
    expect(section(page, "data")).toContain("duplicate image (3)"); // All photos are the same.
    expect(section(page, "data")).toContain("train 1");
    expect(section(page, "model-card")).toContain("Of brightness.");
    const command = `deno task train ${join(folder, "data")} --preset smoke --out ${run}`;
    expect(section(page, "commands")).toContain(`${command} \\ --phase1.epochs=3`);
    expect(page).toContain("2026-01-02 03:04 UTC");
    expect(await exists(join(run, "evaluation", "validation", "metrics.csv"))).toBe(true);
  });
});

Deno.test("report: outlines of prediction and truth lie where the masks end", async () => {
  await inFolder(async (folder) => {
    const page = await renderRunReport(await writeRun(folder), { examine: false });
    const paths = elementsOf(page).filter(({ tagName }) => tagName === "path");
    const pathOf = (id: string) =>
      attribute(present(paths.find((path) => attribute(path, "id") === id)), "d");
    expect([pathOf("p0"), pathOf("t0")]).toEqual(["M20 0h20v20h-20z", "M30 0h10v20h-10z"]);
    expect([pathOf("p1"), pathOf("t1")]).toEqual(["M20 0h20v20h-20z", "M10 0h30v20h-30z"]);
    expect(section(page, "data")).toContain("The files were not looked at");
  });
});

Deno.test("report: an evaluation that is there is shown with its own recipe, and made anew for another", async () => {
  await inFolder(async (folder) => {
    const run = await writeRun(folder);
    const path = join(run, "evaluation", "validation", "summary.json");
    const reportWith = (threshold?: number) =>
      renderRunReport(run, {
        examine: false,
        recipe: threshold === undefined
          ? undefined
          : (predictor) => ({ ...plainRecipe(predictor), threshold }),
      });
    expect(section(await reportWith(0.25), "metrics")).toContain("Masks: threshold 0.25, resized");
    const { mtime } = await Deno.stat(path);
    expect(section(await reportWith(), "metrics")).toContain("Masks: threshold 0.25, resized");
    expect((await Deno.stat(path)).mtime).toEqual(mtime);
    expect(section(await reportWith(0.75), "metrics")).toContain("Masks: threshold 0.75, resized");
  });
});

Deno.test("report: an evaluation of another network is made anew", async () => {
  await inFolder(async (folder) => {
    const run = await writeRun(folder);
    await renderRunReport(run, { examine: false });
    const path = join(run, "evaluation", "validation", "summary.json");
    const stale = { ...JSON.parse(await Deno.readTextFile(path)), modelHash: "00", images: 99 };
    await Deno.writeTextFile(path, JSON.stringify(stale));
    const page = await renderRunReport(run, { examine: false });
    expect(section(page, "results")).toContain("On 3 images");
  });
});

Deno.test("report: what is gone or not there yet becomes a sentence", async () => {
  await inFolder(async (folder) => {
    const run = await writeRun(folder);
    await renderRunReport(run, { examine: false });
    await Deno.rename(join(folder, "data"), join(folder, "moved"));
    const withoutData = await renderRunReport(run);
    expect(section(withoutData, "results")).toContain("On 3 images of the validation part");
    expect(section(withoutData, "cases")).toContain("There are no pictures of cases.");
    expect(section(withoutData, "data")).toContain("The data could not be looked at.");
    const { onnx, history, model, split } = runFolder(run);
    await Deno.remove(join(run, "evaluation"), { recursive: true });
    for (const path of [onnx, history, join(model, "README.md"), split]) await Deno.remove(path);
    const bare = await renderRunReport(run, { examine: false });
    expect(section(bare, "results")).toContain("The run was not evaluated. Cannot predict");
    expect(section(bare, "training")).toContain("The run has no history of its training.");
    expect(section(bare, "model-card")).toContain("The run has no model card");
  });
});

Deno.test("report: a part without cases is told, with what to do", async () => {
  await inFolder(async (folder) => {
    const run = await writeRun(folder);
    const page = await renderRunReport(run, { part: "test", examine: false });
    expect(section(page, "results")).toMatch(
      /expected test cases in the run's split\.csv, got none/,
    );
  });
});

Deno.test("report: a photo that cannot be read is a failed case, and not in the pictures", async () => {
  await inFolder(async (folder) => {
    const run = await writeRun(folder);
    await Deno.writeTextFile(join(folder, "data", "b", "images", "b.png"), "no photo");
    const page = await renderRunReport(run, { examine: false });
    expect(section(page, "failures")).toContain("1 case could not be judged");
    expect(idsOfCases(page)).toEqual(["c", "a"]);
  });
});

Deno.test("report: a folder that is no run is an error with its remedy", async () => {
  await inFolder(async (folder) => {
    await expect(renderRunReport(folder)).rejects.toThrow(
      /Cannot make a report: expected the folder of a run, .* Give the folder that `deno task train`/,
    );
  });
});
