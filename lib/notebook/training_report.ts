import { show } from "papilio/notebook/display.ts";
import { epochLine } from "papilio/train/console.ts";
import type { TrainEvent } from "papilio/train/events.ts";

/** How often the line of progress is drawn anew. */
const PERIOD_MS = 500;

/** Tells of a training below the cell in which it was started. */
export interface TrainingReport {
  onEvent(event: TrainEvent): void;
  /** Waits until all is shown; the line of progress goes. */
  end(): Promise<void>;
}

let reportCount = 0;

/** One line of progress, which changes in place, and one that stays for each epoch. */
export function startTrainingReport(): TrainingReport {
  const place = `training-progress-${++reportCount}`;
  let shown = show("Reading the data …", { place });
  let lastMs = performance.now();
  const update = (text: string) => {
    if (performance.now() - lastMs < PERIOD_MS) return;
    lastMs = performance.now();
    shown = shown.then(() => show(text, { place }));
  };
  return {
    onEvent(event) {
      if (event.kind === "note") console.log(event.text);
      if (event.kind === "epoch") console.log(epochLine(event.row));
      if (event.kind === "step") update(stepLine(event));
    },
    async end() {
      shown = shown.then(() => show("Training is over.", { place }));
      await shown;
    },
  };
}

function stepLine({ phase, epoch, step, steps, loss }: Extract<TrainEvent, { kind: "step" }>) {
  const part = `phase ${phase}, epoch ${epoch}: step ${step} of ${steps}`;
  return `Training, ${part}, loss ${loss.toFixed(4)}`;
}
