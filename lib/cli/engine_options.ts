import { type Command, Option } from "commander";
import { configSchema } from "papilio/core/config.ts";

/** Adds `--engine` and `--device` to a command that has no configuration; they are left open by default. */
export function addEngineOptions(command: Command): Command {
  for (const name of ["engine", "device"] as const) {
    const field = configSchema.shape[name];
    const choices = field.unwrap().options;
    command.addOption(
      new Option(`--${name} <name>`, field.description).choices(choices).default("auto"),
    );
  }
  return command;
}
