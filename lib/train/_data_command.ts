import { classesText } from "papilio/core/classes.ts";
import type { Config } from "papilio/core/config.ts";
import { optionName, quoted } from "papilio/core/text.ts";
import { isDefault } from "papilio/train/_default_settings.ts";

/** The command that finds the same faults in a data set as training does: with the options that it needs. */
export function dataCommand(folder: string, config: Config): string {
  const fields = ["layout", "inputChannels", "intensityRange"] as const;
  const options = fields.filter((field) => !isDefault(config, [field]))
    .flatMap((field) => [optionName([field]), quoted(String(config[field]))]);
  const classes = config.classes.length > 0 ? ["--classes", quoted(textOf(config.classes))] : [];
  return ["deno task data", quoted(folder), ...options, ...classes].join(" ");
}

/** As short as it can be; some names of files only a list can say. */
function textOf(classes: Config["classes"]): string {
  const isPlain = classes.every(({ files }) => !files.some((file) => /[,=+]|^\d+$/.test(file)));
  return isPlain ? classesText(classes) : JSON.stringify(classes);
}
