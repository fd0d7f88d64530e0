import { join } from "@std/path";
import { expect } from "expect";
import fc from "fast-check";
import { PapilioError } from "papilio/core/errors.ts";
import type { Case } from "papilio/data/case.ts";
import {
  readSplit,
  type Split,
  splitCases,
  type SplitConfig,
  writeSplit,
} from "papilio/data/split.ts";
import { inFolder, writeBytes } from "./_files.ts";

const DEFAULTS: SplitConfig = {
  split: "last",
  validationFraction: 0.1,
  testFraction: 0,
  splitFile: "",
  seed: 1,
};

function casesOf(ids: readonly string[]): Case[] {
  return ids.map((id) => ({
    id,
    imagePath: "",
    maskPaths: [],
    maskEncoding: { kind: "threshold" },
  }));
}

const TEN = casesOf([..."jihgfedcba"]);

function idsOf(split: Split): Record<keyof Split, string> {
  const join = (cases: Case[]) => cases.map(({ id }) => id).join(" ");
  return { train: join(split.train), validation: join(split.validation), test: join(split.test) };
}

async function problemWith(work: Promise<unknown>): Promise<string> {
  const error = await work.then(() => null, (thrown) => thrown);
  expect(error).toBeInstanceOf(PapilioError);
  return error.message;
}

Deno.test("last: the end of the sorted ids validates, from floor(n (1 - fraction)) on", async () => {
  expect(idsOf(await splitCases(TEN, DEFAULTS))).toEqual({
    train: "a b c d e f g h i",
    validation: "j",
    test: "",
  });
  const quarter = await splitCases(TEN, { ...DEFAULTS, validationFraction: 0.25 });
  expect(idsOf(quarter).validation).toBe("h i j"); // floor(7.5) = 7 train.
});

Deno.test("last: the test cases are the very last, and validation comes out of the rest", async () => {
  const config = { ...DEFAULTS, testFraction: 0.2, validationFraction: 0.5 };
  expect(idsOf(await splitCases(TEN, config))).toEqual({
    train: "a b c d",
    validation: "e f g h",
    test: "i j",
  });
});

Deno.test("random: fixed by the seed, not by the order of the cases; another seed, another split", async () => {
  const config: SplitConfig = { ...DEFAULTS, split: "random", validationFraction: 0.4 };
  const first = idsOf(await splitCases(TEN, config));
  expect(idsOf(await splitCases(TEN.toReversed(), config))).toEqual(first);
  const seeds = [2, 3, 4, 5].map(async (seed) => idsOf(await splitCases(TEN, { ...config, seed })));
  const others = new Set((await Promise.all(seeds)).map(({ validation }) => validation));
  expect(others.size).toBeGreaterThan(1);
});

Deno.test("every case is in exactly one part, for any sizes", async () => {
  const fraction = fc.double({ min: 0.05, max: 0.5, noNaN: true });
  const way = fc.constantFrom("last", "random") as fc.Arbitrary<"last" | "random">;
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 8, max: 60 }),
      fraction,
      fraction,
      way,
      async (n, validationFraction, testFraction, split) => {
        const cases = casesOf(Array.from({ length: n }, (_, i) => String(i).padStart(3, "0")));
        const config = { ...DEFAULTS, split, validationFraction, testFraction };
        const { train, validation, test } = await splitCases(cases, config);
        const ids = [...train, ...validation, ...test].map(({ id }) => id);
        expect(ids.toSorted()).toEqual(cases.map(({ id }) => id));
        expect(test.length).toBe(n - Math.floor(n * (1 - testFraction)));
      },
    ),
  );
});

Deno.test("a data set's own test list is set apart; what it does not list is in no part", async () => {
  const listed = new Map([..."abcdefg"].map((id) => [id, id < "e" ? "train" : "test"] as const));
  const split = await splitCases(TEN, { ...DEFAULTS, validationFraction: 0.25 }, listed);
  expect(idsOf(split)).toEqual({ train: "a b c", validation: "d", test: "e f g" });
  expect(await problemWith(splitCases(TEN, { ...DEFAULTS, testFraction: 0.1 }, listed))).toBe(
    "Cannot split the data set: expected --test-fraction 0, because the data set lists its own test cases, " +
      "got 0.1. Leave it out, or write a list of your own and give it as --split-file.",
  );
});

Deno.test("nothing to train or validate on is an error", async () => {
  const none = splitCases(TEN, { ...DEFAULTS, validationFraction: 0 });
  expect(await problemWith(none)).toContain("at least one case for validation, got none of 10");
  expect(await problemWith(splitCases(casesOf(["a"]), DEFAULTS))).toContain(
    "for train, got none of 1",
  );
});

Deno.test("a split written is read back: ids that look like numbers, or hold commas and quotes", () =>
  inFolder(async (folder) => {
    const path = join(folder, "split.csv");
    const cases = casesOf(["0010001", "0010002", 'a,"b"', "蝶 é"]);
    const split = await splitCases(cases, { ...DEFAULTS, testFraction: 0.25 });
    await writeSplit(path, split);
    const listed = { ...DEFAULTS, split: "listed", splitFile: path } as const;
    expect(idsOf(await splitCases(cases, listed))).toEqual(idsOf(split));
    expect((await Deno.readTextFile(path)).split("\n").slice(0, 2)).toEqual([
      "id,split",
      "0010001,train",
    ]);
    expect(await readSplit(path)).toEqual(
      new Map([["0010001", "train"], ["0010002", "train"], ['a,"b"', "validation"], [
        "蝶 é",
        "test",
      ]]),
    );
  }));

Deno.test("ids that are all digits keep their zeros; a spreadsheet's byte order mark is passed over", () =>
  inFolder(async (folder) => {
    const csv = "\uFEFFid,split\r\n0010001,train\r\n0010002,test\r\n";
    const split = await readSplit(await writeBytes(join(folder, "s.csv"), csv));
    expect([...split]).toEqual([["0010001", "train"], ["0010002", "test"]]);
  }));

Deno.test("a list as R writes it, with quotes, and one with spaces after the commas", () =>
  inFolder(async (folder) => {
    const lists = [
      '"id","split"\n"007","train"\n"b, c","test"\n',
      'id, split\n007, train\n"b, c", test\n',
    ];
    for (const csv of lists) {
      const split = await readSplit(await writeBytes(join(folder, "s.csv"), csv));
      expect([...split]).toEqual([["007", "train"], ["b, c", "test"]]);
    }
  }));

Deno.test("a list with faults: each is named", () =>
  inFolder(async (folder) => {
    const path = join(folder, "split.csv");
    const config: SplitConfig = { ...DEFAULTS, split: "listed", splitFile: path };
    const problem = async (csv: string) => {
      await writeBytes(path, csv);
      return await problemWith(splitCases(TEN, config));
    };
    expect(await problemWith(splitCases(TEN, config))).toContain(
      "columns id,split, got no file there.",
    );
    expect(await problemWith(splitCases(TEN, { ...config, splitFile: "" }))).toContain(
      "got no name of one. Name it with --split-file",
    );
    expect(await problem("id,split\na,train\nb,validation\nzz,test\n")).toContain(
      "expected ids of usable cases, got 1 other: zz.",
    );
    expect(await problem("id,split\na,train\na,test\n")).toContain("each id once, got a twice");
    expect(await problem("id,split\na,val\n")).toContain(
      'a part out of train, validation, test, got "val" for a',
    );
    expect(await problem("name,part\na,train\n")).toContain(
      'the columns id,split, got "name,part"',
    );
    expect(await problem("id,split\n")).toContain("at least one case for train");
  }));
