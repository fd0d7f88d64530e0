import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { counted } from "papilio/core/text.ts";
import { BatchSource, checkMaskResize } from "papilio/data/batches.ts";
import type { Case } from "papilio/data/case.ts";
import { summarizeShares } from "papilio/data/class_shares.ts";
import { type DataSet, type FaultKind, usableCases } from "papilio/data/data_set.ts";
import { describeFaults, examineDataSet } from "papilio/data/faults.ts";
import { readSplit, type Split, splitCases } from "papilio/data/split.ts";
import { dataCommand } from "papilio/train/_data_command.ts";
import type { TrainListener } from "papilio/train/events.ts";
import type { LabelledSet } from "papilio/train/labelled.ts";

/** The sets of a run; those without cases are null. */
export interface RunData {
  split: Split;
  train: LabelledSet;
  validation: LabelledSet;
  test: LabelledSet | null;
}

/** Faults of one kind that are listed; `deno task data` writes them all, and the other warnings. */
const listedFaults = 5;

/** Warnings that mean, mostly, that something else is learnt than was meant. */
const warningsToTell: ReadonlySet<FaultKind> = new Set<FaultKind>([
  "absent class",
  "absent value",
  "unclaimed value",
  "unclaimed file",
  "label values",
  "lossy labels",
  "narrow range",
]);

export interface RunDataOptions {
  config: Config;
  /** Of the run's own list, which is there if the run is resumed; none for a division anew. */
  splitPath?: string;
  /** Whether the cases of the list `config.splitFile` were examined before. */
  isExamined?: boolean | undefined;
  onEvent?: TrainListener | undefined;
}

/**
 * Looks through the data set of a run and divides it.
 *
 * Cases that cannot be used are told in notes and left out, and so are those that a list leaves out.
 * Where `splitPath` is there already (the run is resumed), its division holds, and the files are not
 * examined again; nor are they where `isExamined` says that those of the list were.
 *
 * @throws {PapilioError} if no case is left.
 */
export async function openRunData(
  dataSet: DataSet,
  options: RunDataOptions,
): Promise<RunData> {
  const { config, onEvent = () => {} } = options;
  checkMaskResize(config);
  const list = await examinedList(options);
  const split = list === undefined
    ? await divideExamined(dataSet, config, onEvent)
    : await splitCases(someCases(dataSet, usableCases(dataSet), config), {
      ...config,
      split: "listed",
      splitFile: list,
    });
  return { split, ...labelledSets(split, config) };
}

/** A list whose cases are known to be usable, if there is one. */
async function examinedList(
  { config, splitPath, isExamined }: RunDataOptions,
): Promise<string | undefined> {
  if (splitPath !== undefined && await exists(splitPath)) return splitPath;
  return isExamined && config.split === "listed" ? config.splitFile : undefined;
}

async function divideExamined(
  dataSet: DataSet,
  config: Config,
  onEvent: TrainListener,
): Promise<Split> {
  if (config.split === "listed") await readSplit(config.splitFile); // Before reading all.
  const cases = someCases(dataSet, await examinedCases(dataSet, config, onEvent), config);
  const split = await splitCases(cases, config, dataSet.listedSplit);
  noteUnlisted(cases, split, (text) => onEvent({ kind: "note", text }));
  return split;
}

/** @throws {PapilioError} if there are none. */
function someCases(dataSet: DataSet, cases: Case[], config: Config): Case[] {
  if (cases.length === 0) throw noCases(dataSet, config);
  return cases;
}

function noteUnlisted(cases: readonly Case[], split: Split, note: (text: string) => void): void {
  const parts = Object.values(split).flat() as Case[];
  const used = new Set(parts.map(({ id }) => id));
  const others = cases.filter(({ id }) => !used.has(id)).map(({ id }) => id);
  if (others.length === 0) return;
  const shown = others.slice(0, 3).join(", ") + (others.length > 3 ? ", …" : "");
  note(
    `In no list, and not used: ${others.length} of ${
      counted(cases.length, "usable case")
    }: ${shown}`,
  );
}

async function examinedCases(
  dataSet: DataSet,
  config: Config,
  onEvent: TrainListener,
): Promise<Case[]> {
  const { classes, inputChannels: channels, intensityRange } = config;
  const onNote = (text: string) => onEvent({ kind: "note", text });
  onNote(
    `Reading ${
      counted(dataSet.cases.length, "case")
    } of ${dataSet.folder} (layout ${dataSet.layout})`,
  );
  const { faults, rows } = await examineDataSet(dataSet, {
    classes,
    channels,
    intensityRange,
    onProgress: (done, total) => onEvent({ kind: "reading", done, total }),
  });
  const told = faults.filter(({ severity, kind }) =>
    severity === "error" || warningsToTell.has(kind)
  );
  const allIn = `the list that \`${dataCommand(dataSet.folder, config)}\` writes`;
  for (const line of describeFaults(told, listedFaults, { allIn })) onNote(line);
  const { ignoredShare } = summarizeShares(rows, classes);
  if (classes.length > 0 && ignoredShare > 0) {
    onNote(`Of no class, and ignored: ${(ignoredShare * 100).toFixed(1)} % of all pixels.`);
  }
  const usable = usableCases({ cases: dataSet.cases, faults });
  const ids = new Set([...dataSet.cases, ...faults].map(({ id }) => id).filter((id) => id !== ""));
  const left = ids.size - usable.length;
  if (left > 0) onNote(`Left out, as faulty: ${left} of ${counted(ids.size, "case")}.`);
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
function labelledSet(cases: readonly Case[], config: Config): LabelledSet {
  const { inputSidePx: sidePx, inputChannels: channels, classes } = config;
  const { intensityRange, maskResize, cacheMegabytes, seed, augment } = config;
  const images = { sidePx, channels, intensityRange };
  const options = { ...images, classes, maskResize, cacheMegabytes, seed, augment };
  return { batches: new BatchSource(cases, options), size: cases.length };
}

function noCases({ folder, cases }: DataSet, config: Config): PapilioError {
  return new PapilioError({
    cannot: `train on ${folder}`,
    expected: "images with their masks",
    got: `${counted(cases.length, "case")}, none of which can be used`,
    remedy: `\`${dataCommand(folder, config)}\` lists what is wrong with each.`,
  });
}
