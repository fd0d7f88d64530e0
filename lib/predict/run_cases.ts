import { parseConfig } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { readSplit, type Split } from "papilio/data/split.ts";

/**
 * The cases that a run was trained, validated and tested on; a part may be empty.
 *
 * @throws {PapilioError} if this is no run, or its data are gone.
 */
export async function casesOfRun(path: string): Promise<Split> {
  const run = runFolder(path);
  if (!await exists(run.config) || !await exists(run.split)) throw noRun(path);
  const config = parseConfig(JSON.parse(await Deno.readTextFile(run.config)), run.config);
  const parts = await readSplit(run.split);
  const { cases } = await readDataSet(config.data, config.layout).catch((error) => {
    throw error instanceof PapilioError ? dataGone(path, config.data, error) : error;
  });
  const inPart = (part: keyof Split) => cases.filter(({ id }) => parts.get(id) === part);
  return { train: inPart("train"), validation: inPart("validation"), test: inPart("test") };
}

function noRun(path: string): PapilioError {
  return new PapilioError({
    cannot: "find photos to predict",
    expected: "a run folder, which says what data it was trained on",
    got: path,
    remedy: "Say with --input which photos to predict: a folder, a list or a photo.",
  });
}

function dataGone(path: string, data: string, cause: PapilioError): PapilioError {
  return new PapilioError({
    cannot: `predict the data set of ${path}`,
    expected: `it in ${data}, where it was when the run began`,
    got: cause.problem.got,
    remedy: "Move it back, or give other photos, or its new place, with --input.",
    cause,
  });
}
