import { join } from "@std/path";
import { expect } from "expect";
import { readNotebook, writeNotebook } from "papilio/jupyter/notebook_file.ts";
import { runNotebooks, type RunOptions } from "papilio/jupyter/run_notebooks.ts";
import { inFolder } from "../data/_files.ts";
import { displayCode, notebookOf } from "./_cells.ts";

/** Runs notebooks; returns whether all ran, and what was printed. */
async function run(
  paths: string[],
  options: Partial<RunOptions>,
): Promise<{ allRan: boolean; printed: string }> {
  const { log, error } = console;
  const lines: string[] = [];
  console.log = console.error = (line) => lines.push(line);
  try {
    const allRan = await runNotebooks(paths, {
      timeoutSeconds: 120,
      privateFolders: [],
      ...options,
    });
    return { allRan, printed: lines.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}

Deno.test("outputs are stored by --write alone, and then --compare finds what is missing", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.ipynb");
    await writeNotebook(path, notebookOf(["console.log(1);", displayCode("figure")]));
    const before = await Deno.readTextFile(path);
    expect((await run([path], {})).allRan).toBe(true);
    expect(await Deno.readTextFile(path)).toBe(before);

    const written = await run([path], { write: true });
    expect(written.printed).toMatch(/a\.ipynb: 2 cells ran, \d+ s\n1 of 1 notebook ran, \d+ s$/);
    const stored = await readNotebook(path);
    expect(stored.cells).toMatchObject([
      { execution_count: 1, outputs: [{ output_type: "stream", text: ["1\n"] }] },
      {
        execution_count: 2,
        outputs: [{ output_type: "display_data", data: { "text/plain": ["figure"] } }],
      },
    ]);
    expect((await run([path], { compare: true })).allRan).toBe(true);

    await writeNotebook(path, {
      ...stored,
      cells: stored.cells.map((cell) => cell.id === "c2" ? { ...cell, source: "2;" } : cell),
    });
    const { allRan, printed } = await run([path], { compare: true });
    expect(allRan).toBe(false);
    expect(printed).toContain(
      'expected in cell "c2" display_data text/plain, got in cell "c2" execute_result text/plain',
    );
  }));

Deno.test("a notebook that fails is left as it is, and the others run; each in its own folder", () =>
  inFolder(async (folder) => {
    const below = join(folder, "below");
    const paths = [join(folder, "a.ipynb"), join(below, "b.ipynb")] as const;
    await writeNotebook(paths[0], notebookOf(["console.log(1);", 'throw new Error("no");']));
    await writeNotebook(paths[1], notebookOf(['await Deno.writeTextFile("here.txt", "");']));
    const before = await Deno.readTextFile(paths[0]);
    const { allRan, printed } = await run([...paths], { write: true });
    expect(allRan).toBe(false);
    expect(printed).toMatch(/a\.ipynb: failed, \d+ s\nCannot run a\.ipynb, cell "c2" \(2 of 2\)/);
    expect(printed).toMatch(/b\.ipynb: 1 cell ran, \d+ s\n1 of 2 notebooks ran/);
    expect(await Deno.readTextFile(paths[0])).toBe(before);
    expect((await Deno.stat(join(below, "here.txt"))).isFile).toBe(true);
  }));

Deno.test("outputs with the paths of this machine are stored with a warning, and never confirmed", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.ipynb");
    await writeNotebook(path, notebookOf(["console.log(Deno.cwd());"]));
    const privateFolders = [await Deno.realPath(folder)];
    const fault = expect.stringContaining("the path of a folder of this one");
    for (
      const [options, isWell] of [[{ write: true }, true], [{ compare: true }, false]] as const
    ) {
      const { allRan, printed } = await run([path], { ...options, privateFolders });
      expect([allRan, printed]).toEqual([isWell, fault]);
    }
    expect(await Deno.readTextFile(path)).toContain(privateFolders[0]);
  }));

Deno.test("an interrupt ends the run without an error", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a.ipynb");
    await writeNotebook(path, notebookOf(["while (true) {}"]));
    const { allRan, printed } = await run([path, path], { signal: AbortSignal.timeout(1000) });
    expect([allRan, printed]).toEqual([
      false,
      expect.stringMatching(/^a\.ipynb: interrupted, \d+ s\n0 of 2/),
    ]);
  }));
