import { basename, join, resolve } from "@std/path";
import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import type { Case } from "papilio/data/case.ts";
import { type DataSet, usableCases } from "papilio/data/data_set.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import type { SplitPart } from "papilio/data/split.ts";
import { readConfig } from "papilio/evaluation/_report_run.ts";
import { casesOfRun } from "papilio/predict/run_cases.ts";

/** On which cases a run is judged. */
export interface EvaluationCases {
  cases: readonly Case[];
  /** Part of the run's own data, or `"all"` of others. */
  part: SplitPart | "all";
  /** Folder of the data. */
  data: string;
  /** The run's validation cases, to choose a threshold on; empty if there is none to choose. */
  validation: readonly Case[];
  /** Cases of other data that cannot be used, mostly without a mask. */
  leftOut?: number;
}

/**
 * The cases of a part of a run; by default the test cases, and the validation cases where there are none.
 *
 * With `data`, all cases of another data set, by the run's own layout if that fits. With `classes` there is no threshold to choose.
 *
 * @throws {PapilioError} if there are none.
 */
export async function findEvaluationCases(
  runPath: string,
  { part, data, classes }: {
    part?: SplitPart | undefined;
    data?: string | undefined;
    /** Names of several classes. */
    classes?: readonly string[] | undefined;
  } = {},
): Promise<EvaluationCases> {
  const config = await readConfig(runFolder(runPath));
  const split = config ? await casesOfRun(runPath) : { train: [], validation: [], test: [] };
  if (data !== undefined) {
    const dataSet = await readOther(data, config?.layout);
    const cases = usableCases(dataSet);
    const leftOut = dataSet.cases.length - cases.length;
    const validation = classes ? [] : split.validation;
    return withCases({ cases, part: "all", data, validation, leftOut }, runPath);
  }
  const chosen = part ?? (split.test.length > 0 ? "test" : "validation");
  const validation = chosen === "validation" || classes ? [] : split.validation;
  const folder = config?.data ?? "";
  return withCases({ cases: split[chosen], part: chosen, data: folder, validation }, runPath);
}

/** Arranged as the run's own data, whose masks the network knows, or in whatever way fits. */
async function readOther(data: string, layout: Config["layout"] = "auto"): Promise<DataSet> {
  return await readDataSet(data, layout).catch((error) => {
    if (!(error instanceof PapilioError)) throw error;
    return readDataSet(data, "auto");
  });
}

function withCases(found: EvaluationCases, runPath: string): EvaluationCases {
  if (found.cases.length > 0) return found;
  throw new PapilioError({
    cannot: `evaluate ${runPath}`,
    expected: found.part === "all"
      ? `images with masks in ${found.data}`
      : `${found.part} cases in the run's split.csv`,
    got: "none",
    remedy: found.part === "all"
      ? "Give a data set with masks; photos alone are for `deno task export`."
      : "Give a data set with --data, as a model file on its own needs, or another --split.",
  });
}

/** Where an evaluation is kept: `<run>/evaluation/<part>`; of other data, under its name. */
export function evaluationFolder(runPath: string, { part, data }: EvaluationCases): string {
  const name = part === "all" ? basename(resolve(data)) : part;
  return join(runPath, "evaluation", name);
}
