import { join } from "@std/path";
import { expect } from "expect";
import { faultKinds, usableCases } from "papilio/data/data_set.ts";
import { examineDataSet } from "papilio/data/faults.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { makeDamagedDataSet } from "papilio/notebook/damaged.ts";
import { inFolder } from "../data/_files.ts";

Deno.test("each damaged case has exactly the fault that it is named after", () =>
  inFolder(async (folder) => {
    const path = join(folder, "damaged");
    await makeDamagedDataSet(path);
    const dataSet = await readDataSet(path);
    const { faults } = await examineDataSet(dataSet);
    const unusual = [
      ...[
        "listed but absent",
        "absent class",
        "absent value",
        "unclaimed value",
        "unclaimed masks",
        "unclaimed file",
      ],
      ...["label values", "other channels", "lossy labels", "lossy mask", "narrow range"],
    ];
    const kinds = Object.keys(faultKinds).filter((kind) => !unusual.includes(kind));
    expect(faults.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted());
    const named = faults.filter(({ kind }) => kind !== "stray file");
    const damagedId = (kind: string) => kind.replaceAll(" ", "-");
    // Of two that are the same, the second by id counts as the copy.
    expect(named.map(({ id, originalId = id }) => originalId))
      .toEqual(named.map(({ kind }) => damagedId(kind)));
    const stray = faults.find(({ kind }) => kind === "stray file");
    expect(stray?.path).toContain(join("stray-file", "masks"));
    // Six without a fault, and four with a mere warning: grey, empty, duplicate, stray.
    expect(usableCases({ cases: dataSet.cases, faults })).toHaveLength(10);
  }));

Deno.test("a damaged set that is there is left as it is", () =>
  inFolder(async (folder) => {
    await makeDamagedDataSet(folder);
    expect(await Array.fromAsync(Deno.readDir(folder))).toEqual([]);
  }));
