import { runFolder } from "papilio/core/run_folder.ts";
import type { ConsoleReporter } from "papilio/train/console.ts";

/** What Ctrl-C and a polite kill are expected to exit with. */
const interruptedCode = 130;

const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/**
 * Leaves at once when the process is interrupted, saying what is saved and how to go on.
 *
 * It may do so at any moment: files get their name when they are whole, and an epoch counts once its
 * checkpoint has it. Returns how to stop listening.
 */
export function exitOnInterrupt(runPath: string, reporter: ConsoleReporter): () => void {
  const listener = () => {
    reporter.stop();
    console.error(interruptionText(runPath, reporter.savedEpoch));
    Deno.exit(interruptedCode);
  };
  for (const signal of signals) Deno.addSignalListener(signal, listener);
  return () => {
    for (const signal of signals) Deno.removeSignalListener(signal, listener);
  };
}

/** What is saved, and the command that goes on from there. */
export function interruptionText(runPath: string, savedEpoch: number | undefined): string {
  const run = runFolder(runPath);
  if (!isFile(run.config)) return "\nInterrupted; nothing was written yet.";
  const epoch = savedEpoch ? `epoch ${savedEpoch}` : "the last finished epoch";
  const saved = isFile(run.lastCheckpoint)
    ? `The state after ${epoch} is in ${run.lastCheckpoint}.`
    : "No epoch was finished: training would begin again.";
  return `\nInterrupted. ${saved} Go on with:\n  deno task train --resume ${runPath}`;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}
