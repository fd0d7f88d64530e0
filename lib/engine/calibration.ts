import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs";
import { z } from "zod";
import { present } from "papilio/core/assert.ts";
import { messageOf } from "papilio/core/errors.ts";
import { cacheFolder, writeFileAtomically } from "papilio/core/files.ts";
import { join } from "@std/path";
import type { EngineCandidate } from "papilio/engine/candidate.ts";
import type { Calibration } from "papilio/engine/choose.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { medianMs } from "papilio/engine/timing.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { namedVariables, trainableVariables } from "papilio/model/variables.ts";

export interface CalibrationOptions {
  threads?: number;
  note?: ((text: string) => void) | undefined;
  /** Where the result is kept; the machine's own cache if not given. */
  folder?: string;
  /** Milliseconds of a training step; for tests. */
  time?: (engine: Engine) => Promise<number>;
}

const stored = z.record(
  z.string(),
  z.strictObject({ tensorflow: z.number().positive(), onnx: z.number().positive() }),
);

/**
 * How fast TensorFlow and the compiled engine are on this processor: measured once, in seconds, for each
 * pair of versions, processor and number of threads; a damaged file is measured anew.
 *
 * Nothing if one of the two does not work.
 */
export async function calibrated(
  candidates: readonly EngineCandidate[],
  options: CalibrationOptions = {},
): Promise<Calibration | undefined> {
  const { folder = cacheFolder("engines"), note, threads = 0 } = options;
  const path = join(folder, "calibration.json");
  const both = (["tensorflow", "onnx"] as const).map((name) =>
    present(candidates.find((found) => found.name === name && found.device === "cpu"), name)
  );
  const key = [...both.map(({ description }) => description), processor(), `${threads} threads`]
    .join("; ");
  const known = await readStored(path);
  if (known[key]) return known[key];
  note?.(
    "Timing a small training step on TensorFlow and on the compiled engine; this is done once.",
  );
  try {
    const [tensorflow = 0, onnx = 0] = await timesOf(both, options);
    const calibration = { tensorflow, onnx };
    const text = JSON.stringify({ ...known, [key]: calibration }, null, 2) + "\n";
    // A cache that cannot be written costs the seconds again.
    await writeFileAtomically(path, text).catch(() => {});
    note?.(`TensorFlow ${tensorflow.toFixed(0)} ms, compiled ${onnx.toFixed(0)} ms a step`);
    return calibration;
  } catch (error) {
    note?.(`The timing failed: ${messageOf(error)}`);
    return undefined;
  }
}

function processor(): string {
  return `${cpus()[0]?.model ?? "unknown"} × ${navigator.hardwareConcurrency}`;
}

async function readStored(path: string): Promise<Record<string, Calibration>> {
  try {
    return stored.parse(JSON.parse(await Deno.readTextFile(path)));
  } catch {
    return {}; // None yet, or damaged.
  }
}

async function timesOf(
  candidates: readonly EngineCandidate[],
  { threads = 0, time = timeTraining }: CalibrationOptions,
): Promise<number[]> {
  const times: number[] = [];
  for (const candidate of candidates) {
    const engine = await candidate.create({ threads });
    try {
      times.push(await time(engine));
    } finally {
      await engine.dispose();
    }
  }
  return times;
}

const [sidePx, batch] = [128, 4];

/** The median of a few training steps of a small U-Net, in milliseconds. */
export async function timeTraining(engine: Engine): Promise<number> {
  const unet = buildSegmentation({ inputSidePx: sidePx, alpha: 0.35, seed: 1 });
  const all = [...namedVariables(unet.model).values()];
  const learning = trainableVariables(unet.model);
  const step = await engine.compile(
    ({ images, masks }) => {
      const { value, grads } = tf.variableGrads(
        () =>
          tf.losses.meanSquaredError(
            present(masks),
            unet.model.apply(present(images), { training: true }) as tf.Tensor,
          ).asScalar(),
        [...learning.values()],
      );
      for (const variable of learning.values()) {
        variable.assign(tf.sub(variable, tf.mul(present(grads[variable.name]), 1e-3)));
      }
      return { loss: value };
    },
    {
      name: "calibration",
      inputs: {
        images: { shape: [batch, sidePx, sidePx, 3] },
        masks: { shape: [batch, sidePx, sidePx, 1] },
      },
      variables: all,
    },
  );
  const images = Float32Array.from({ length: batch * sidePx ** 2 * 3 }, (_, i) => i % 251);
  const masks = Float32Array.from({ length: batch * sidePx ** 2 }, (_, i) => i % 7 < 3 ? 1 : 0);
  try {
    return await medianMs(() => step.run({ images, masks }), { times: 3, warmUps: 1 });
  } finally {
    await step.dispose();
    unet.model.dispose();
  }
}
