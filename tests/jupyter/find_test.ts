import { basename, join } from "@std/path";
import { expect } from "expect";
import { findNotebooks } from "papilio/jupyter/find.ts";
import { inFolder } from "../data/_files.ts";

const names = ["01_data.ipynb", "03_model.ipynb", "10_more.ipynb"];

/** The names of the notebooks that are found in a folder with three. */
async function find(...wanted: string[]): Promise<string[]> {
  let found: string[] = [];
  await inFolder(async (folder) => {
    for (const name of [...names].reverse()) await Deno.writeTextFile(join(folder, name), "");
    await Deno.writeTextFile(join(folder, "README.md"), "");
    await Deno.mkdir(join(folder, "02_folder.ipynb"));
    found = (await findNotebooks(folder, wanted)).map((path) => basename(path));
  });
  return found;
}

Deno.test("all notebooks in order, or those named by number or file", async () => {
  expect(await find()).toEqual(names);
  expect(await find("10", "1")).toEqual(["10_more.ipynb", "01_data.ipynb"]);
  expect(await find("03", "notebooks/10_more.ipynb", "03_model")).toEqual([
    "03_model.ipynb",
    "10_more.ipynb",
  ]);
});

Deno.test("a name that fits none is an error with those that are there", async () => {
  for (const wanted of ["2", "0", "model", "0x1"]) {
    await expect(find(wanted)).rejects.toThrow(
      `Cannot find a notebook: expected one out of ${names.join(", ")}, got "${wanted}".`,
    );
  }
});

Deno.test("a folder without notebooks is an error", () =>
  inFolder(async (folder) => {
    await expect(findNotebooks(folder, [])).rejects.toThrow(
      "expected a notebook in notebooks/, got none",
    );
  }));
