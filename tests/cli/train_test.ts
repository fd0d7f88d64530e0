import { fromFileUrl, join } from "@std/path";
import { expect } from "expect";
import { exists } from "papilio/core/files.ts";
import { presets } from "papilio/core/presets.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { interruptionText } from "papilio/cli/interrupt.ts";
import { readCheckpoint } from "papilio/train/checkpoint.ts";
import { makeDataSet } from "../train/_disc_data_set.ts";
import { withFolder } from "../train/_stand_in.ts";

const script = fromFileUrl(new URL("../../lib/cli/train.ts", import.meta.url));
const little = ["--preset", "smoke", "--input-side-px=32", "--validation-fraction=0.25"];

function spawn(...args: string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Output and exit code; `onText` sees standard output as it grows. */
async function finish(child: Deno.ChildProcess, onText: (text: string) => void = () => {}) {
  const errors = new Response(child.stderr).text();
  let output = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    onText(output += part);
  }
  const { code } = await child.status;
  return { code, output, errors: await errors };
}

Deno.test({
  name: "train: Ctrl-C says what is saved; --resume goes on from there to the same weights",
  ignore: Deno.build.os === "windows", // It has no SIGINT to send to one process.
  async fn() {
    await withFolder(async (folder) => {
      const data = join(folder, "data");
      await makeDataSet(data);
      const settings = [data, ...little, "--phase2.epochs=4", "--threads=1"];
      const whole = runFolder(join(folder, "whole"));
      expect((await finish(spawn(...settings, "--out", whole.path))).code).toBe(0);

      const parted = runFolder(join(folder, "parted"));
      const child = spawn(...settings, "--out", parted.path);
      let isSent = false;
      const first = await finish(child, (text) => {
        if (isSent || !text.includes("phase 1 epoch 1:")) return; // Compiling phase 2 takes a while.
        isSent = true;
        child.kill("SIGINT");
      });
      expect(first.code).toBe(130);
      expect(first.errors).toMatch(
        /Interrupted\. The state after epoch \d is in .*last\.safetensors/,
      );
      expect(first.errors).toContain(`Go on with:\n  deno task train --resume ${parted.path}`);
      expect(await exists(parted.summary)).toBe(false);

      const second = await finish(spawn("--resume", parted.path));
      expect([second.code, second.output]).toEqual([0, expect.stringContaining("Best epoch ")]);
      expect(second.output).not.toMatch(/^phase 1 epoch 1:/m);
      expect(second.output).toMatch(/^Resumed after phase \d epoch \d: loss \d\.\d{4}, Dice /m);
      const [one, other] = [
        await readCheckpoint(whole.lastCheckpoint),
        await readCheckpoint(parted.lastCheckpoint),
      ];
      expect(other.tensors).toEqual(one.tensors);
    });
  },
});

Deno.test("train: what is missing or does not go together is said in one line", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "config.json"), "{ no JSON");
    await Deno.writeTextFile(join(folder, "list.json"), "[]");
    const cases: [string[], string][] = [
      [[], "Cannot train: expected the folder of a data set, got none."],
      [
        ["--resume", folder, "--seed", "1"],
        "--engine, --device, --threads and --cache-megabytes, got --seed. Leave them out",
      ],
      [["x", "--config", join(folder, "config.json")], `Cannot read the configuration ${folder}`],
      [
        ["x", "--config", join(folder, "list.json")],
        "a file with a JSON object, got JSON of another",
      ],
      [
        ["x", "--preset", "huge"],
        `expected a preset out of ${Object.keys(presets).join(", ")}, got "huge"`,
      ],
      [["x", "--preset", "smoke"], "Cannot read the data set x: "],
      [["x", "--preset", "smoke", "--loss", "dise"], 'got "dise" (did you mean "dice"?)'],
      [
        [folder, "--preset", "smoke", "--encoder-weights", join(folder, "none.h5")],
        `Cannot load the weights ${join(folder, "none.h5")}: expected a file, got none there`,
      ],
    ];
    const results = await Promise.all(cases.map(([args]) => finish(spawn(...args))));
    results.forEach(({ code, errors, output }, i) => {
      expect(output).toBe(""); // No engine is chosen for it.
      expect([code, errors]).toEqual([1, expect.stringContaining(cases[i]?.[1] ?? "")]);
      expect(errors).not.toContain("    at ");
    });
  });
});

Deno.test("interruptionText: nothing, no epoch, and so many epochs saved", async () => {
  await withFolder(async (folder) => {
    const run = runFolder(folder);
    expect(interruptionText(folder, undefined)).toBe("\nInterrupted; nothing was written yet.");
    await Deno.writeTextFile(run.config, "{}");
    expect(interruptionText(folder, undefined)).toContain(
      "No epoch was finished: training would begin again.",
    );
    await Deno.mkdir(join(folder, "checkpoints"));
    await Deno.writeTextFile(run.lastCheckpoint, "");
    expect(interruptionText(folder, 7)).toContain(
      `The state after epoch 7 is in ${run.lastCheckpoint}.`,
    );
    expect(interruptionText(folder, undefined)).toContain(
      "The state after the last finished epoch",
    );
  });
});
