import { writeFileAtomically } from "papilio/core/files.ts";

/** What one epoch gave. Ratios are of the whole set, from summed counts, at the network's size. */
export interface HistoryRow {
  phase: 1 | 2;
  /** Counted over both phases, from 1. */
  epoch: number;
  /** With which the epoch was trained. */
  learningRate: number;
  loss: number;
  accuracy: number;
  dice: number;
  iou: number;
  valLoss: number;
  valAccuracy: number;
  valDice: number;
  valIou: number;
  /** Mean over the images of each image's IoU. */
  valMeanImageIou: number;
  seconds: number;
}

const columns: readonly [string, keyof HistoryRow][] = [
  ["phase", "phase"],
  ["epoch", "epoch"],
  ["learning_rate", "learningRate"],
  ["loss", "loss"],
  ["accuracy", "accuracy"],
  ["dice", "dice"],
  ["iou", "iou"],
  ["val_loss", "valLoss"],
  ["val_accuracy", "valAccuracy"],
  ["val_dice", "valDice"],
  ["val_iou", "valIou"],
  ["val_mean_image_iou", "valMeanImageIou"],
  ["seconds", "seconds"],
];

/** The rows as CSV; a value that is not defined (NaN) is an empty field. */
export function historyCsv(rows: readonly HistoryRow[]): string {
  const header = columns.map(([name]) => name).join(",");
  const lines = rows.map((row) => columns.map(([, key]) => csvNumber(row[key])).join(","));
  return [header, ...lines].join("\n") + "\n";
}

/** Rewrites the history file as a whole. */
export async function writeHistory(path: string, rows: readonly HistoryRow[]): Promise<void> {
  await writeFileAtomically(path, historyCsv(rows));
}

/** The rows of a history file. */
export async function readHistory(path: string): Promise<HistoryRow[]> {
  const [header = "", ...lines] = (await Deno.readTextFile(path)).trim().split("\n");
  const keys = header.split(",").map((name) => columns.find(([column]) => column === name)?.[1]);
  return lines.map((line) => {
    const fields = line.split(",").map((field) => field === "" ? NaN : Number(field));
    return Object.fromEntries(
      keys.flatMap((key, i) => key ? [[key, fields[i]]] : []),
    ) as unknown as HistoryRow;
  });
}

function csvNumber(value: number): string {
  return Number.isNaN(value) ? "" : String(Number(value.toPrecision(9)));
}
