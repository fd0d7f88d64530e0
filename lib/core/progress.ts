// @ts-types="npm:@types/cli-progress@3.11.6"
import { Format, Presets, SingleBar } from "cli-progress";

/** Tells how far a long piece of work is. */
export interface Progress {
  /** `done` of the total are finished; `note` stands at the end of the line: `"loss 0.412"`. */
  update(done: number, note?: string): void;
  /** Prints a line of its own without spoiling the bar. */
  log(line: string): void;
  /** Ends the bar; the last state stays on the screen. */
  stop(): void;
}

export interface ProgressOptions {
  /** What is counted: `"images"`. */
  unit: string;
  /** Where the count begins, for work that is resumed. */
  start?: number;
  /** Seconds between two plain lines where there is no terminal. */
  plainLineSeconds?: number;
  /** Whether to draw a bar; by default, whether standard error is a terminal. */
  isTerminal?: boolean;
}

/** Bars on the screen, for whoever has to leave in the middle. */
const bars = new Set<SingleBar>();

let isQuiet = false;

/** Works without bars and lines of progress: in a notebook they would stand between the figures. */
export async function withoutProgress<T>(work: () => Promise<T>): Promise<T> {
  const before = isQuiet;
  isQuiet = true;
  try {
    return await work();
  } finally {
    isQuiet = before;
  }
}

/** Takes every bar off, which gives the terminal its cursor and its line wrapping back. */
export function stopBars(): void {
  for (const bar of bars) bar.stop();
  bars.clear();
}

/**
 * A progress bar on a terminal (percentage, count, rate, time left), plain lines elsewhere.
 *
 * It writes to standard error, so that standard output stays for results.
 */
export function startProgress(label: string, total: number, options: ProgressOptions): Progress {
  const { unit, start = 0, plainLineSeconds = 10, isTerminal = Deno.stderr.isTerminal() } = options;
  const startMs = performance.now();
  const rate = (done: number) =>
    (done - start) / Math.max(1e-3, (performance.now() - startMs) / 1000);
  const describe = (done: number) => {
    const perSecond = rate(done);
    const left = perSecond > 0 ? formatDuration((total - done) / perSecond) : "?";
    return `${done}/${total} ${unit}, ${perSecond.toPrecision(3)}/s, ${left} left`;
  };
  if (isQuiet) return { update: () => {}, log: (line) => console.error(line), stop: () => {} };
  return isTerminal
    ? barProgress(label, total, start, describe)
    : plainProgress(label, total, describe, plainLineSeconds);
}

function barProgress(
  label: string,
  total: number,
  start: number,
  describe: (done: number) => string,
): Progress {
  const bar = new SingleBar({
    format: (options, { progress, value }, payload) =>
      `${label} ${Format.BarFormat(progress, options)} ${describe(value)} ${payload.note}`,
    hideCursor: true,
    barsize: 24,
    gracefulExit: false,
    noTTYOutput: false,
  }, Presets.shades_classic);
  bar.start(total, start, { note: "" });
  bars.add(bar);
  return {
    update: (done, note = "") => bar.update(done, { note }),
    log: (line) => console.error(`\r\u001b[K${line}`),
    stop() {
      bar.stop();
      bars.delete(bar);
    },
  };
}

function plainProgress(
  label: string,
  total: number,
  describe: (done: number) => string,
  plainLineSeconds: number,
): Progress {
  let lastMs = performance.now();
  let lastDone = -1;
  const print = (done: number, note: string) => {
    lastMs = performance.now();
    lastDone = done;
    console.error(`${label}: ${describe(done)}${note && `, ${note}`}`);
  };
  return {
    update(done, note = "") {
      const due = performance.now() - lastMs >= plainLineSeconds * 1000;
      if ((due || done === total) && done !== lastDone) print(done, note);
    },
    log: (line) => console.error(line),
    stop: () => {},
  };
}

/** `"1 h 02 min"`, `"3 min 20 s"`, `"4 s"`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
