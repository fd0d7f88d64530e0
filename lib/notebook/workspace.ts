import { basename, fromFileUrl, join, resolve } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { PapilioError } from "papilio/core/errors.ts";
import { exists, sortedNames } from "papilio/core/files.ts";
import type { PresetName } from "papilio/core/presets.ts";
import { type RunFolder, runFolder } from "papilio/core/run_folder.ts";
import { makeSyntheticDataSet } from "papilio/data/synthetic.ts";
import { readRunConfig } from "papilio/train/run_config.ts";

/** The project's own folder, in which `data` and `outputs` lie. */
export const projectFolder = fromFileUrl(new URL("../../", import.meta.url));

/** Where the drawn butterflies lie that stand in for a data set. */
const sampleFolder = join("data", "sample");

/** The data set that a notebook works on. */
export interface NotebookData {
  folder: string;
  /** Whether these are the drawn butterflies. */
  isSample: boolean;
  /** What a network for them is trained with in a notebook. */
  preset: PresetName;
}

/**
 * The data set of a notebook, and a line that says which: the folder given, else `PAPILIO_DATA`, else drawn
 * butterflies, which are made if they are not there.
 *
 * From here on, paths are taken from the project's folder, as on the command line.
 *
 * @throws {PapilioError} if there is no such folder.
 */
export async function openData(given = ""): Promise<NotebookData> {
  tf.enableProdMode(); // No advice to install another backend.
  Deno.chdir(projectFolder);
  const folder = given || Deno.env.get("PAPILIO_DATA") || sampleFolder;
  const isSample = resolve(folder) === resolve(sampleFolder);
  if (isSample) await drawSample();
  else if (!await exists(folder)) throw noData(folder);
  console.log(`Data: ${folder}${isSample ? ", drawn butterflies" : ""}`);
  return { folder, isSample, preset: isSample ? "classroom" : "laptop" };
}

async function drawSample(): Promise<void> {
  if (await exists(sampleFolder)) return;
  console.log(`Drawing butterflies into ${sampleFolder}; this is done once.`);
  await makeSyntheticDataSet(sampleFolder, { count: 320, maxButterflies: 2 });
}

/**
 * A finished run: the folder given, else `PAPILIO_RUN`, else the newest one in `outputs` that was trained
 * on these data; `null` if there is none.
 *
 * @throws {PapilioError} if the one that is named is not finished.
 */
export async function findRun({ folder }: NotebookData, given = ""): Promise<RunFolder | null> {
  const named = given || Deno.env.get("PAPILIO_RUN") || "";
  if (named === "") return await newestRun(folder);
  const run = runFolder(named);
  if (!await exists(run.summary)) throw notFinished(named);
  return run;
}

/** The run in `outputs` that was finished last, out of those on these data. */
async function newestRun(dataFolder: string): Promise<RunFolder | null> {
  let newest: { run: RunFolder; time: number } | null = null;
  for (const run of await runsOn(dataFolder)) {
    const status = await Deno.stat(run.summary).catch(() => null);
    const time = status?.mtime?.getTime() ?? -1;
    if (time > (newest?.time ?? -1)) newest = { run, time };
  }
  return newest?.run ?? null;
}

/** The runs in `outputs`, finished or not, that were trained on these data. */
export async function runsOn(dataFolder: string): Promise<RunFolder[]> {
  if (!await exists("outputs")) return [];
  const names = await sortedNames("outputs", ({ isDirectory }) => isDirectory);
  const runs = await Promise.all(names.map(async (name) => {
    const run = runFolder(join("outputs", name));
    const config = await readRunConfig(run.path).catch(() => null); // Not every folder is a run.
    return config && resolve(config.data) === resolve(dataFolder) ? [run] : [];
  }));
  return runs.flat();
}

/** A folder in `outputs` that is free, named after the data. */
export async function freeRunFolder(dataFolder: string): Promise<RunFolder> {
  const name = basename(resolve(dataFolder));
  for (let number = 1;; number++) {
    const run = runFolder(join("outputs", number === 1 ? name : `${name}-${number}`));
    if (!await exists(run.path)) return run;
  }
}

function noData(folder: string): PapilioError {
  return new PapilioError({
    cannot: "open the data set of this notebook",
    expected: `a folder, as an absolute path or one from ${projectFolder}`,
    got: `nothing at ${folder}`,
    remedy: "Correct the path, or leave it empty for drawn butterflies.",
  });
}

function notFinished(path: string): PapilioError {
  return new PapilioError({
    cannot: `use the run ${path}`,
    expected: "the folder of a finished run, with its summary.json",
    got: "none there",
    remedy: `Finish it with \`deno task train --resume ${path}\`, or name another.`,
  });
}
