import { parseConfig } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { readSplit, type Split } from "papilio/data/split.ts";

export interface RunCasesOptions {
  /** What else the command takes, for its error: `"give another data set with --data"`. */
  elsewhere?: string | undefined;
}

/**
 * The cases that a run was trained, validated and tested on; a part may be empty.
 *
 * @throws {PapilioError} if this is no run, or its data are gone.
 */
export async function casesOfRun(path: string, options: RunCasesOptions = {}): Promise<Split> {
  const run = runFolder(path);
  if (!await exists(run.config) || !await exists(run.split)) throw noRun(path, options);
  const config = parseConfig(JSON.parse(await Deno.readTextFile(run.config)), run.config);
  const parts = await readSplit(run.split);
  const { cases } = await readDataSet(config.data, config.layout).catch((error) => {
    throw error instanceof PapilioError
      ? dataGone(path, config.data, { ...options, cause: error })
      : error;
  });
  const inPart = (part: keyof Split) => cases.filter(({ id }) => parts.get(id) === part);
  return { train: inPart("train"), validation: inPart("validation"), test: inPart("test") };
}

function noRun(path: string, { elsewhere }: RunCasesOptions): PapilioError {
  const remedy = elsewhere ?? "give the folder of a run that `deno task train` made";
  return new PapilioError({
    cannot: `find the data of ${path}`,
    expected: "a run folder, which says what data it was trained on",
    got: "no config.json with a split.csv",
    remedy: `${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}.`,
  });
}

function dataGone(
  path: string,
  data: string,
  { elsewhere, cause }: RunCasesOptions & { cause: PapilioError },
): PapilioError {
  const { config } = runFolder(path);
  const others = [`write its new place into ${config}`, ...(elsewhere ? [elsewhere] : [])];
  return new PapilioError({
    cannot: `read the data set of ${path}`,
    expected: `it in ${data}, where it was when the run began`,
    got: cause.problem.got,
    remedy: `Move it back, ${others.map((way) => `or ${way}`).join(", ")}.`,
    cause,
  });
}
