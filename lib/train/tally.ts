import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { OutputData } from "papilio/engine/engine.ts";
import {
  addClassCounts,
  classAccuracy,
  type ClassCounts,
  type ClassScore,
  classScores,
  meanOverClasses,
} from "papilio/metrics/class_scores.ts";
import { type Counts, dice, iou, meanPerImage } from "papilio/metrics/counts.ts";
import type { LabelledBatch } from "papilio/train/labelled.ts";

/**
 * Loss and metrics over a set of images, at the network's input size.
 *
 * With classes Dice and IoU are means over those that are no background.
 */
export interface Metrics {
  /** Mean of the batches' losses, each weighted by its images. */
  loss: number;
  /** Of all pixels of the set, from summed counts; NaN where undefined. */
  accuracy: number;
  dice: number;
  iou: number;
  /** Means over the images of each image's own; images without foreground or finding are left out. */
  meanImageDice: number;
  meanImageIou: number;
  /** Of each class; a binary mask has none. */
  classes?: ClassScore[];
}

/** Sums the outputs of steps up to the metrics of an epoch. */
export class Tally {
  readonly #images: ClassCounts[] = [];
  readonly #classNames: readonly string[];
  #weightedLoss = 0;

  /** `classNames`: none for a binary mask. */
  constructor(classNames: readonly string[] = []) {
    this.#classNames = classNames;
  }

  /** @throws {PapilioError} if the loss is not finite: the weights are lost then. */
  add({ size }: Pick<LabelledBatch, "size">, outputs: Record<string, OutputData>): void {
    const loss = valueOf(outputs, "loss", 0);
    if (!Number.isFinite(loss)) throw diverged(loss);
    this.#weightedLoss += loss * size;
    const classes = Math.max(1, this.#classNames.length);
    for (let image = 0; image < size; image++) {
      const first = image * classes;
      this.#images.push(
        Array.from({ length: classes }, (_, c) => countsAt(outputs, first + c)),
      );
    }
  }

  /** Mean loss so far. */
  get loss(): number {
    return this.#weightedLoss / this.#images.length;
  }

  get metrics(): Metrics {
    const total = this.#images.reduce(addClassCounts);
    const meanOf = (metric: (counts: Counts) => number) => (counts: ClassCounts) =>
      meanOverClasses(counts, this.#classNames, metric);
    return {
      loss: this.loss,
      accuracy: classAccuracy(total),
      dice: meanOf(dice)(total),
      iou: meanOf(iou)(total),
      meanImageDice: meanPerImage(this.#images, meanOf(dice)),
      meanImageIou: meanPerImage(this.#images, meanOf(iou)),
      ...(this.#classNames.length === 0 ? {} : { classes: classScores(total, this.#classNames) }),
    };
  }
}

function countsAt(outputs: Record<string, OutputData>, index: number): Counts {
  return {
    truePositives: valueOf(outputs, "truePositives", index),
    falsePositives: valueOf(outputs, "falsePositives", index),
    falseNegatives: valueOf(outputs, "falseNegatives", index),
    trueNegatives: valueOf(outputs, "trueNegatives", index),
  };
}

function valueOf(outputs: Record<string, OutputData>, name: string, index: number): number {
  return present(outputs[name]?.data[index], `output ${name}[${index}]`);
}

function diverged(loss: number): PapilioError {
  return new PapilioError({
    cannot: "go on training",
    expected: "a finite loss",
    got: `${loss}`,
    remedy: "Lower the learning rate (--phase1.learning-rate, --phase2.learning-rate); " +
      "`deno task rate` looks for one.",
  });
}
