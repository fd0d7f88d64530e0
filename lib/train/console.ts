import { formatDuration, type Progress, startProgress } from "papilio/core/progress.ts";
import { BACKGROUND } from "papilio/core/classes.ts";
import { counted } from "papilio/core/text.ts";
import { metricText } from "papilio/metrics/counts.ts";
import type { TrainEvent } from "papilio/train/events.ts";
import type { HistoryRow } from "papilio/train/history.ts";

type Of<Kind> = Extract<TrainEvent, { kind: Kind }>;

/** Shows training to a person: a bar while an epoch runs, then one line for it. */
export class ConsoleReporter {
  /** The last epoch that is saved, if this process trained one. */
  savedEpoch: number | undefined;
  #epochs = 0;
  #progress: Progress | undefined;

  /** To be given as `onEvent`. */
  readonly onEvent = (event: TrainEvent): void => {
    if (event.kind === "step") return this.#showStep(event);
    if (event.kind === "reading") return this.#showReading(event);
    this.stop();
    if (event.kind === "note") console.log(event.text);
    if (event.kind === "phase") this.#showPhase(event);
    if (event.kind === "epoch") this.#showEpoch(event);
  };

  /** Takes the bar off; the cursor is back. */
  stop(): void {
    this.#progress?.stop();
    this.#progress = undefined;
  }

  #showReading({ done, total }: Of<"reading">): void {
    this.#progress ??= startProgress("reading", total, { unit: "cases" });
    this.#progress.update(done);
  }

  #showPhase({ phase, weights, epochs, batchSize, learningRate }: Of<"phase">): void {
    this.#epochs = epochs;
    const what = phase === 1 ? "encoder frozen" : "all layers";
    console.log(
      `Phase ${phase}: ${what}, ${weights.toLocaleString("en")} weights learn; ` +
        `up to ${
          counted(epochs, "epoch")
        }, batches of ${batchSize}, learning rate ${learningRate}; ` +
        "the first steps take longer, as they are compiled",
    );
  }

  #showStep({ phase, epoch, step, steps, ...event }: Of<"step">): void {
    this.#progress ??= startProgress(`phase ${phase} epoch ${epoch}`, steps, { unit: "steps" });
    this.#progress.update(step, lossText(event));
  }

  #showEpoch({ row, state }: Of<"epoch">): void {
    this.savedEpoch = row.epoch;
    const done = state.history.filter(({ phase }) => phase === row.phase).length;
    const notes = [
      state.best.epoch === row.epoch ? "best so far" : `best so far: epoch ${state.best.epoch}`,
      ...(state.plateau.learningRate < row.learningRate
        ? [`learning rate now ${state.plateau.learningRate}`]
        : []),
      ...(state.stopping.stopped ? ["no better for a while: the phase ends"] : []),
    ];
    const left = state.stopping.stopped ? 0 : this.#epochs - done;
    if (left > 0) notes.push(`about ${formatDuration(left * row.seconds)} left in this phase`);
    console.log([epochLine(row), ...notes].join("; "));
  }
}

/** `"loss 0.4124"`, `"validation loss 0.5000"`: never the one for the other. */
export function lossText({ part, loss }: Pick<Of<"step">, "part" | "loss">): string {
  return `${part === "validation" ? "validation " : ""}loss ${loss.toFixed(4)}`;
}

/** `"phase 1 epoch 3: loss 0.41, Dice 0.90, IoU 0.82; validation loss …, of wings 0.81; 32 s"` */
export function epochLine(row: HistoryRow): string {
  const { phase, epoch, loss, dice, iou, valLoss, valDice, valIou, seconds } = row;
  const figures = (loss: number, dice: number, iou: number) =>
    `loss ${loss.toFixed(4)}, Dice ${metricText(dice)}, IoU ${metricText(iou)}`;
  const classes = Object.entries(row.valClassIou ?? {}).filter(([name]) => name !== BACKGROUND)
    .map(([name, iou]) => `, of ${name} ${metricText(iou)}`);
  return `phase ${phase} epoch ${epoch}: ${figures(loss, dice, iou)}; ` +
    `validation ${figures(valLoss, valDice, valIou)}${classes.join("")}; ${
      formatDuration(seconds)
    }`;
}
