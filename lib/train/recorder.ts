import { join } from "@std/path";
import { present } from "papilio/core/assert.ts";
import { messageOf } from "papilio/core/errors.ts";
import { writeFileAtomically } from "papilio/core/files.ts";
import type { RunFolder } from "papilio/core/run_folder.ts";
import { type Checkpoint, writeCheckpoint } from "papilio/train/checkpoint.ts";
import { type HistoryRow, writeHistory } from "papilio/train/history.ts";
import { renderSamples, type Sample, samplePng } from "papilio/train/sample_images.ts";
import { type TrainingState, withoutOptimizer } from "papilio/train/state.ts";
import { EventFile } from "papilio/train/tensorboard.ts";

/** Writes what an epoch gave into the run folder. */
export interface Recorder {
  record(state: TrainingState, checkpoint: Checkpoint, samples: readonly Sample[]): Promise<void>;
}

export interface RecorderOptions {
  /** Where the run goes on, if it is resumed. */
  resumed?: TrainingState | undefined;
  /** From which probability on samples are drawn as foreground; 0.5 if not given. */
  threshold?: number;
  /** Hears of what could not be written and is not needed to go on. */
  note?: (text: string) => void;
}

/** A recorder of checkpoints, history and TensorBoard files. */
export async function openRecorder(
  run: RunFolder,
  { resumed, threshold = 0.5, note = () => {} }: RecorderOptions = {},
): Promise<Recorder> {
  const resumeStep = resumed ? { resumeStep: resumed.history.length + 1 } : {};
  const train = await EventFile.create(join(run.logs, "train"), resumeStep);
  const validation = await EventFile.create(join(run.logs, "validation"), resumeStep);
  return {
    async record(state, checkpoint, samples) {
      const row = present(state.history.at(-1), "the epoch to record");
      // last.safetensors is what makes an epoch count; before it comes what may be written twice.
      if (state.best.epoch === row.epoch) {
        await writeCheckpoint(run.bestCheckpoint, withoutOptimizer(checkpoint));
      }
      await train.scalars(row.epoch, trainScalars(row));
      await validation.scalars(row.epoch, validationScalars(row));
      await validation.images(row.epoch, await sampleImages(samples));
      await writeCheckpoint(run.lastCheckpoint, checkpoint);
      // A spreadsheet that has it open must not end a night's training; the next epoch writes it all.
      await writeHistory(run.history, state.history).catch((error) =>
        note(`history.csv could not be written: ${messageOf(error)}`)
      );
      await drawSamples(run, samples, { threshold, epoch: row.epoch }).catch((error) =>
        note(`samples.png could not be drawn: ${messageOf(error)}`)
      );
    },
  };
}

/** What the network makes of the same validation images after every epoch: the newest, to watch. */
async function drawSamples(
  { figures }: RunFolder,
  samples: readonly Sample[],
  { threshold, epoch }: { threshold: number; epoch: number },
): Promise<void> {
  if (samples.length === 0) return;
  const title = `Validation images after epoch ${epoch}`;
  const png = await renderSamples(samples, { threshold, title });
  await writeFileAtomically(join(figures, "samples.png"), png);
}

/** Keras' tags, so that runs of both stand in one chart. */
function trainScalars(row: HistoryRow): Record<string, number> {
  return {
    epoch_loss: row.loss,
    epoch_accuracy: row.accuracy,
    epoch_dice: row.dice,
    epoch_iou: row.iou,
    epoch_learning_rate: row.learningRate,
  };
}

function validationScalars(row: HistoryRow): Record<string, number> {
  return {
    epoch_loss: row.valLoss,
    epoch_accuracy: row.valAccuracy,
    epoch_dice: row.valDice,
    epoch_iou: row.valIou,
    epoch_mean_image_iou: row.valMeanImageIou,
    ...Object.fromEntries(
      Object.entries(row.valClassIou ?? {}).map(([name, iou]) => [`epoch_iou/${name}`, iou]),
    ),
  };
}

async function sampleImages(samples: readonly Sample[]) {
  return Object.fromEntries(
    await Promise.all(
      samples.map(async (sample) => [`predictions/${sample.id}`, await samplePng(sample)] as const),
    ),
  );
}
