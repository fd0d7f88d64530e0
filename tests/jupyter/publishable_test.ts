import { expect } from "expect";
import type { Output } from "papilio/jupyter/notebook_file.ts";
import { checkPublishable } from "papilio/jupyter/publishable.ts";
import { notebookOf } from "./_cells.ts";

const lines = (text: string): Output => ({ output_type: "stream", name: "stdout", text });
const data = (data: Record<string, unknown>): Output => ({
  output_type: "display_data",
  data,
  metadata: {},
});

const check = (...outputs: Output[]) =>
  checkPublishable("a.ipynb", notebookOf(["1"], [outputs]), ["/home/ada", "/home/ada/my project"]);

Deno.test("paths of this machine are refused wherever they can be read", () => {
  const refused: Output[] = [
    lines("in /home/ada/data"),
    data({ "text/html": "<b>file:///home/ada/my%20project/x.ts</b>" }),
    data({ "text/plain": ["one\n", "/home/ada"] }),
    data({ "application/json": { path: ["/home/ada/x"] } }),
    data({ "image/svg+xml": "<text>/home/ada/x</text>" }),
    { output_type: "error", ename: "E", evalue: "v", traceback: ["at file:///home/ada/x.ts:1:1"] },
  ];
  for (const output of refused) {
    expect(() => check(lines("fine"), output)).toThrow(
      'Cannot publish the outputs of a.ipynb, cell "c1": expected outputs that are the same on every ' +
        "machine, got the path of a folder of this one, /home/ada",
    );
  }
});

Deno.test("other paths, longer names and the letters of pictures are let through", () => {
  check(lines("/home/adam/x ../data/sample /home/bob"), data({ "image/png": "AA/home/ada/AA" }));
});

Deno.test("large outputs and large notebooks are refused", () => {
  check(data({ "image/png": "A".repeat(299_000) }));
  expect(() => check(data({ "image/png": "A".repeat(300_000) }))).toThrow(
    'a.ipynb, cell "c1": expected an output below 300 kB, got 300 kB',
  );
  const outputs = Array.from({ length: 3 }, () => data({ "image/png": "A".repeat(285_000) }));
  check(...outputs);
  expect(() => check(...outputs, ...outputs.slice(0, 1))).toThrow(
    /^Cannot publish the outputs of a\.ipynb: expected a notebook below 1000 kB, got 114\d kB\./,
  );
});
