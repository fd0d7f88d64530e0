import { type ClassEntry, classesText, classSchema, parseClasses } from "papilio/core/classes.ts";
import { type Config, resolveConfig } from "papilio/core/config.ts";
import { presets } from "papilio/core/presets.ts";

/** A field of a configuration: `{ name: "phase1.epochs", value: "3" }`. */
export interface Setting {
  name: string;
  value: string;
}

/** A configuration beside the preset that it differs least from. */
export interface NearestPreset {
  preset: string;
  differences: (Setting & { inPreset: string })[];
  all: Setting[];
}

const classesSchema = classSchema.array();

/** Where the data lie is no choice between presets. */
const OF_NO_PRESET = new Set(["data"]);

/** The preset from which the fewest settings differ; of several, the first. */
export function nearestPreset(config: Config): NearestPreset {
  const all = settingsOf(config);
  const found = Object.keys(presets).map((preset) => {
    const there = new Map(
      settingsOf(resolveConfig(preset)).map(({ name, value }) => [name, value]),
    );
    const differences = all.filter(({ name }) => !OF_NO_PRESET.has(name))
      .map((setting) => ({ ...setting, inPreset: there.get(setting.name) ?? "" }))
      .filter(({ value, inPreset }) => value !== inPreset);
    return { preset, differences, all };
  });
  return found.reduce((best, one) => one.differences.length < best.differences.length ? one : best);
}

/** As on the command line. */
function textOf(value: unknown): string {
  const { success, data } = classesSchema.safeParse(value);
  return success && data.length > 0 ? optionOf(data) : String(value);
}

/** What `parseClasses` reads as the same table: short where that is possible. */
function optionOf(classes: readonly ClassEntry[]): string {
  const [short, long] = [classesText(classes), JSON.stringify(classes)];
  try {
    return JSON.stringify(parseClasses(short)) === long ? short : long;
  } catch {
    return long;
  }
}

/** Every field with the names of those around it. */
function settingsOf(value: object, above = ""): Setting[] {
  return Object.entries(value).flatMap(([key, below]): Setting[] => {
    const name = `${above}${key}`;
    const isGroup = typeof below === "object" && below !== null && !Array.isArray(below);
    return isGroup ? settingsOf(below, `${name}.`) : [{ name, value: textOf(below) }];
  });
}
