import { join, resolve } from "@std/path";
import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import { findRun, freeRunFolder, openData, runsOn } from "papilio/notebook/workspace.ts";
import { openTraining } from "papilio/notebook/training.ts";

/** Runs a test with an empty folder as the project's. */
async function inProject(test: () => Promise<void>): Promise<void> {
  const before = Deno.cwd();
  const folder = await Deno.makeTempDir({ prefix: "papilio-notebook-" });
  try {
    Deno.chdir(folder);
    await test();
  } finally {
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
}

const smoke = (data: string) => resolveConfig("smoke", { data: resolve(data) });

/** A run as training leaves it, finished at this second or not finished. */
async function makeRun(name: string, data: string, finishedAt?: number): Promise<void> {
  await Deno.mkdir(join("outputs", name), { recursive: true });
  await Deno.writeTextFile(join("outputs", name, "config.json"), JSON.stringify(smoke(data)));
  if (finishedAt === undefined) return;
  const summary = join("outputs", name, "summary.json");
  await Deno.writeTextFile(summary, "{}");
  await Deno.utime(summary, finishedAt, finishedAt);
}

const data = (folder: string) => ({ folder, isSample: false, preset: "laptop" }) as const;

Deno.test("findRun: the run on these data that was finished last", async () => {
  await inProject(async () => {
    expect(await findRun(data("mine"))).toBe(null);
    await makeRun("a", "mine", 2000);
    await makeRun("b", "mine", 1000);
    await makeRun("c", "other", 3000);
    await makeRun("d", "mine");
    await Deno.mkdir(join("outputs", "no run"));
    expect((await findRun(data("mine")))?.path).toBe(join("outputs", "a"));
    expect((await findRun(data("mine"), join("outputs", "c")))?.path).toBe(join("outputs", "c"));
    await expect(findRun(data("mine"), join("outputs", "d"))).rejects.toThrow(
      `Cannot use the run ${join("outputs", "d")}: expected the folder of a finished run`,
    );
    expect((await runsOn("mine")).map(({ path }) => path)).toEqual(
      ["a", "b", "d"].map((name) => join("outputs", name)),
    );
  });
});

Deno.test("freeRunFolder: named after the data, numbered from the second on", async () => {
  await inProject(async () => {
    expect((await freeRunFolder("data/mine")).path).toBe(join("outputs", "mine"));
    await makeRun("mine", "mine");
    expect((await freeRunFolder("data/mine/")).path).toBe(join("outputs", "mine-2"));
  });
});

Deno.test("openTraining: goes on with the same configuration only, and never with a finished run", async () => {
  await inProject(async () => {
    await makeRun("mine", "mine", 1000);
    await makeRun("mine-2", "mine");
    expect((await openTraining(smoke("mine"))).path).toBe(join("outputs", "mine-2"));
    expect((await openTraining({ ...smoke("mine"), seed: 7 })).path).toBe(
      join("outputs", "mine-3"),
    );
  });
});

Deno.test("openData: a folder that is not there is an error that says where it was looked for", async () => {
  const before = Deno.cwd();
  try {
    await expect(openData("data/no such folder")).rejects.toThrow(
      /expected a folder, as an absolute path or one from .*, got nothing at data\/no such folder/,
    );
  } finally {
    Deno.chdir(before);
  }
});
