import { show } from "papilio/notebook/display.ts";
import { epochLine, lossText } from "papilio/train/console.ts";
import type { TrainEvent } from "papilio/train/events.ts";

/** How often the line of progress is drawn anew. */
const PERIOD_MS = 500;

/** Tells of a training below the cell in which it was started. */
export interface TrainingReport {
  onEvent(event: TrainEvent): void;
  /** Says how it ended, and waits until all is shown. */
  end(how: "done" | "stopped"): Promise<void>;
}

let reportCount = 0;

/** What is worth a line, a line for each epoch and one of progress, in a place of their own. */
export function startTrainingReport(): TrainingReport {
  const place = `training-report-${++reportCount}`;
  const lines: string[] = [];
  let shown = Promise.resolve();
  let lastMs = -Infinity;
  const draw = (progress: string) => {
    const text = ["```text", ...lines, progress, "```"].join("\n");
    shown = shown.then(() => show(text, { place }));
    lastMs = performance.now();
  };
  draw("reading the data …");
  return {
    onEvent(event) {
      if (event.kind === "note") lines.push(event.text);
      if (event.kind === "epoch") lines.push(epochLine(event.row));
      const isDue = performance.now() - lastMs >= PERIOD_MS;
      if (event.kind === "step" && isDue) draw(stepLine(event));
    },
    async end(how) {
      draw(how);
      await shown;
    },
  };
}

function stepLine(event: Extract<TrainEvent, { kind: "step" }>) {
  const { phase, epoch, step, steps } = event;
  return `phase ${phase} epoch ${epoch}: step ${step} of ${steps}, ${lossText(event)} …`;
}
