import { join } from "@std/path";
import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { Random } from "papilio/core/random.ts";
import { usableCases } from "papilio/data/data_set.ts";
import { examineDataSet } from "papilio/data/faults.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { type Split, writeSplit } from "papilio/data/split.ts";

/** How many cases each part has, at most. */
export type PartSizes = Readonly<Record<keyof Split, number>>;

/**
 * Writes a list of few cases of a data set, drawn at random, so that several trainings fit into minutes.
 *
 * Of a set with fewer cases all are taken, in the same proportion. Returns what a configuration needs to
 * train on the list.
 *
 * @throws {PapilioError} if the data set cannot be read, or has fewer than three usable cases.
 */
export async function writeSmallSplit(
  folder: string,
  config: Pick<Config, "data" | "layout" | "classes" | "inputChannels" | "seed">,
  sizes: PartSizes,
): Promise<{ split: "listed"; splitFile: string }> {
  const dataSet = await readDataSet(config.data, config.layout);
  const { classes, inputChannels: channels } = config;
  const { faults } = await examineDataSet(dataSet, { classes, channels });
  const usable = usableCases({ cases: dataSet.cases, faults });
  if (usable.length < 3) throw tooFew(config.data, usable.length);
  const splitFile = join(folder, "cases.csv");
  const drawn = Random.from(config.seed, "small split").shuffle(usable);
  await writeSplit(splitFile, divide(drawn, sizes));
  return { split: "listed", splitFile };
}

function divide<Case>(cases: readonly Case[], { train, validation, test }: PartSizes) {
  const share = Math.min(1, cases.length / (train + validation + test));
  const [tests, validations] = [test, validation].map((size) =>
    Math.max(1, Math.floor(share * size))
  ) as [number, number];
  const trainings = Math.min(train, cases.length - tests - validations);
  return {
    test: cases.slice(0, tests),
    validation: cases.slice(tests, tests + validations),
    train: cases.slice(tests + validations).slice(0, trainings),
  };
}

function tooFew(data: string, count: number): PapilioError {
  return new PapilioError({
    cannot: `draw cases of ${data}`,
    expected: "at least one to train, one to validate and one to test",
    got: `${count} that can be used`,
    remedy: `\`deno task data ${data}\` lists what is wrong with the others.`,
  });
}
