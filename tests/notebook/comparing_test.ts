import { fromFileUrl, join } from "@std/path";
import { expect } from "expect";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { compareNetworks } from "papilio/notebook/comparing.ts";
import { makeDataSet } from "../train/_disc_data_set.ts";
import { withFolder } from "../train/_stand_in.ts";
import { entriesOn } from "./_two_entries.ts";
import { inNotebook } from "./_stub_kernel.ts";

Deno.test("networks are compared with a line for each, and no other output", () =>
  withFolder(async (folder) => {
    await makeDataSet(join(folder, "data"));
    const entries = entriesOn(join(folder, "data"));
    const engine = await OnnxEngine.create();
    const lines: string[] = [];
    const { error } = console;
    console.error = (line: string) => void lines.push(line);
    try {
      const options = { out: join(folder, "comparison"), engine };
      const sent = await inNotebook(async () => {
        const { rows, failures, part } = await compareNetworks(entries, options);
        expect(failures).toEqual([]);
        expect(part).toBe("test");
        expect(rows.map(({ name }) => name).sort()).toEqual(["one", "two"]);
      });
      expect(new Set(sent.map(({ content }) => content.transient.display_id)).size).toBe(1);
      expect(sent.at(-1)?.content.data["text/markdown"]).toMatch(
        /^```text\none: epoch 2 of 2, validation IoU \S+\ntwo: epoch 2 of 2, validation IoU \S+\n```$/,
      );
      const again = await inNotebook(async () => void await compareNetworks(entries, options));
      expect(again.at(-1)?.content.data["text/markdown"]).toBe(
        "```text\none: is there already\ntwo: is there already\n```",
      );
      expect(lines).toEqual([]);
    } finally {
      console.error = error;
      await engine.dispose();
    }
  }));

Deno.test("an interrupt stops a comparison, and the same call goes on", () =>
  withFolder(async (folder) => {
    await makeDataSet(join(folder, "data"));
    // In a process of its own: `deno test` listens to interrupts itself.
    const script = fromFileUrl(new URL("_interrupted_comparison.ts", import.meta.url));
    const { stdout, code } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", script, folder],
      env: { NO_COLOR: "1" },
      stderr: "inherit",
    }).output();
    const lines = new TextDecoder().decode(stdout).trim().split("\n").filter((line) => line !== "");
    expect(lines.slice(-2)).toEqual([
      "Interrupted. What is finished is saved: run this cell again to go on.",
      "judged: one, two",
    ]);
    expect(code).toBe(0);
  }));
