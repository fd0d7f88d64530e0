import { expect } from "expect";
import { compareOutputs, describeKinds } from "papilio/jupyter/compare.ts";
import type { Output } from "papilio/jupyter/notebook_file.ts";
import { notebookOf } from "./_cells.ts";

const lines: Output = { output_type: "stream", name: "stdout", text: "x" };
const figure: Output = {
  output_type: "display_data",
  data: { "text/plain": "figure", "image/png": "AAAA" },
  metadata: {},
};
const result: Output = {
  output_type: "execute_result",
  execution_count: 1,
  data: { "text/plain": "2" },
  metadata: {},
};

Deno.test("kinds: type, stream, media types in one order; neighbours are counted", () => {
  const swapped: Output = { ...figure, data: { "image/png": "", "text/plain": "" } };
  expect(describeKinds([lines, figure, swapped, result, lines])).toBe(
    "stream stdout, 2 × display_data image/png + text/plain, execute_result text/plain, stream stdout",
  );
  expect(describeKinds([])).toBe("no output");
});

Deno.test("other texts and figures of the same kinds are the same", () => {
  const stored = notebookOf(["1", "2"], [[lines, figure], []]);
  const other: Output = { ...figure, data: { "image/png": "BBBB", "text/plain": "other" } };
  compareOutputs("a.ipynb", stored, notebookOf(["1", "2"], [[{ ...lines, text: "y" }, other], []]));
});

Deno.test("a missing, an additional and a different output: every cell is named, with both sides", () => {
  const sources = ["1", "2", "3", "4"];
  const stored = notebookOf(sources, [[lines, figure], [], [figure], [figure, figure]]);
  const executed = notebookOf(sources, [[lines], [result], [figure], [figure]]);
  expect(() => compareOutputs("a.ipynb", stored, executed)).toThrow(
    "Cannot confirm the stored outputs of a.ipynb: expected " +
      'in cell "c1" stream stdout, display_data image/png + text/plain; in cell "c2" no output; ' +
      'in cell "c4" 2 × display_data image/png + text/plain, ' +
      'got in cell "c1" stream stdout; in cell "c2" execute_result text/plain; ' +
      'in cell "c4" display_data image/png + text/plain. ',
  );
});
