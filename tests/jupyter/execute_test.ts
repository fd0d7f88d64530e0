import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import { executeNotebook } from "papilio/jupyter/execute.ts";
import { codeCells } from "papilio/jupyter/notebook_file.ts";
import { displayCode, notebookOf, outputsOf, plainTexts, root } from "./_cells.ts";

/** What a run of these cells is rejected with. */
async function failureOf(sources: string[], options = {}): Promise<PapilioError> {
  const error = await outputsOf(sources, options).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(PapilioError);
  return error;
}

/** Five lines, then a display, forty times. */
const busyCell = `for (let i = 0; i < 40; i++) {
  for (let j = 0; j < 5; j++) console.log(\`line \${i}.\${j}\`);
  await Deno.jupyter.display({ "text/plain": \`display \${i}\` }, { raw: true });
}`;
const busyTexts = Array.from({ length: 40 }, (_, i) => [
  Array.from({ length: 5 }, (_, j) => `line ${i}.${j}\n`).join(""),
  `display ${i}`,
]).flat();

Deno.test("200 lines and 40 displays stay in their cell and their order, in three runs", async () => {
  for (let run = 0; run < 3; run++) {
    const [before, busy, after] = await outputsOf(["console.log(1)", busyCell, "console.log(2)"]);
    expect(plainTexts(before ?? [])).toEqual(["1\n"]);
    expect(plainTexts(busy ?? [])).toEqual(busyTexts);
    expect(plainTexts(after ?? [])).toEqual(["2\n"]);
  }
});

Deno.test("displays that nobody awaited and lines to standard error stay in their cell, too", async () => {
  const unawaited = displayCode("late").replace("await", "void");
  const [first, second] = await outputsOf([
    `for (let i = 0; i < 200; i++) console.error(i); ${unawaited}`,
    "console.log(2)",
  ]);
  const lines = Array.from({ length: 200 }, (_, i) => `${i}\n`).join("");
  expect(plainTexts(first ?? []).toSorted()).toEqual([lines, "late"].toSorted());
  expect(plainTexts(second ?? [])).toEqual(["2\n"]);
});

Deno.test("a later cell redraws what an earlier one displayed", async () => {
  const outputs = await outputsOf([
    displayCode("old", "curves") + displayCode("beside"),
    displayCode("new", "curves", true),
  ]);
  expect(outputs.map(plainTexts)).toEqual([["new", "beside"], []]);
});

Deno.test("counts, results, cells without code; the source stays as it is", async () => {
  const stored = notebookOf(["let a = 41;", "\n", "a += 1;\na"]);
  const executed = await executeNotebook(stored, { name: "x.ipynb", folder: root });
  expect(executed.cells.map((cell) => cell.source)).toEqual(["let a = 41;", "\n", "a += 1;\na"]);
  expect(executed.cells.map((cell) => cell.cell_type === "code" && cell.execution_count))
    .toEqual([1, null, 2]);
  expect(codeCells(executed)[1]?.outputs).toEqual([
    {
      output_type: "execute_result",
      execution_count: 2,
      data: { "text/plain": "42" },
      metadata: {},
    },
  ]);
});

Deno.test("imports are resolved by the settings above the notebook's folder; results have no colours", async () => {
  const [outputs] = await outputsOf(
    ['import { formatDuration } from "papilio/core/progress.ts";\nconsole.log(formatDuration(62), { a: 1 });'],
    { folder: `${root}/tests` },
  );
  expect(plainTexts(outputs ?? [])).toEqual(["1 min 02 s { a: 1 }\n"]);
});

Deno.test("a cell that throws: notebook, cell, number, what it threw and where", async () => {
  const { message } = await failureOf([
    "1;",
    'console.log("x");\nthrow new TypeError("bad");',
    "3;",
  ]);
  expect(message).toContain(
    'Cannot run test.ipynb, cell "c2" (2 of 3): expected it to run through, got TypeError: bad. ',
  );
  expect(message).toMatch(/\nTypeError: bad\n {4}at <anonymous>:2:\d+$/);
});

Deno.test("a cell with an error of syntax fails", async () => {
  const { message } = await failureOf(["const a: = 1;"]);
  expect(message).toContain('cell "c1" (1 of 1): expected it to run through, got Error: ');
});

Deno.test("a cell that takes too long is ended", async () => {
  const { message } = await failureOf(["while (true) {}"], { timeoutSeconds: 0.5 });
  expect(message).toBe(
    'Cannot run test.ipynb, cell "c1" (1 of 1): expected its end within 0.5 s, got none. ' +
      "Give it more time with --timeout <seconds>, or make it do less.",
  );
});

Deno.test("a cell that ends the kernel is an error at once, with the exit code", async () => {
  const { message } = await failureOf(["Deno.exit(3);"], { timeoutSeconds: 3600 });
  expect(message).toContain(
    'cell "c1" (1 of 1): expected a running process, got its end by exit code 3',
  );
});

Deno.test("a kernel that is killed is an error with the signal", async () => {
  const { message } = await failureOf([
    'Deno.kill(Deno.pid, "SIGKILL");\nawait new Promise(() => {});',
  ]);
  expect(message).toContain("expected a running process, got its end by SIGKILL");
});

Deno.test("an interrupt ends the kernel and the run", async () => {
  const controller = new AbortController();
  const onProgress = () => controller.abort(new Error("interrupted"));
  const running = outputsOf(["while (true) {}"], { signal: controller.signal, onProgress });
  await expect(running).rejects.toThrow("interrupted");
  await expect(outputsOf(["1"], { signal: controller.signal })).rejects.toThrow("interrupted");
});
