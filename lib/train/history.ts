import { writeFileAtomically } from "papilio/core/files.ts";

/** What one epoch gave. Ratios are of the whole set, from summed counts, at the network's size. */
export interface HistoryRow {
  phase: 1 | 2;
  /** Counted over both phases, from 1. */
  epoch: number;
  /** With which the epoch was trained; of a schedule the mean over the epoch's steps. */
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
  /** With classes: each one's name and its IoU on the validation images. */
  valClassIou?: Readonly<Record<string, number>>;
}

const columns: readonly [string, keyof Omit<HistoryRow, "valClassIou">][] = [
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

const classPrefix = "val_iou_";

/** The rows as CSV; a value that is not defined (NaN) is an empty field. */
export function historyCsv(rows: readonly HistoryRow[]): string {
  const classNames = Object.keys(rows[0]?.valClassIou ?? {});
  const header = [
    ...columns.map(([name]) => name),
    ...classNames.map((name) => classPrefix + name),
  ];
  const lines = rows.map((row) => [
    ...columns.map(([, key]) => row[key]),
    ...classNames.map((name) => row.valClassIou?.[name] ?? NaN),
  ]);
  return [header, ...lines.map((line) => line.map(csvNumber))].join("\n") + "\n";
}

/** Rewrites the history file as a whole. */
export async function writeHistory(path: string, rows: readonly HistoryRow[]): Promise<void> {
  await writeFileAtomically(path, historyCsv(rows));
}

/** The rows of a history file. */
export async function readHistory(path: string): Promise<HistoryRow[]> {
  const [header = "", ...lines] = (await Deno.readTextFile(path)).trim().split("\n");
  return lines.map((line) => {
    const fields = line.split(",").map((field) => field === "" ? NaN : Number(field));
    return toRow(header.split(",").map((name, i) => [name, fields[i] ?? NaN]));
  });
}

function toRow(fields: readonly [name: string, value: number][]): HistoryRow {
  const classes = fields.filter(([name]) => isClassColumn(name));
  return {
    ...Object.fromEntries(fields.flatMap(([name, value]) => {
      const key = columns.find(([column]) => column === name)?.[1];
      return key ? [[key, value]] : [];
    })),
    ...(classes.length === 0 ? {} : {
      valClassIou: Object.fromEntries(
        classes.map(([name, value]) => [name.slice(classPrefix.length), value]),
      ),
    }),
  } as HistoryRow;
}

function isClassColumn(name: string): boolean {
  return name.startsWith(classPrefix);
}

function csvNumber(value: number): string {
  return Number.isNaN(value) ? "" : String(Number(value.toPrecision(9)));
}
