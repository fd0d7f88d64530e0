import type { Config } from "papilio/core/config.ts";
import type { Engine } from "papilio/engine/engine.ts";
import type { SegmentationModel } from "papilio/model/segmentation.ts";
import { trainingBytes } from "papilio/model/training_memory.ts";

/** What trains, and where. */
export interface MemoryOptions {
  engine: Pick<Engine, "device">;
  /** The machine's whole memory in bytes; as the system says, if not given. */
  memoryBytes?: number;
}

/**
 * What to say if training takes more memory than the machine has, roughly; nothing where it fits, and on
 * graphics processors, whose memory is not known.
 *
 * @example
 * ```ts
 * import { resolveConfig } from "papilio/core/config.ts";
 * import { buildSegmentation } from "papilio/model/segmentation.ts";
 * import { memoryNote } from "papilio/train/memory_note.ts";
 * const config = resolveConfig("smoke");
 * const machine = { engine: { device: "cpu" }, memoryBytes: 1e9 };
 * const note = memoryNote(config, buildSegmentation(config), machine);
 * console.assert(note?.startsWith("Training needs about 1.2 GB of memory, the machine has 1.0 GB: "));
 * ```
 */
export function memoryNote(
  config: Config,
  segmentation: SegmentationModel,
  { engine, memoryBytes = Deno.systemMemoryInfo().total }: MemoryOptions,
): string | undefined {
  if (engine.device !== "cpu") return undefined;
  const { phase, bytes } = costliestPhase(config, segmentation);
  if (bytes <= memoryBytes) return undefined;
  const gigabytes = (count: number) => `${(count / 1e9).toFixed(count < 1e10 ? 1 : 0)} GB`;
  return `Training needs about ${gigabytes(bytes)} of memory, the machine has ` +
    `${gigabytes(memoryBytes)}: give a smaller --${phase}.batch-size or --input-side-px.`;
}

function costliestPhase({ phase1, phase2 }: Config, segmentation: SegmentationModel) {
  const [first, second] = [{ phase: "phase1", ...phase1 }, { phase: "phase2", ...phase2 }].map(
    ({ phase, epochs, batchSize }) => {
      const isEncoderFrozen = phase === "phase1";
      const bytes = epochs > 0 ? trainingBytes(segmentation, { batchSize, isEncoderFrozen }) : 0;
      return { phase, bytes };
    },
  ) as [PhaseCost, PhaseCost];
  return second.bytes > first.bytes ? second : first;
}

interface PhaseCost {
  phase: string;
  bytes: number;
}
