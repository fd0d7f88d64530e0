import { dirname, fromFileUrl, relative } from "@std/path";
import { Command } from "commander";
import { runMain } from "papilio/cli/main.ts";
import type { EngineCandidate } from "papilio/engine/candidate.ts";
import { findTensorflow } from "papilio/engine/eager/tensorflow.ts";
import {
  type InstalledTensorflow,
  installedTensorflow,
  installTensorflow,
} from "papilio/engine/eager/tensorflow_install.ts";

const projectFolder = dirname(dirname(dirname(fromFileUrl(import.meta.url))));

const command = new Command("deno task engine:tensorflow")
  .description(
    "Downloads TensorFlow's library for the engine tensorflow, and says if it runs here.",
  )
  .option("--check", "say what is there, and download nothing")
  .option("--again", "download it anew, where it is there already")
  .exitOverride();

/** 1 where the engine cannot be had on any device. */
async function main(args: string[]): Promise<number> {
  command.parse(args, { from: "user" });
  const { check = false, again = false } = command.opts<{ check?: boolean; again?: boolean }>();
  let candidates = again && !check ? [] : await findTensorflow();
  if (!check && !candidates.some(isThere)) {
    await installTensorflow(projectFolder, { say: (line) => console.error(line) });
    candidates = await findTensorflow();
  }
  const installed = await installedTensorflow();
  if (installed) console.log(describeFiles(installed));
  for (const candidate of candidates) console.log(describeCandidate(candidate));
  return candidates.some(isThere) ? 0 : 1;
}

const isThere = ({ absence }: EngineCandidate) => absence === undefined;

function describeFiles({ libraryPath, librarySizeBytes, addonPath }: InstalledTensorflow): string {
  const size = `${(librarySizeBytes / 1e6).toFixed(0)} MB`;
  return `Library: ${relative(Deno.cwd(), libraryPath)} (${size})\n` +
    `Addon:   ${relative(Deno.cwd(), addonPath)}`;
}

function describeCandidate({ name, device, description, absence }: EngineCandidate): string {
  const choice = `--engine ${name} --device ${device}`;
  return absence
    ? `${choice}: cannot be had: ${absence.reason}. ${absence.remedy}`
    : `${choice}: ${description}`;
}

if (import.meta.main) await runMain(main);
