import { join } from "@std/path";
import { expect } from "expect";
import { resolveEntries } from "papilio/comparison/entries.ts";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { compareNetworks } from "papilio/notebook/comparing.ts";
import { makeDataSet } from "../train/_disc_data_set.ts";
import { withFolder } from "../train/_stand_in.ts";
import { inNotebook } from "./_stub_kernel.ts";

const entriesOn = (data: string) =>
  resolveEntries(
    ["one", "two"].map((name) => ({ name, preset: "smoke", overrides: {} })),
    (own) => ({
      ...own,
      ...{ data, inputSidePx: 32, split: "random", validationFraction: 0.25, testFraction: 0.25 },
      ...{ encoder: "double-conv", encoderDepth: 2, encoderFilters: 2, decoderFilters: [2] },
      phase1: { epochs: 0 },
      phase2: { epochs: 2, batchSize: 2 },
      threads: 1,
    }),
  );

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
