import { join } from "@std/path";
import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import {
  checkNewFolder,
  checkOutputFile,
  checkOutputFolder,
  makeOutputFolder,
} from "papilio/core/output.ts";
import { inFolder } from "../data/_files.ts";

/** No file can be made below it, not even by root. */
const unwritable = "/proc/papilio";
const ignore = Deno.build.os !== "linux";

async function messageOf(work: Promise<void>): Promise<string> {
  const error = await work.then(() => undefined, (thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(PapilioError);
  return (error as PapilioError).message;
}

Deno.test("a folder is made with those above it; a check leaves no trace of it", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a", "b");
    await checkOutputFolder(path);
    await checkNewFolder(path);
    await checkOutputFile(join(path, "c.csv"));
    expect([...Deno.readDirSync(folder)]).toEqual([]);
    await makeOutputFolder(path);
    expect([...Deno.readDirSync(path)]).toEqual([]);
    await Deno.writeTextFile(join(path, "c.csv"), "kept");
    await checkOutputFolder(path);
    await checkOutputFile(join(path, "c.csv"));
    expect(await Deno.readTextFile(join(path, "c.csv"))).toBe("kept");
  }));

Deno.test("checks of one folder at once do not disturb each other", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a", "b");
    await Promise.all(Array.from({ length: 8 }, () => checkOutputFolder(path)));
    expect(await exists(path)).toBe(false);
  }));

Deno.test("a file in place of a folder, and a folder in place of a file, are told", () =>
  inFolder(async (folder) => {
    const file = join(folder, "file");
    await Deno.writeTextFile(file, "");
    const expected = "expected a folder that can be written, got a file at";
    expect(await messageOf(checkOutputFolder(file, { option: "--out" }))).toBe(
      `Cannot write to ${file}: ${expected} ${file}. Give another place with --out.`,
    );
    const below = join(file, "x", "y.csv");
    expect(await messageOf(checkOutputFile(below))).toBe(
      `Cannot write to ${below}: ${expected} ${file}. Give another place.`,
    );
    expect(await messageOf(checkOutputFile(folder))).toContain(
      "expected the name of a file, got a folder",
    );
  }));

Deno.test({
  name: "a place where nothing can be made is told",
  ignore,
  async fn() {
    // Without all permissions Deno itself refuses what lies there.
    const refusal = await Deno.stat(unwritable).catch((error: unknown) => error);
    const reason = refusal instanceof Deno.errors.NotCapable
      ? "no permission to write there"
      : "/proc, in which none can be made";
    const got = `got ${reason}. Give another place with --out.`;
    for (const check of [makeOutputFolder, checkOutputFolder, checkNewFolder, checkOutputFile]) {
      expect(await messageOf(check(unwritable, { option: "--out" }))).toBe(
        `Cannot write to ${unwritable}: expected a folder that can be written, ${got}`,
      );
    }
  },
});
