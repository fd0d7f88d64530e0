import { join } from "@std/path";
import { expect } from "expect";
import {
  codeCells,
  formatNotebook,
  parseNotebook,
  readNotebook,
  writeNotebook,
} from "papilio/jupyter/notebook_file.ts";
import { inFolder } from "../data/_files.ts";
import { notebookOf } from "./_cells.ts";

const golden = join(import.meta.dirname ?? "", "..", "golden", "notebook.ipynb");

Deno.test("a notebook that Jupyter wrote is written back byte for byte", () =>
  inFolder(async (folder) => {
    const path = join(folder, "copy.ipynb");
    await writeNotebook(path, await readNotebook(golden));
    expect(await Deno.readTextFile(path)).toBe(await Deno.readTextFile(golden));
  }));

Deno.test("texts in one piece become lines, and keys are sorted", async () => {
  const notebook = await readNotebook(golden);
  const joined = JSON.parse(
    JSON.stringify(notebook),
    (key, value) => ["source", "text"].includes(key) ? value.join("") : value,
  );
  expect(formatNotebook(parseNotebook(JSON.stringify(joined), "x.ipynb")))
    .toBe(await Deno.readTextFile(golden));
});

Deno.test("only code cells with code run", async () => {
  expect(codeCells(await readNotebook(golden)).map((cell) => cell.id)).toEqual(["code"]);
  expect(codeCells(notebookOf([" \n", "1"])).map((cell) => cell.id)).toEqual(["c2"]);
});

Deno.test("what is no notebook of nbformat 4.5 is refused, with the file and the reason", () => {
  const sound = notebookOf(["1", "2"]);
  const [first, second] = sound.cells;
  const cases: [unknown, string][] = [
    [{ ...sound, nbformat_minor: 4 }, "nbformat_minor: older than nbformat 4.5"],
    [{ ...sound, nbformat: 3 }, "nbformat: "],
    [{ ...sound, cells: [first, { ...second, id: "c1" }] }, "cells: two cells have the same id"],
    [{ ...sound, cells: [{ ...first, id: "a b" }] }, "cells.0.id: an id is 1 to 64 of"],
    [{ ...sound, cells: [{ ...first, outputs: undefined }] }, "cells.0.outputs: "],
    [
      { ...sound, cells: [{ ...first, outputs: [{ output_type: "pyout" }] }] },
      "outputs.0.output_type",
    ],
    [{ ...sound, metadata: { kernelspec: { name: "python3" } } }, "metadata.kernelspec.name: "],
    [{ ...sound, metadata: {} }, "metadata.language_info: "],
    [[], "at the top: "],
  ];
  for (const [content, reason] of cases) {
    expect(() => parseNotebook(JSON.stringify(content), "a.ipynb")).toThrow(
      "Cannot read the notebook a.ipynb: expected Jupyter's nbformat 4.5, for Deno's kernel, got ",
    );
    expect(() => parseNotebook(JSON.stringify(content), "a.ipynb")).toThrow(reason);
  }
  expect(() => parseNotebook("{", "a.ipynb")).toThrow(
    "a.ipynb: expected Jupyter's nbformat 4.5, for Deno's kernel, got no JSON",
  );
});
