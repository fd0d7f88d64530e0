import type { CommandLine } from "papilio/report/page/report.ts";
import type { NearestPreset } from "papilio/evaluation/_nearest_preset.ts";

/** The commands that lead to a run, its evaluation and its report, from nothing. */
export function commandsOf(
  { run, data, nearest, part, own }: {
    run: string;
    data: string | undefined;
    nearest: NearestPreset | undefined;
    part: string | undefined;
    /** The one that makes the page. */
    own: string | undefined;
  },
): CommandLine[] {
  const lines: CommandLine[] = [];
  if (nearest && data !== undefined) {
    const options = nearest.differences.map(({ name, value }) => `--${name}=${quoted(value)}`);
    lines.push({
      purpose: "Training with these settings:",
      command: [
        `deno task train ${quoted(data)} --preset ${nearest.preset} --out ${quoted(run)}`,
        ...options,
      ].join(" \\\n  "),
    });
  }
  const split = part ? ` --split ${part}` : "";
  lines.push({ purpose: "Evaluation:", command: `deno task evaluate ${quoted(run)}${split}` });
  lines.push({ purpose: "This page:", command: own ?? `deno task report ${quoted(run)}` });
  return lines;
}

/** An argument as a shell takes it for one word. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
