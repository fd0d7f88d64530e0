import { join } from "@std/path";
import { expect } from "expect";
import {
  cacheFolder,
  exists,
  produceFileAtomically,
  sortedNames,
  writeFileAtomically,
} from "papilio/core/files.ts";
import { inFolder } from "../data/_files.ts";

Deno.test("a file is written with the folders above it, as text or bytes", () =>
  inFolder(async (folder) => {
    const path = join(folder, "a", "b", "c.txt");
    await writeFileAtomically(path, "grüße");
    expect(await Deno.readTextFile(path)).toBe("grüße");
    await writeFileAtomically(path, Uint8Array.of(1, 2));
    expect([...await Deno.readFile(path)]).toEqual([1, 2]);
    expect(await sortedNames(join(folder, "a", "b"))).toEqual(["c.txt"]);
  }));

Deno.test("until the file is whole the old one is there; a failure leaves it, and nothing beside it", () =>
  inFolder(async (folder) => {
    const path = join(folder, "f.txt");
    await writeFileAtomically(path, "old");
    const broken = produceFileAtomically(path, async (temporary) => {
      await Deno.writeTextFile(temporary, "half");
      expect(await Deno.readTextFile(path)).toBe("old");
      throw new Error("disk full");
    });
    await expect(broken).rejects.toThrow("disk full");
    expect(await Deno.readTextFile(path)).toBe("old");
    expect(await sortedNames(folder)).toEqual(["f.txt"]);
  }));

Deno.test("writers of the same file at the same time do not mix", () =>
  inFolder(async (folder) => {
    const path = join(folder, "f.txt");
    const texts = ["a", "b", "c", "d"].map((letter) => letter.repeat(100_000));
    await Promise.all(texts.map((text) => writeFileAtomically(path, text)));
    expect(texts).toContain(await Deno.readTextFile(path));
    expect(await sortedNames(folder)).toEqual(["f.txt"]);
  }));

Deno.test("exists: files and folders, not what is below a file", () =>
  inFolder(async (folder) => {
    const path = join(folder, "f.txt");
    expect(await exists(path)).toBe(false);
    await Deno.writeTextFile(path, "");
    expect(await exists(path)).toBe(true);
    expect(await exists(folder)).toBe(true);
    expect(await exists(join(path, "below"))).toBe(false);
  }));

Deno.test("names are sorted by code unit and can be chosen", () =>
  inFolder(async (folder) => {
    for (const name of ["b", "a10", "a9", "B", "é"]) {
      await Deno.writeTextFile(join(folder, name), "");
    }
    await Deno.mkdir(join(folder, "sub"));
    expect(await sortedNames(folder)).toEqual(["B", "a10", "a9", "b", "sub", "é"]);
    expect(await sortedNames(folder, (entry) => entry.isDirectory)).toEqual(["sub"]);
  }));

Deno.test("the cache lies where PAPILIO_CACHE says", () => {
  const before = Deno.env.get("PAPILIO_CACHE");
  try {
    Deno.env.set("PAPILIO_CACHE", "/somewhere");
    expect(cacheFolder("weights", "a.h5")).toBe(join("/somewhere", "weights", "a.h5"));
    Deno.env.delete("PAPILIO_CACHE");
    expect(cacheFolder("weights")).toMatch(/papilio.weights$/);
  } finally {
    if (before === undefined) Deno.env.delete("PAPILIO_CACHE");
    else Deno.env.set("PAPILIO_CACHE", before);
  }
});
