import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { OutputData } from "papilio/engine/engine.ts";
import {
  accuracy,
  addCounts,
  type Counts,
  dice,
  iou,
  meanPerImage,
  noCounts,
} from "papilio/metrics/counts.ts";
import type { LabelledBatch } from "papilio/train/labelled.ts";

/** The counts of one image. */
export interface ImageCounts {
  id: string;
  counts: Counts;
}

/** Loss and metrics over a set of images, at the network's input size. */
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
}

/** Sums the outputs of steps up to the metrics of an epoch. */
export class Tally {
  readonly images: ImageCounts[] = [];
  #weightedLoss = 0;

  /** @throws {PapilioError} if the loss is not finite: the weights are lost then. */
  add({ ids, size }: LabelledBatch, outputs: Record<string, OutputData>): void {
    const loss = valueOf(outputs, "loss", 0);
    if (!Number.isFinite(loss)) throw diverged(loss);
    this.#weightedLoss += loss * size;
    ids.forEach((id, i) => this.images.push({ id, counts: countsOf(outputs, i) }));
  }

  /** Mean loss so far. */
  get loss(): number {
    return this.#weightedLoss / this.images.length;
  }

  get metrics(): Metrics {
    const counts = this.images.map((image) => image.counts);
    const total = counts.reduce(addCounts, noCounts);
    return {
      loss: this.loss,
      accuracy: accuracy(total),
      dice: dice(total),
      iou: iou(total),
      meanImageDice: meanPerImage(counts, dice),
      meanImageIou: meanPerImage(counts, iou),
    };
  }
}

function countsOf(outputs: Record<string, OutputData>, index: number): Counts {
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
    remedy: "Lower the learning rate (--phase1.learning-rate, --phase2.learning-rate).",
  });
}
