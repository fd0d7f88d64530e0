import { join } from "@std/path";
import { present } from "papilio/core/assert.ts";
import { classColours, namesOf } from "papilio/core/classes.ts";
import { type Config, parseConfig } from "papilio/core/config.ts";
import { exists } from "papilio/core/files.ts";
import { formatDuration } from "papilio/core/progress.ts";
import { type RunFolder } from "papilio/core/run_folder.ts";
import type { HistoryRow } from "papilio/report/curves.ts";
import type { Fact, Part, TrainingPart } from "papilio/report/page/report.ts";
import { readHistory } from "papilio/train/history.ts";

/** What is read from `environment.json`. */
type Environment = Partial<
  Record<"papilio" | "commit" | "deno" | "os" | "cpu" | "engine" | "startedAt", string>
>;

/** What is read from `summary.json` of a run. */
export interface TrainingSummary {
  bestEpoch?: number;
  parameters?: number;
  trainingSeconds?: number;
}

/** A JSON file of a run; `undefined` if there is none. */
export async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    // Numbers that are not defined are null in files.
    return JSON.parse(await Deno.readTextFile(path), (_, value) => value === null ? NaN : value);
  } catch (error) {
    // A model file given for a run is no folder.
    const isMissing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (isMissing) return undefined;
    throw error;
  }
}

/** The configuration of a run; `undefined` if there is none. */
export async function readConfig({ config }: RunFolder): Promise<Config | undefined> {
  if (!await exists(config)) return undefined;
  // Where it says null, that is a choice.
  return parseConfig(JSON.parse(await Deno.readTextFile(config)), config);
}

/** What, when, where. */
export function factsOf(
  run: RunFolder,
  { config, environment = {}, summary }: {
    config: Config | undefined;
    environment: Environment | undefined;
    summary: TrainingSummary | undefined;
  },
): Fact[] {
  const { papilio, commit, os, cpu, engine, startedAt } = environment;
  const version = papilio &&
    `${papilio}${typeof commit === "string" ? `, ${commit.slice(0, 9)}` : ""}`;
  const machine = [cpu, os].filter(Boolean).join(", ");
  const facts: [string, string | undefined][] = [
    ["Network", config && networkText(config)],
    ["Classes", config && namesOf(config.classes).join(", ")],
    ["Parameters", summary?.parameters?.toLocaleString("en")],
    ["Data", config?.data],
    ["Trained", startedAt && `${minuteText(startedAt)}${durationText(summary)}`],
    ["Machine", machine],
    ["Engine", engine],
    ["Papilio", version],
    ["Run folder", run.path],
  ];
  return facts.flatMap(([label, value]) => value ? [{ label, value }] : []);
}

function networkText({ decoder, encoder, alpha, encoderFilters, inputSidePx }: Config): string {
  const width = encoder === "mobilenet-v2" ? `alpha ${alpha}` : `${encoderFilters} filters`;
  const name = decoder === "unet" ? "U-Net" : decoder;
  return `${name}, ${encoder} (${width}), ${inputSidePx}² pixels`;
}

/** `"2026-11-21 11:27 UTC"` */
export function minuteText(time: string): string {
  return `${new Date(time).toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

function durationText(summary: TrainingSummary | undefined): string {
  return summary?.trainingSeconds === undefined
    ? ""
    : `, ${formatDuration(summary.trainingSeconds)}`;
}

/** The epochs of a run, both phases. */
export async function trainingOf(
  { history }: RunFolder,
  { config, summary }: { config: Config; summary: TrainingSummary | undefined },
): Promise<Part<TrainingPart>> {
  const rows = await exists(history) ? await readHistory(history) : [];
  if (rows.length === 0) return { missing: "The run has no history of its training." };
  const best = summary?.bestEpoch ?? epochOfLowestLoss(rows);
  const { trainingSeconds } = summary ?? {};
  const { classes } = config;
  const colours = classColours(classes);
  return {
    rows,
    ...(classes.length > 0 && {
      classes: classes.map(({ name }, i) => ({ name, colour: present(colours[i]) })),
    }),
    ...(best !== undefined && { bestEpoch: best }),
    ...(trainingSeconds !== undefined && { duration: formatDuration(trainingSeconds) }),
  };
}

function epochOfLowestLoss(rows: readonly HistoryRow[]): number | undefined {
  const known = rows.filter(({ valLoss }) => Number.isFinite(valLoss));
  if (known.length === 0) return undefined;
  return known.reduce((best, row) => row.valLoss < best.valLoss ? row : best).epoch;
}

/** The card that lies beside the model. */
export async function modelCardOf({ model }: RunFolder): Promise<Part<{ markdown: string }>> {
  const markdown = await Deno.readTextFile(join(model, "README.md")).catch(() => undefined);
  if (markdown !== undefined) return { markdown };
  return { missing: "The run has no model card: its training did not end." };
}
