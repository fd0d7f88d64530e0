import { compare } from "papilio/comparison/compare.ts";
import type { ResolvedEntry } from "papilio/comparison/entries.ts";
import type { ComparisonTable } from "papilio/comparison/table.ts";
import { withoutProgress } from "papilio/core/progress.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { show } from "papilio/notebook/display.ts";
import { stopOnInterrupt } from "papilio/notebook/interrupt.ts";
import type { TrainEvent } from "papilio/train/events.ts";

let comparisons = 0;

/**
 * Trains and judges the entries of a comparison, with a line for each below the running cell.
 *
 * The notebook's Interrupt button stops it before the next step; the same call goes on.
 *
 * @param out where the runs lie, for the next call.
 * @throws {Error} if it was interrupted, so that the cells below do not run.
 */
export async function compareNetworks(
  entries: readonly ResolvedEntry[],
  { out, engine }: { out: string; engine: Engine },
): Promise<ComparisonTable> {
  const lines = startLines(`comparison-${++comparisons}`);
  const run = (signal: AbortSignal) =>
    compare(entries, {
      ...{ out, engine },
      onRun({ entry: { name, config } }, { progress }) {
        signal.throwIfAborted();
        lines.add(
          `${name}: ${progress === "finished" ? "is there already" : "reading the data …"}`,
        );
        const epochs = config.phase1.epochs + config.phase2.epochs;
        return (event) => {
          signal.throwIfAborted();
          const text = lineOf(event, epochs);
          if (text !== undefined) lines.replace(`${name}: ${text}`);
        };
      },
    });
  const comparison = await stopOnInterrupt((signal) => withoutProgress(() => run(signal)));
  await lines.end();
  return comparison;
}

function lineOf(event: TrainEvent, epochs: number): string | undefined {
  if (event.kind !== "epoch") return undefined;
  const { epoch, valIou } = event.row;
  return `epoch ${epoch} of ${epochs}, validation IoU ${valIou.toFixed(3)}`;
}

/** Lines in a place of their own, of which the last one changes. */
function startLines(place: string) {
  const lines: string[] = [];
  let shown = Promise.resolve();
  const draw = () => {
    const text = ["```text", ...lines, "```"].join("\n");
    shown = shown.then(() => show(text, { place }));
  };
  return {
    add: (line: string) => {
      lines.push(line);
      draw();
    },
    replace: (line: string) => {
      lines.splice(-1, 1, line);
      draw();
    },
    end: () => shown,
  };
}
