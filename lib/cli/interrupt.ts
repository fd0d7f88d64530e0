import { stopBars } from "papilio/core/progress.ts";
import { runFolder } from "papilio/core/run_folder.ts";

/** What Ctrl-C and a polite kill are expected to exit with. */
export const interruptedCode = 130;

/** Time after an interrupt for what is being written; then the program leaves without it. */
const patienceMs = 1000;

const signals: Deno.Signal[] = Deno.build.os === "windows" ? ["SIGINT"] : ["SIGINT", "SIGTERM"];

/**
 * Leaves at once when the process is interrupted, with a last word on what is saved and how to go on.
 *
 * For work that may end at any moment, since its files get their names when they are whole. Returns how
 * to stop listening.
 */
export function exitOnInterrupt(lastWord: () => string): () => void {
  const stopListening = listen((signal) => {
    stopListening();
    leave(lastWord(), signal);
  });
  return stopListening;
}

/** Runs `work` with a signal for an interrupt; a second one, or a long wait, leaves at once. */
export async function interruptible<T>(
  lastWord: string,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stopListening = listen((signal) => {
    const leaveNow = () => {
      stopListening();
      leave(lastWord, signal);
    };
    if (controller.signal.aborted) return leaveNow();
    controller.abort();
    Deno.unrefTimer(setTimeout(leaveNow, patienceMs));
  });
  try {
    return await work(controller.signal);
  } finally {
    stopListening();
  }
}

function listen(listener: (signal: Deno.Signal) => void): () => void {
  const listeners = signals.map((signal) => [signal, () => listener(signal)] as const);
  for (const [signal, own] of listeners) Deno.addSignalListener(signal, own);
  return () => {
    for (const [signal, own] of listeners) Deno.removeSignalListener(signal, own);
  };
}

/**
 * Ends the process by the signal itself, to which nobody listens any more.
 *
 * A plain exit would tear ONNX Runtime down while its threads compute, and crash now and then. Windows
 * has no such signal.
 */
function leave(lastWord: string, signal: Deno.Signal): void {
  stopBars();
  console.error(lastWord);
  if (Deno.build.os === "windows") Deno.exit(interruptedCode);
  Deno.kill(Deno.pid, signal);
}

/** What is saved of a training run, and the command that goes on from there. */
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
