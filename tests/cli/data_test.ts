import { join } from "@std/path";
import { expect } from "expect";
import { CommanderError } from "commander";
import { exitCodeOf } from "papilio/cli/main.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { inFolder, writeBytes, writeInstance } from "../data/_files.ts";

const ROOT = join(import.meta.dirname ?? "", "..", "..");

const SCRIPT = join(ROOT, "lib", "cli", "data.ts");

async function runData(...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-P=papilio", "--no-check", SCRIPT, ...args],
    cwd: ROOT,
  });
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

Deno.test("a sound data set: summary, manifest, split, exit code 0", () =>
  inFolder(async (folder) => {
    const data = join(folder, "data");
    for (const id of "abcdefghij") await writeInstance(data, id, [[255, 0, 0, 0]]);
    const manifest = join(folder, "m.csv");
    const split = join(folder, "s.csv");
    const result = await runData(
      data,
      "--manifest",
      manifest,
      "--write-split",
      split,
      "--test-fraction",
      "0.2",
    );
    expect([result.code, result.stdout]).toEqual([
      0,
      expect.stringContaining("cases                10, 0 with"),
    ]);
    expect(result.stdout).toContain("train (7), test (2), validation (1)");
    expect((await Deno.readTextFile(manifest)).split("\n").length).toBe(12);
    expect(await Deno.readTextFile(split)).toContain("h,validation\ni,test\nj,test");
  }));

Deno.test("classes: pixels and cases of each, and the weights", () =>
  inFolder(async (folder) => {
    for (const id of "abcdefghij") await writeInstance(folder, id, [[0, 1, 1, 2]]);
    const { code, stdout } = await runData(folder, "--classes", "background=0,pet=1,bird=9");
    expect(stdout).toContain("pet                     66.7 %  10\n");
    expect(stdout).toContain("of no class             25.0 %  of all pixels, ignored\n");
    expect(stdout).toContain("--loss-settings.class-weights 1.5,0.75,1\n");
    expect(stdout).toContain("  no case has a pixel of bird (9)");
    expect(code).toBe(0);
    const list = join(folder, "faults.csv");
    const deep = await runData(folder, "--input-channels", "4", "--faults", list);
    expect([deep.code, deep.stdout]).toEqual([
      1,
      expect.stringContaining("error: other channels (10)"),
    ]);
  }));

Deno.test("errors in the data: all are listed, exit code 1", () =>
  inFolder(async (folder) => {
    await writeInstance(folder, "a", [[255, 0, 0, 0]]);
    await writeInstance(folder, "b", [[255, 0, 0, 0]]);
    await writeInstance(folder, "c", []);
    await writeBytes(join(folder, "b", "masks", "1.png"), "text");
    const { code, stdout } = await runData(folder);
    expect(code).toBe(1);
    expect(stdout).toContain("error: missing masks (1)");
    expect(stdout).toContain("error: unreadable mask (1)");
  }));

Deno.test({
  name: "many faults: the first of each kind, a file with all, and then the split's error",
  ignore: Deno.build.os === "windows", // It has no sh to join the outputs in their order.
  fn: () =>
    inFolder(async (folder) => {
      const data = join(folder, "data");
      const list = join(folder, "faults.csv");
      for (let i = 10; i < 18; i++) await writeInstance(data, `c${i}`, []);
      await writeInstance(data, "d", [[0, 1, 2, 3]]);
      const command = new Deno.Command("sh", {
        args: ["-c", '"$@" 2>&1', "sh", Deno.execPath(), "run", "-P=papilio", "--no-check", SCRIPT]
          .concat(data, "--faults", list),
        cwd: ROOT,
      });
      const { code, stdout } = await command.output();
      const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
      const first = lines.indexOf("error: missing masks (8)");
      expect([code, lines.slice(first, first + 8)]).toEqual([1, [
        "error: missing masks (8)",
        ...["c10", "c11", "c12", "c13", "c14"].map((id) =>
          expect.stringContaining(`  ${id}: there`)
        ),
        `  … and 3 more (all in ${list})`,
        expect.stringContaining("  → Add the mask"),
      ]]);
      expect(lines[first + 8]).toBe("error: unreadable mask (1)");
      expect(lines.at(-1)).toBe(
        "Cannot split the data set: expected at least one case for train, got none of 0 usable " +
          "cases. Mend the faults of the cases first.",
      );
      const rows = (await Deno.readTextFile(list)).trimEnd().split("\n");
      expect(rows).toHaveLength(10);
      expect(rows[0]).toBe("severity,kind,id,message,path");
      expect(rows[8]).toBe(
        `error,missing masks,c17,there is no mask,${join(data, "c17", "masks")}`,
      );
      expect(rows[9]).toMatch(/^error,unreadable mask,d,"expected a mask: values 0 and 1, or /);
    }),
});

Deno.test("what cannot be done is one line, not a stack", async () => {
  const absent = await runData("absent");
  expect([absent.code, absent.stderr]).toEqual([
    1,
    expect.stringMatching(/(^|\n)Cannot read the data set absent: [^\n]*\n$/),
  ]);
  const wrong = await runData("absent", "--seed", "x");
  expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("got --seed: ")]);
  const classes = await runData("absent", "--classes", "a,b");
  expect(classes.stderr).toContain("Cannot run deno task data: expected");
  expect(classes.stderr).toContain("got --classes: a and b both have no rule");
  expect(classes.stderr).toContain("`deno task data --help` lists");
  const unknown = await runData("absent", "--sede", "1");
  expect([unknown.code, unknown.stderr]).toEqual([
    1,
    expect.stringContaining("unknown option '--sede'"),
  ]);
  expect(unknown.stderr).not.toContain("    at ");
});

Deno.test("runMain's exit codes: 0, what was returned, 1 for people's errors, 2 for ours", async () => {
  const error = console.error;
  const printed: unknown[] = [];
  console.error = (...args) => printed.push(...args);
  try {
    const problem = { cannot: "a", expected: "b", got: "c", remedy: "D." };
    expect(await exitCodeOf(() => Promise.resolve(), [])).toBe(0);
    expect(await exitCodeOf((args) => Promise.resolve(args.length), ["x", "y", "z"])).toBe(3);
    expect(await exitCodeOf(() => Promise.reject(new PapilioError(problem)), [])).toBe(1);
    expect(await exitCodeOf(() => Promise.reject(new CommanderError(0, "help", "")), [])).toBe(0);
    const mistake = new TypeError("x is not a function");
    expect(await exitCodeOf(() => Promise.reject(mistake), [])).toBe(2);
    expect(printed).toEqual(["Cannot a: expected b, got c. D.", mistake]);
  } finally {
    console.error = error;
  }
});

Deno.test({
  name: "files that cannot be written are told before the data are read",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    inFolder(async (folder) => {
      for (const id of "abcd") await writeInstance(folder, id, [[255, 0, 0, 0]]);
      for (const option of ["--manifest", "--faults", "--write-split"]) {
        const { code, stdout, stderr } = await runData(folder, option, "/proc/x/m.csv");
        expect([code, stdout, stderr]).toEqual([
          1,
          "",
          expect.stringContaining(
            "Cannot write to /proc/x/m.csv: expected a folder that can be written, got no permission " +
              `to write there. Give another place with ${option}.\n`,
          ),
        ]);
      }
    }),
});
