import { fromFileUrl, join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { main } from "papilio/cli/compare.ts";
import { readSplit } from "papilio/data/split.ts";
import { makeSyntheticDataSet } from "papilio/data/synthetic.ts";
import { withFolder } from "../train/_stand_in.ts";
import { run } from "./_run.ts";

const script = fromFileUrl(new URL("../../lib/cli/compare.ts", import.meta.url));

const small = { encoder: "double-conv", encoderFilters: 4, encoderDepth: 3, decoderFilters: [] };
const entries = [
  { name: "first", preset: "smoke", overrides: small },
  {
    name: "diverges",
    preset: "smoke",
    overrides: { ...small, optimizer: { name: "sgd" }, phase2: { learningRate: 1e30 } },
  },
  { name: "second U-Net", preset: "smoke", overrides: { ...small, decoder: "attention-unet" } },
];
const short = ["--phase1.epochs=0", "--phase2.epochs=1", "--input-side-px=64", "--threads=1"];
const settings = [...short, "--engine=onnx", "--split=random", "--test-fraction=0.25"];

/** Drawn butterflies, and a list of entries. */
async function prepare(folder: string, listed: unknown[]) {
  const [data, list] = [join(folder, "data"), join(folder, "list.json")];
  await makeSyntheticDataSet(data, { count: 12, seed: 3, minSidePx: 64, maxSidePx: 72 });
  await Deno.writeTextFile(list, JSON.stringify(listed));
  return { data, list, out: join(folder, "out") };
}

/** Runs the command in a process of its own until it has printed `last`, then interrupts it. */
async function interrupted(args: string[], last: string) {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, ...args],
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const errors = new Response(child.stderr).text();
  let output = "";
  for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (!output.includes(last) && (output + part).includes(last)) child.kill("SIGINT");
    output += part;
  }
  return { code: (await child.status).code, output, errors: await errors };
}

Deno.test({
  name: "compare: stopped between two runs it goes on; one that fails does not stop the others",
  ignore: Deno.build.os === "windows", // It has no SIGINT to send to one process.
  async fn() {
    await withFolder(async (folder) => {
      const { data, list, out } = await prepare(folder, entries);
      const args = [data, "--list", list, "--out", out, ...settings];
      const first = await interrupted(args, "Run 2 of 3: diverges");
      expect(first.code).toBe(130);
      expect(first.errors).toContain(
        `the same command goes on:\n  deno task compare ${data} --list ${list} --out ${out}`,
      );
      expect(first.errors).not.toContain("running TensorFlow.js");
      const { summary } = runFolder(join(out, "first"));
      const kept = await Deno.readTextFile(summary);

      const before = tf.memory().numTensors;
      const second = await run(main, args);
      expect([second.code, second.printed]).toEqual([
        1,
        expect.stringContaining("Run 1 of 3: first, is finished already"),
      ]);
      expect(tf.memory().numTensors).toBe(before);
      expect(await Deno.readTextFile(summary)).toBe(kept);
      expect(second.printed).toContain("diverges: Cannot go on training: expected a finite loss");
      expect(second.printed).toContain("judged on 3 test images at their own size");
      const { rows, failures } = JSON.parse(await Deno.readTextFile(join(out, "compare.json")));
      expect(rows.map(({ name }: { name: string }) => name).sort())
        .toEqual(["first", "second U-Net"]);
      expect(failures).toHaveLength(1);
      const [best] = rows;
      expect(best.metrics.iou.images).toBe(3);
      expect(best.milliseconds).toBeGreaterThan(0);

      const splits = ["first", "second_U-Net"].map((name) => runFolder(join(out, name)).split);
      const lists = await Promise.all([join(out, "split.csv"), ...splits].map(readSplit));
      expect(lists[1]).toEqual(lists[0]);
      expect(lists[2]).toEqual(lists[0]);

      await Deno.remove(summary); // As if it had been killed while its model was written.
      const third = await run(main, args);
      expect(third.printed).toContain("Run 1 of 3: first, goes on");
      expect(third.printed).toContain("Run 3 of 3: second U-Net, is finished already");
      expect(third.printed).not.toMatch(/^phase \d epoch 1:/m);
      expect(await Deno.readTextFile(summary)).toBe(kept);

      await checkTable(args, out);
      await checkOthers(args);
    });
  },
});

/** The table alone is that of the runs, the times that were measured too. */
async function checkTable(args: string[], out: string) {
  const files = ["compare.csv", "compare.md"].map((name) => join(out, name));
  const before = await Promise.all(files.map((path) => Deno.readTextFile(path)));
  for (const path of files) await Deno.remove(path);
  const { code, printed } = await run(main, [...args, "--only-table"]);
  expect([code, printed]).toEqual([0, expect.not.stringContaining("Run 1")]);
  const [csv, page] = await Promise.all(files.map((path) => Deno.readTextFile(path)));
  expect(csv).toBe(before[0]);
  expect(csv?.trim().split("\n")).toHaveLength(3);
  expect(page).toContain("![IoU and cost of each network](compare_ms.png)");
  expect((await Deno.readFile(join(out, "compare_ms.png"))).length).toBeGreaterThan(1000);
  expect((await Deno.readFile(join(out, "compare_multiply_adds.png"))).length)
    .toBeGreaterThan(1000);
  // The first entry is another network now; the last one's line is right.
  const [data = "", , list, ...others] = args;
  const changed = [{ ...entries[0], overrides: { ...small, encoderFilters: 5 } }, entries[2]];
  await Deno.writeTextFile(`${list}.other.json`, JSON.stringify(changed));
  const wider = [data, "--list", `${list}.other.json`, ...others, "--only-table"];
  const other = await run(main, wider);
  expect([other.code, other.printed]).toEqual([1, expect.stringContaining("second U-Net  0.")]);
  expect(other.printed).toContain(`first: Cannot go on with the run in ${join(out, "first")}`);
}

/** Runs of other settings are not taken for these. */
async function checkOthers(args: string[]) {
  const longer = await run(main, [...args, "--phase2.epochs=2"]);
  expect([longer.code, longer.printed]).toEqual([1, expect.stringContaining("another phase2")]);
  const reseeded = await run(main, [...args, "--seed=7"]);
  expect([reseeded.code, reseeded.printed]).toEqual([
    1,
    expect.stringContaining("expected the data, split, seed and folds that it was begun with"),
  ]);
  const [data = "", ...others] = args;
  const elsewhere = await run(main, [data, ...others, "--only-table", "--out", `${data}-none`]);
  expect([elsewhere.code, elsewhere.printed]).toEqual([
    1,
    expect.stringContaining("expected a comparison, with its plan.json"),
  ]);
}

Deno.test("compare: three folds test each case once", async () => {
  await withFolder(async (folder) => {
    const { data, list, out } = await prepare(folder, entries.slice(0, 1));
    const args = [data, "--list", list, "--out", out, ...short, "--engine=onnx", "--folds=3"];
    const { code, printed } = await run(main, args);
    expect([code, printed]).toEqual([0, expect.stringContaining("Run 3 of 3: first, fold 3")]);
    expect(printed).toContain("3-fold cross-validation: each of 12 images judged once");
    const folds = await Promise.all(
      [1, 2, 3].map((fold) => readSplit(join(out, "folds", `fold_${fold}.csv`))),
    );
    const tested = folds.flatMap((fold) => [...fold].filter(([, part]) => part === "test"));
    expect(new Set(tested.map(([id]) => id)).size).toBe(12);
    expect(tested).toHaveLength(12);
    const { rows } = JSON.parse(await Deno.readTextFile(join(out, "compare.json")));
    const [{ runs, metrics: { iou } }] = rows;
    expect([runs, iou.images]).toEqual([3, 12]);
    expect(iou.overFolds.standardDeviation).toBeGreaterThanOrEqual(0);
    for (const [i, fold] of folds.entries()) {
      const own = await readSplit(runFolder(join(out, "first", `fold_${i + 1}`)).split);
      expect([...own].sort()).toEqual([...present(fold)].sort());
    }
  });
});

Deno.test("compare: what cannot be compared is said in one line", async () => {
  const cases: [string[], string][] = [
    [["data"], "Cannot compare: expected something to compare, got none."],
    [["data", "--preset", "smoke", "--preset", "smoke"], 'got "smoke" twice, both in smoke'],
    [["data", "--preset", "none"], 'for "none": expected a preset out of'],
    [["data", "--list", "none.json"], "Cannot read the list none.json"],
  ];
  for (const [args, message] of cases) {
    const { code, printed } = await run(main, args);
    expect([code, printed]).toEqual([1, expect.stringContaining(message)]);
  }
});

Deno.test("compare: what cannot be trained is told of all entries before the first is", () =>
  withFolder(async (folder) => {
    const { data, list, out } = await prepare(folder, [
      ...entries,
      { name: "filters", preset: "smoke", overrides: { decoderFilters: [3, 2] } },
      { name: "no weights", preset: "smoke", overrides: { encoderWeights: "none.h5" } },
    ]);
    const args = [data, "--list", list, "--out", out, ...settings];
    const { code, printed } = await run(main, args);
    expect([code, printed.split("\n")]).toEqual([1, [
      expect.stringContaining("got 2 of 5 that cannot"),
      expect.stringContaining('  Cannot build a U-Net for "filters": '),
      expect.stringContaining('  Cannot load the weights none.h5 for "no weights": '),
    ]]);
    const wrong = await run(main, [...args, "--phase2.batchSize=0"]);
    expect(wrong.printed).toContain(
      'for "first": expected known keys with values in their range, ' +
        "got --phase2.batch-size: Too small",
    );
  }));

Deno.test("compare: a list that is not there is told", async () => {
  const { code, printed } = await run(main, ["data", "--list", "nolist.json"]);
  expect([code, printed]).toEqual([
    1,
    expect.stringMatching(
      /^Cannot read the list nolist.json: .* got nothing at this path\. As in \[/,
    ),
  ]);
});
