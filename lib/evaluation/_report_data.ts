import type { Config } from "papilio/core/config.ts";
import { messageOf } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { startProgress } from "papilio/core/progress.ts";
import type { RunFolder } from "papilio/core/run_folder.ts";
import { type Fault, faultRemedies } from "papilio/data/data_set.ts";
import { examineDataSet } from "papilio/data/faults.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { readSplit } from "papilio/data/split.ts";
import type { DataSetPart, FaultGroup, Part } from "papilio/report/page/report.ts";

/** Faults of a kind that are named. */
const EXAMPLES = 5;

/** The data of a run: sizes of the parts, and the faults; `examine` opens every file for them. */
export async function dataSetOf(
  run: RunFolder,
  config: Config | undefined,
  { examine }: { examine: boolean },
): Promise<Part<DataSetPart>> {
  if (!config) return { missing: "The run has no config.json, which would name its data." };
  const parts = await exists(run.split) ? [...(await readSplit(run.split)).values()] : [];
  const counts = (["train", "validation", "test"] as const).map((part) => ({
    part,
    cases: parts.filter((one) => one === part).length,
  }));
  return { folder: config.data, split: counts, faults: await faultsOf(config, examine) };
}

async function faultsOf(
  { data, layout, classes, inputChannels: channels, intensityRange }: Config,
  examine: boolean,
): Promise<Part<readonly FaultGroup[]>> {
  if (!examine) return { missing: "The files were not looked at (--no-faults)." };
  try {
    const dataSet = await readDataSet(data, layout);
    const progress = startProgress("look at data", dataSet.cases.length, { unit: "cases" });
    const { faults } = await examineDataSet(dataSet, {
      ...{ classes, channels, intensityRange },
      onProgress: (done) => progress.update(done),
    })
      .finally(() => progress.stop());
    return grouped(faults);
  } catch (error) {
    return { missing: `The data could not be looked at. ${messageOf(error)}` };
  }
}

/** By kind, errors first. */
function grouped(faults: readonly Fault[]): FaultGroup[] {
  const groups = [...Map.groupBy(faults, ({ kind }) => kind)].map(([kind, all]): FaultGroup => ({
    kind,
    severity: all[0]?.severity ?? "warning",
    remedy: faultRemedies[kind],
    count: all.length,
    examples: all.slice(0, EXAMPLES).map(({ id, message }) => id ? `${id}: ${message}` : message),
  }));
  return groups.sort((a, b) => a.severity.localeCompare(b.severity));
}
