import { type Command, InvalidArgumentError, Option } from "commander";
import { z } from "zod";
import { parseClasses } from "papilio/core/classes.ts";
import {
  type ConfigOverrides,
  configSchema,
  type FieldName,
  fieldName,
} from "papilio/core/config.ts";
import { kebabCase, optionName } from "papilio/core/text.ts";

/** One field of the configuration, as an option. */
interface Leaf {
  /** `["phase1", "batchSize"]` */
  path: readonly string[];
  type: z.ZodType;
  description: string;
  defaultValue: unknown;
}

/**
 * Adds an option for every field of the configuration: `--phase1.batch-size <n>`.
 *
 * Help shows each field's description and default. Arguments may also be written as in a file,
 * `--phase1.batchSize`, once they went through `normalizeArguments`.
 *
 * @example
 * ```ts
 * import { Command } from "commander";
 * import { addConfigOptions, configOverrides, normalizeArguments } from "papilio/cli/config_options.ts";
 * const command = addConfigOptions(new Command("train"));
 * command.parse(normalizeArguments(["--phase1.batchSize", "4", "--seed=7"]), { from: "user" });
 * console.assert(
 *   JSON.stringify(configOverrides(command)) === '{"seed":7,"phase1":{"batchSize":4}}',
 * );
 * ```
 */
export function addConfigOptions(command: Command, except: readonly string[] = []): Command {
  for (const leaf of configLeaves()) {
    if (!except.includes(leaf.path.join("."))) command.addOption(toOption(leaf));
  }
  return command;
}

/** What was given on the command line, in the configuration's own form, over a `base` of the same. */
export function configOverrides(command: Command, base: ConfigOverrides = {}): ConfigOverrides {
  const overrides: Record<string, unknown> = structuredClone(base);
  const given = command.opts();
  for (const { path, type } of configLeaves()) {
    const value = given[path.join(".")];
    // Commander makes a null that a parser returns an empty text.
    const isNull = type instanceof z.ZodNullable && value === "";
    if (value !== undefined) setAt(overrides, path, isNull ? null : value);
  }
  return overrides;
}

/** Calls what the command line gave by its option, `--phase1.batch-size`, and other fields as in a file. */
export function fieldNames(command: Command): FieldName {
  const isGiven = ({ path }: Leaf) => command.getOptionValueSource(path.join(".")) === "cli";
  const given = configLeaves().filter(isGiven);
  return (path) => {
    const leaf = given.find((one) => one.path.every((key, i) => key === path[i]));
    return leaf ? optionName(leaf.path) : fieldName(path);
  };
}

/** Writes the names of options with hyphens: `--inputSidePx=64` becomes `--input-side-px=64`. */
export function normalizeArguments(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.map((argument, i) => {
    if (!argument.startsWith("--") || (end >= 0 && i >= end)) return argument;
    const [name = "", ...value] = argument.split("=");
    return [kebabCase(name), ...value].join("=");
  });
}

function configLeaves(): Leaf[] {
  return leavesOf(configSchema.shape, []);
}

function leavesOf(shape: Readonly<Record<string, unknown>>, above: readonly string[]): Leaf[] {
  return Object.entries(shape).flatMap(([key, field]) => {
    const path = [...above, key];
    if (field instanceof z.ZodPrefault) {
      return leavesOf((field.unwrap() as z.ZodObject).shape, path);
    }
    if (!(field instanceof z.ZodDefault)) {
      throw new Error(`Internal mistake: ${path} has no default`);
    }
    const { description = "", def } = field;
    return [{
      path,
      type: def.innerType as z.ZodType,
      description,
      defaultValue: def.defaultValue,
    }];
  });
}

function toOption({ path, type, description, defaultValue }: Leaf): Option {
  const choices = choicesOf(type);
  const notes = [
    ...(choices ? [`one of ${choices.join(", ")}`] : []),
    `default: ${JSON.stringify(defaultValue)}`,
  ];
  const placeholder = type instanceof z.ZodBoolean ? "[true|false]" : `<${placeholderOf(type)}>`;
  return new Option(
    `${optionName(path)} ${placeholder}`,
    `${description} (${notes.join("; ")})`.trim(),
  ).argParser((text: string) => parseValue(type, text))
    .helpGroup(path.length > 1 ? `Configuration, ${path[0]}:` : "Configuration:");
}

function choicesOf(type: z.ZodType): readonly (string | number)[] | undefined {
  if (type instanceof z.ZodEnum) return type.options;
  return type instanceof z.ZodLiteral ? [...type.values] as (string | number)[] : undefined;
}

function placeholderOf(type: z.ZodType): string {
  if (type instanceof z.ZodArray) return isList(type) ? "n,n,…" : "name=rule,…";
  if (type instanceof z.ZodNullable) return "n";
  if (type instanceof z.ZodNumber || typeof choicesOf(type)?.[0] === "number") return "n";
  return "text";
}

/** The text as the field's type wants it; its range is the schema's to check. */
function parseValue(type: z.ZodType, text: string): unknown {
  const choices = choicesOf(type);
  if (choices) return parseChoice(choices, text);
  if (type instanceof z.ZodNullable) return text === "null" ? null : parseNumber(text);
  if (type instanceof z.ZodNumber) return parseNumber(text);
  if (type instanceof z.ZodArray) return isList(type) ? parseList(text) : parseClasses(text);
  return type instanceof z.ZodBoolean ? parseChoice([true, false], text) : text;
}

/** Whether an array is of numbers; else it is the class table. */
function isList(type: z.ZodArray): boolean {
  return type.element instanceof z.ZodNumber;
}

function parseList(text: string): number[] {
  return ["", "none"].includes(text.trim()) ? [] : text.split(",").map(parseNumber);
}

function parseNumber(text: string): number {
  const value = Number(text.trim() || NaN);
  if (Number.isNaN(value)) throw new InvalidArgumentError("It is not a number.");
  return value;
}

function parseChoice<T>(choices: readonly T[], text: string): T {
  const chosen = choices.find((choice) => String(choice) === text || choice === Number(text));
  if (chosen === undefined) {
    throw new InvalidArgumentError(`It is not one of ${choices.join(", ")}.`);
  }
  return chosen;
}

function setAt(target: Record<string, unknown>, path: readonly string[], value: unknown): void {
  const [key = "", ...rest] = path;
  if (rest.length === 0) {
    target[key] = value;
    return;
  }
  const below = { ...(target[key] as Record<string, unknown> | undefined) };
  setAt(below, rest, value);
  target[key] = below;
}
