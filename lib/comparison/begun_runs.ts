import { type Config, parseConfig } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import type { PlannedRun } from "papilio/comparison/planned_runs.ts";
import { settingsInEffect } from "papilio/train/optimizers/mod.ts";
import { freeOnResume, readRunConfig } from "papilio/train/run_config.ts";

/** What becomes of a run that is there already. */
export type RunProgress = "new" | "begun" | "finished";

/** How far a run is, by its files. */
export async function progressOf({ path }: PlannedRun): Promise<RunProgress> {
  const { summary, config } = runFolder(path);
  if (await exists(summary)) return "finished";
  return await exists(config) ? "begun" : "new";
}

/** The list lies in the comparison's folder, which may be moved; its cases are the plan's. */
const free = new Set([...freeOnResume, "splitFile"]);

/** @throws {PapilioError} if the run in the folder was begun with other settings. */
export async function checkSameSettings({ path, config }: PlannedRun): Promise<void> {
  const [before, now] = [await readRunConfig(path), parseConfig(config, path)].map(inEffect);
  const others = Object.keys({ ...now }).filter((field) =>
    !free.has(field) && textOf(now, field) !== textOf(before, field)
  );
  if (others.length === 0) return;
  throw new PapilioError({
    cannot: `go on with the run in ${path}`,
    expected: "the settings that it was begun with",
    got: `another ${others.join(" and ")}`,
    remedy: "Remove its folder to train it anew, or give the entry another name.",
  });
}

function textOf(settings: Record<string, unknown> | undefined, field: string): string {
  return JSON.stringify(settings?.[field]) ?? "";
}

/** Settings without those that the optimizer does not take: they make no other run. */
function inEffect(config: Config): Record<string, unknown> {
  const { momentum: _, weightDecay: __, ...optimizer } = config.optimizer;
  return { ...config, optimizer: { ...optimizer, ...settingsInEffect(config.optimizer) } };
}
