import { join } from "@std/path";
import { expect } from "expect";
import { checkCode, extractModule } from "papilio/jupyter/check_code.ts";
import { checkFormat, formatNotebooks } from "papilio/jupyter/check_format.ts";
import { readNotebook, writeNotebook } from "papilio/jupyter/notebook_file.ts";
import { inFolder } from "../data/_files.ts";
import { notebookOf, root } from "./_cells.ts";

/** Writes notebooks of these cells into a folder. */
async function write(folder: string, notebooks: Record<string, string[]>): Promise<string[]> {
  const paths: string[] = [];
  for (const [name, sources] of Object.entries(notebooks)) {
    const path = join(folder, `${name}.ipynb`);
    await writeNotebook(path, notebookOf(sources));
    paths.push(path);
  }
  return paths;
}

Deno.test("cells become one module that knows where its lines come from", () => {
  const { text, places } = extractModule(notebookOf(["a;\nb;", " ", "c;"]), "n.ipynb");
  expect(text).toBe("a;\nb;\nc;\n");
  expect(places).toEqual([
    'n.ipynb, cell "c1", line 1',
    'n.ipynb, cell "c1", line 2',
    'n.ipynb, cell "c3", line 1',
  ]);
});

Deno.test("sound code, with aliases, names of earlier cells and Deno.jupyter, is accepted", () =>
  inFolder(async (folder) => {
    const shared = 'import { formatDuration } from "papilio/core/progress.ts";';
    const cells = [shared, "const seconds = 3;", "console.log(formatDuration(seconds));"];
    const display = ["await Deno.jupyter.display({}, { raw: true });"];
    await checkCode(await write(folder, { one: cells, two: [...cells, ...display] }), root);
  }));

Deno.test("faults of types, imports and lint, in several notebooks: each with its cell and line", () =>
  inFolder(async (folder) => {
    const paths = await write(folder, {
      one: [
        "const sound = 1;",
        'console.log(sound);\nconst wrong: number = "text";\nconsole.log(wrong);',
      ],
      two: ['import { nothing } from "papilio/core/errors.ts";\nnothing();', "debugger;"],
    });
    const { message } = await checkCode(paths, root).catch((error) => error);
    expect(message).toContain(
      "Cannot accept the notebooks: expected cells without faults, got 3. ",
    );
    expect(message).toMatch(
      /TS2322.*not assignable to type 'number'\.\n.*\n.*\n\s+at one\.ipynb, cell "c2", line 2\n/,
    );
    expect(message).toMatch(
      /TS2305.*no exported member 'nothing'\.\n.*\n.*\n\s+at two\.ipynb, cell "c1", line 1\n/,
    );
    expect(message).toMatch(/`debugger` .*\(no-debugger\)\n\s+at two\.ipynb, cell "c2", line 1$/);
    expect(message).not.toContain(folder);
  }));

Deno.test("a module that is not there is a fault", () =>
  inFolder(async (folder) => {
    const paths = await write(folder, {
      one: ["1;", 'import { a } from "papilio/nothing.ts";\na();'],
    });
    await expect(checkCode(paths, root)).rejects.toThrow(
      /nothing\.ts.*\n?.*one\.ipynb, cell "c2", line 1/,
    );
  }));

Deno.test("unformatted cells are named, and formatted on demand; outputs stay", () =>
  inFolder(async (folder) => {
    const paths = await write(folder, { good: ["const a = 1;\na;"], bad: ["const  a=1", "a"] });
    await expect(checkFormat(paths, root)).rejects.toThrow(
      "expected cells as Deno's formatter writes them, got others in bad.ipynb. " +
        "Format them: deno task notebooks bad.ipynb --format",
    );
    expect(await formatNotebooks(paths, root)).toEqual([paths[1]]);
    await checkFormat(paths, root);
    expect((await readNotebook(paths[1]!)).cells.map((cell) => cell.source))
      .toEqual([["const a = 1;"], ["a;"]]);
  }));

Deno.test("what cannot be parsed, and so not formatted, is a fault", () =>
  inFolder(async (folder) => {
    const paths = await write(folder, { bad: ["1;", "2;\nconst a: = 1;"] });
    const { message } = await checkCode(paths, root).catch((error) => error);
    expect(message).toMatch(
      /got 1\. .*\n.*SyntaxError: .*\n.*\n.*\n.*\n\s+at bad\.ipynb, cell "c2", line 2$/,
    );
  }));
