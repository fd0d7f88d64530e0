import { join } from "@std/path";
import { expect } from "expect";
import { historyCsv, type HistoryRow, readHistory, writeHistory } from "papilio/train/history.ts";

const row: HistoryRow = {
  phase: 1,
  epoch: 1,
  learningRate: 0.001,
  loss: 0.75,
  accuracy: 0.9,
  dice: 0.8,
  iou: 2 / 3,
  valLoss: 0.5,
  valAccuracy: 1,
  valDice: NaN,
  valIou: NaN,
  valMeanImageIou: NaN,
  seconds: 12.5,
};

Deno.test("historyCsv: one row an epoch, an undefined ratio is an empty field", () => {
  expect(historyCsv([row])).toBe(
    "phase,epoch,learning_rate,loss,accuracy,dice,iou," +
      "val_loss,val_accuracy,val_dice,val_iou,val_mean_image_iou,seconds\n" +
      "1,1,0.001,0.75,0.9,0.8,0.666666667,0.5,1,,,,12.5\n",
  );
});

Deno.test("historyCsv: with classes a column for each; read back as written", async () => {
  const classes = { ...row, valClassIou: { background: 0.5, "fore-wing": NaN } };
  const lines = historyCsv([classes]).split("\n");
  expect(lines[0]).toMatch(/,seconds,val_iou_background,val_iou_fore-wing$/);
  expect(lines[1]).toMatch(/,12\.5,0\.5,$/);
  const path = await Deno.makeTempFile();
  await writeHistory(path, [classes]);
  expect((await readHistory(path))[0]?.valClassIou).toEqual(classes.valClassIou);
  await Deno.remove(path);
});

Deno.test("readHistory: what was written, to nine digits", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "history.csv");
    await writeHistory(path, [row, { ...row, phase: 2, epoch: 2 }]);
    const rows = await readHistory(path);
    expect(rows.map(({ phase, epoch }) => [phase, epoch])).toEqual([[1, 1], [2, 2]]);
    expect(rows[0]?.iou).toBeCloseTo(2 / 3, 8);
    expect(rows[0]?.valDice).toBeNaN();
    await writeHistory(path, []);
    expect(await readHistory(path)).toEqual([]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
