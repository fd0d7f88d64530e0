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
  /** Why `validation` is empty, though a threshold could be chosen: the run's own data are gone. */
  withoutValidation?: string;
  /** Cases of other data that cannot be used, mostly without a mask. */
  leftOut?: number;
}

export interface FindOptions {
  part?: SplitPart | undefined;
  /** Folder of another data set. */
  data?: string | undefined;
  /** Names of several classes. */
  classes?: readonly string[] | undefined;
  /** Whether the command takes another data set with `--data`, for its errors. */
  takesData?: boolean;
}

/**
 * The cases of a part of a run; by default the test cases, and the validation cases where there are none.
 *
 * With `data`, all cases of another data set, by the run's own layout if that fits; the run's own data
 * may be gone then. With `classes` there is no threshold to choose.
 *
 * @throws {PapilioError} if there are none.
 */
export async function findEvaluationCases(
  runPath: string,
  { part, data, classes, takesData = true }: FindOptions = {},
): Promise<EvaluationCases> {
  const config = await readConfig(runFolder(runPath));
  if (data !== undefined) {
    const dataSet = await readOther(data, config?.layout);
    const cases = usableCases(dataSet);
    const leftOut = dataSet.cases.length - cases.length;
    const own = config && !classes ? await validationOf(runPath) : { validation: [] };
    return withCases({ cases, part: "all", data, leftOut, ...own }, { runPath, takesData });
  }
  const elsewhere = takesData ? "give another data set with --data" : undefined;
  const split = config
    ? await casesOfRun(runPath, { elsewhere })
    : { train: [], validation: [], test: [] };
  const chosen = part ?? (split.test.length > 0 ? "test" : "validation");
  const validation = chosen === "validation" || classes ? [] : split.validation;
  const folder = config?.data ?? "";
  const found = { cases: split[chosen], part: chosen, data: folder, validation };
  return withCases(found, { runPath, takesData });
}

/** The run's own validation cases, or why they are not there. */
async function validationOf(
  runPath: string,
): Promise<Pick<EvaluationCases, "validation" | "withoutValidation">> {
  try {
    return { validation: (await casesOfRun(runPath)).validation };
  } catch (error) {
    if (!(error instanceof PapilioError)) throw error;
    return { validation: [], withoutValidation: error.message };
  }
}

/** Arranged as the run's own data, whose masks the network knows, or in whatever way fits. */
async function readOther(data: string, layout: Config["layout"] = "auto"): Promise<DataSet> {
  return await readDataSet(data, layout).catch((error) => {
    if (!(error instanceof PapilioError)) throw error;
    return readDataSet(data, "auto");
  });
}

function withCases(
  found: EvaluationCases,
  { runPath, takesData }: { runPath: string; takesData: boolean },
): EvaluationCases {
  if (found.cases.length > 0) return found;
  throw new PapilioError({
    cannot: `evaluate ${runPath}`,
    expected: found.part === "all"
      ? `images with masks in ${found.data}`
      : `${found.part} cases in the run's split.csv`,
    got: "none",
    remedy: found.part === "all"
      ? "Give a data set with masks; photos alone are for `deno task export`."
      : takesData
      ? "Give a data set with --data, as a model file on its own needs, or another --split."
      : "Give another --split.",
  });
}

/** Where an evaluation is kept: `<run>/evaluation/<part>`; of other data, under its name. */
export function evaluationFolder(runPath: string, { part, data }: EvaluationCases): string {
  const name = part === "all" ? basename(resolve(data)) : part;
  return join(runPath, "evaluation", name);
}
