import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { BatchSource } from "papilio/data/batches.ts";
import type { Case } from "papilio/data/case.ts";
import { type DataSet, usableCases } from "papilio/data/data_set.ts";
import { describeFaults, examineDataSet } from "papilio/data/faults.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { type Split, splitCases } from "papilio/data/split.ts";
import type { LabelledSet } from "papilio/train/labelled.ts";

/** The sets of a run; those without cases are null. */
export interface RunData {
  split: Split;
  train: LabelledSet;
  validation: LabelledSet;
  test: LabelledSet | null;
}

/** Errors of one kind that are listed; `deno task data` lists them all, and the warnings. */
const listedFaults = 20;

/**
 * Reads the data set of a run and divides it.
 *
 * Cases that cannot be used are told by `onNote` and left out. Where `splitPath` is there already (the
 * run is resumed), its division holds, and the files are not examined again.
 *
 * @throws {PapilioError} if no case is left.
 */
export async function openRunData(
  config: Config,
  splitPath: string,
  onNote: (text: string) => void = () => {},
): Promise<RunData> {
  const dataSet = await readDataSet(config.data, config.layout);
  const isResumed = await exists(splitPath);
  const cases = isResumed ? usableCases(dataSet) : await examinedCases(dataSet, onNote);
  if (cases.length === 0) throw noCases(dataSet);
  const split = isResumed
    ? await splitCases(cases, { ...config, split: "listed", splitFile: splitPath })
    : await splitCases(cases, config, dataSet.listedSplit);
  return { split, ...labelledSets(split, config) };
}

async function examinedCases(dataSet: DataSet, onNote: (text: string) => void): Promise<Case[]> {
  onNote(`Reading ${dataSet.cases.length} cases of ${dataSet.folder} (layout ${dataSet.layout})`);
  const { faults } = await examineDataSet(dataSet);
  const errors = faults.filter(({ severity }) => severity === "error");
  for (const line of describeFaults(errors, listedFaults)) onNote(line);
  const usable = usableCases({ cases: dataSet.cases, faults });
  const ids = new Set([...dataSet.cases, ...faults].map(({ id }) => id).filter((id) => id !== ""));
  const left = ids.size - usable.length;
  if (left > 0) onNote(`${left} of ${ids.size} cases cannot be used and are left out.`);
  return usable;
}

/** The parts as batches, with the memory for decoded images shared out by their sizes. */
function labelledSets(split: Split, config: Config): Omit<RunData, "split"> {
  const { train, validation, test } = split;
  const total = train.length + validation.length + test.length;
  const toSet = (cases: readonly Case[]) =>
    labelledSet(cases, {
      ...config,
      cacheMegabytes: config.cacheMegabytes * cases.length / total,
    });
  return {
    train: toSet(train),
    validation: toSet(validation),
    test: test.length > 0 ? toSet(test) : null,
  };
}

/** Batches of these cases at the network's input size. */
export function labelledSet(cases: readonly Case[], config: Config): LabelledSet {
  const { inputSidePx, maskResize, cacheMegabytes, seed, augment } = config;
  const options = { sidePx: inputSidePx, maskResize, cacheMegabytes, seed, augment };
  return { batches: new BatchSource(cases, options), size: cases.length };
}

function noCases({ folder, cases }: DataSet): PapilioError {
  return new PapilioError({
    cannot: `train on ${folder}`,
    expected: "images with their masks",
    got: `${cases.length} cases, none of which can be used`,
    remedy: `\`deno task data ${folder}\` lists what is wrong with each.`,
  });
}
