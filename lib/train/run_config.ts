import {
  type Config,
  type ConfigOptions,
  type ConfigOverrides,
  fieldName,
  parseConfig,
} from "papilio/core/config.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { runFolder } from "papilio/core/run_folder.ts";

/** Fields that a resumed run may be given anew, since they do not change what it learns. */
export const freeOnResume: ReadonlySet<string> = new Set([
  "data",
  "engine",
  "device",
  "threads",
  "cacheMegabytes",
]);

/** The configuration that a run was started with. */
export async function readRunConfig(runPath: string): Promise<Config> {
  const path = runFolder(runPath).config;
  if (!await exists(path)) {
    throw new PapilioError({
      cannot: `resume ${runPath}`,
      expected: "the folder of a run, with its config.json",
      got: "none",
      remedy: "Give the folder that `deno task train` made, or start a run without --resume.",
    });
  }
  return parseConfig(await readConfigFile(path), path);
}

/**
 * The configuration of a run that goes on, with what may be given anew.
 *
 * @param otherFlags names of what else was asked for.
 * @throws {PapilioError} if `overrides` has anything that the run is fixed by, or there are other flags.
 */
export async function resumedConfig(
  runPath: string,
  overrides: ConfigOverrides,
  { otherFlags = [], nameOf = fieldName }: ConfigOptions & { otherFlags?: readonly string[] } = {},
): Promise<Config> {
  const fixed = Object.entries(overrides).filter(([key]) => !freeOnResume.has(key));
  const refused = [
    ...otherFlags,
    ...fixed.flatMap(([key, value]) => pathsIn(value, [key]).map(nameOf)),
  ];
  if (refused.length === 0) {
    const config = { ...await readRunConfig(runPath), ...overrides };
    return parseConfig(config, "command line", { nameOf });
  }
  throw new PapilioError({
    cannot: `resume ${runPath} with other settings`,
    expected: "no more than the data folder, --engine, --device, --threads and --cache-megabytes",
    got: refused.join(", "),
    remedy: "Leave them out, or start a run of its own without --resume.",
  });
}

/** The paths of the settings in a part of a configuration. */
function pathsIn(value: unknown, above: readonly string[]): string[][] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [[...above]];
  return Object.entries(value).flatMap(([key, below]) => pathsIn(below, [...above, key]));
}

/**
 * The settings in a JSON file; their ranges are still to be checked.
 *
 * @throws {PapilioError} if it cannot be read, or is no JSON object.
 */
export async function readConfigFile(path: string): Promise<ConfigOverrides> {
  try {
    const settings: unknown = JSON.parse(await Deno.readTextFile(path));
    if (typeof settings === "object" && settings !== null && !Array.isArray(settings)) {
      return settings;
    }
  } catch (error) {
    throw unreadable(path, messageOf(error), error);
  }
  throw unreadable(path, "JSON of another kind");
}

function unreadable(path: string, got: string, cause?: unknown): PapilioError {
  return new PapilioError({
    cannot: `read the configuration ${path}`,
    expected: "a file with a JSON object",
    got,
    remedy: "Take the config.json of a run as a pattern.",
    cause,
  });
}
