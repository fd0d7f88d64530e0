import { present } from "papilio/core/assert.ts";
import { usualFolder } from "papilio/core/run_folder.ts";
import { type CompareFlags, parseCompare } from "papilio/cli/_compare_command.ts";
import { configOverrides, fieldNames } from "papilio/cli/config_options.ts";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { compare, type CompareOptions, notFinished } from "papilio/comparison/compare.ts";
import { entryOfPreset, readEntries, resolveEntries } from "papilio/comparison/entries.ts";
import { writeComparison } from "papilio/comparison/files.ts";
import { runHeading } from "papilio/comparison/run_heading.ts";
import { describeComparison } from "papilio/comparison/table.ts";
import { checkTrainable } from "papilio/comparison/trainable.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { openEngine } from "papilio/engine/open_engine.ts";
import { quoted } from "papilio/core/text.ts";
import { ConsoleReporter } from "papilio/train/console.ts";

/** 0: all entries are in the table, or it is of those that are finished; 1: some failed. */
export async function main(args: string[]): Promise<number> {
  const command = parseCompare(args);
  const flags = command.opts<CompareFlags>();
  const [data = ""] = command.args;
  const out = flags.out ?? usualFolder(data, "comparison");
  const listed = flags.list === undefined ? [] : await readEntries(flags.list);
  const entries = resolveEntries(
    [...flags.preset.map(entryOfPreset), ...listed],
    (own) => ({ ...configOverrides(command, own), data }),
    // Before the first is trained, since the last one's turn comes hours later.
    { nameOf: fieldNames(command), ...(flags.onlyTable ? {} : { check: checkTrainable }) },
  );
  const reporter = new ConsoleReporter();
  const { onEvent } = reporter;
  const note = (text: string) => onEvent({ kind: "note", text });
  const stopListening = exitOnInterrupt(() => lastWord(args));
  const { config } = present(entries[0]);
  if (!flags.onlyTable) await readDataSet(data, config.layout); // Before an engine is chosen.
  const engine = flags.onlyTable ? undefined : await openEngine({ ...config, note });
  try {
    const { folds } = flags;
    const onRun: CompareOptions["onRun"] = (run, at) => {
      note(`\n${runHeading(run, at)}`);
      return onEvent;
    };
    const comparison = await compare(entries, { out, folds, engine, onRun, onEvent });
    reporter.stop();
    const paths = await writeComparison(out, comparison);
    console.log(`\n${describeComparison(comparison)}`);
    console.log(`Written: ${paths.join(", ")}`);
    const isTrouble = ({ error }: { error: string }) => !flags.onlyTable || error !== notFinished;
    return comparison.failures.some(isTrouble) ? 1 : 0;
  } finally {
    reporter.stop();
    stopListening();
    await engine?.dispose();
  }
}

function lastWord(args: readonly string[]): string {
  const command = ["deno task compare", ...args.map(quoted)].join(" ");
  return `\nInterrupted. What is finished is kept; the same command goes on:\n  ${command}`;
}

if (import.meta.main) await runMain(main);
