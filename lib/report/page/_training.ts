import { counted } from "papilio/core/text.ts";
import { details, type Html, html, orSentence, table } from "papilio/report/page/_html.ts";
import { BACKGROUND } from "papilio/core/classes.ts";
import { chart, type ChartOptions, hexOf } from "papilio/report/page/_chart.ts";
import { definedOf, numberText } from "papilio/report/page/_numbers.ts";
import { scoreDomain } from "papilio/report/_score_domain.ts";
import type { Part, TrainingPart } from "papilio/report/page/report.ts";

/** Curves of both phases, and on demand the numbers of each epoch. */
export async function training(part: Part<TrainingPart>): Promise<Html> {
  if ("missing" in part) return orSentence(part, () => html``);
  const { rows, bestEpoch, duration } = part;
  if (rows.length === 0) return html`<p class="missing">No epoch has ended yet.</p>`;
  const drawn = [scoreChart(part), lossChart(part), ...classChart(part)];
  const charts = await Promise.all(drawn.map((options) => chart(options)));
  return html`<p>${counted(rows.length, "epoch")}${duration ? ` in ${duration}` : ""}: ${
    phaseSentence(part)
  } ${bestEpoch ? `Epoch ${bestEpoch} had the lowest validation loss; its weights were kept.` : ""}
Values are those of all pixels together (micro) at the network’s own size.</p>
<div class="charts">${charts}</div>
${details("Numbers of each epoch", epochTable(part))}`;
}

function phaseSentence({ rows }: TrainingPart): string {
  const meanings: Record<number, string> = { 1: "with the encoder frozen", 2: "of all layers" };
  const phases = [...Map.groupBy(rows, ({ phase }) => phase)];
  return phases.map(([phase, epochs]) => `${epochs.length} ${meanings[phase] ?? ""}`.trim())
    .join(", then ") + ".";
}

function scoreChart(part: TrainingPart): ChartOptions {
  const { rows, bestEpoch } = part;
  const x = rows.map((_, index) => index + 1);
  const best = bestEpoch === undefined ? undefined : rows[bestEpoch - 1];
  const line = { x, hasDots: true };
  return {
    ...commonOf(part),
    title: "Dice and IoU (1 is perfect)",
    description: best
      ? `Validation Dice ${numberText(best.valDice)} and IoU ${
        numberText(best.valIou)
      } at the best epoch, ${bestEpoch}.`
      : "Dice and IoU over the epochs.",
    yDomain: scoreDomain(rows.flatMap((r) => [r.dice, r.iou, r.valDice, r.valIou])),
    series: [
      { ...line, label: "Dice, validation", colour: "blue", y: rows.map((r) => r.valDice) },
      {
        ...line,
        label: "Dice, training",
        colour: "blue",
        isDashed: true,
        y: rows.map((r) => r.dice),
      },
      { ...line, label: "IoU, validation", colour: "orange", y: rows.map((r) => r.valIou) },
      {
        ...line,
        label: "IoU, training",
        colour: "orange",
        isDashed: true,
        y: rows.map((r) => r.iou),
      },
    ],
    rings: ringsOf(part, (row) => [row.valDice, row.valIou]),
  };
}

/** The validation IoU of each class; none where masks are binary. */
function classChart(part: TrainingPart): ChartOptions[] {
  const { rows, classes = [] } = part;
  const x = rows.map((_, index) => index + 1);
  const shown = classes.filter(({ name }) => name !== BACKGROUND && isInAny(rows, name));
  if (shown.length === 0) return [];
  const iouOf = (name: string) => rows.map((row) => row.valClassIou?.[name] ?? NaN);
  return [{
    ...commonOf(part),
    title: "Validation IoU of each class",
    description: `At the last epoch: ${
      shown.map(({ name }) => `${name} ${numberText(iouOf(name).at(-1) ?? NaN)}`).join(", ")
    }.`,
    yDomain: [0, 1],
    series: shown.map(({ name, colour }) => ({
      ...{ x, hasDots: true, label: name, colour: hexOf(colour), y: iouOf(name) },
    })),
  }];
}

function isInAny(rows: TrainingPart["rows"], name: string): boolean {
  return rows.some((row) => Number.isFinite(row.valClassIou?.[name]));
}

function lossChart(part: TrainingPart): ChartOptions {
  const { rows, bestEpoch } = part;
  const x = rows.map((_, index) => index + 1);
  const highest = Math.max(...definedOf(rows.flatMap((r) => [r.loss, r.valLoss])), 1e-9);
  const line = { x, hasDots: true };
  return {
    ...commonOf(part),
    title: "Loss (lower is better)",
    description: `Training and validation loss over ${counted(rows.length, "epoch")}${
      bestEpoch ? `; the lowest validation loss is that of epoch ${bestEpoch}` : ""
    }.`,
    yDomain: [0, highest * 1.05],
    series: [
      { ...line, label: "validation", colour: "text", y: rows.map((r) => r.valLoss) },
      { ...line, label: "training", colour: "faint", isDashed: true, y: rows.map((r) => r.loss) },
    ],
    rings: ringsOf(part, (row) => [row.valLoss]),
  };
}

type Common = Pick<ChartOptions, "xTitle" | "xDomain" | "rules" | "isCounting" | "ringLabel">;

function commonOf({ rows, bestEpoch }: TrainingPart): Common {
  const second = rows.findIndex((row, index) => index > 0 && row.phase !== rows[index - 1]?.phase);
  return {
    xTitle: "epoch",
    xDomain: [0.5, rows.length + 0.5],
    isCounting: true,
    ...(bestEpoch && { ringLabel: `best epoch, ${bestEpoch}` }),
    rules: second < 0 ? [] : [{ x: second + 0.5, colour: "faint", label: "from here all layers" }],
  };
}

function ringsOf(
  { rows, bestEpoch }: TrainingPart,
  valuesOf: (row: TrainingPart["rows"][number]) => number[],
): { x: number; y: number }[] {
  const best = bestEpoch === undefined ? undefined : rows[bestEpoch - 1];
  return best && bestEpoch ? valuesOf(best).map((y) => ({ x: bestEpoch, y })) : [];
}

function epochTable({ rows, classes = [] }: TrainingPart): Html {
  const shown = classes.filter(({ name }) => isInAny(rows, name));
  const head = ["epoch", "phase", "learning rate", "loss", "Dice", "IoU", "validation loss"];
  return table(
    [
      ...[...head, "validation Dice", "validation IoU"],
      ...shown.map(({ name }) => `validation IoU, ${name}`),
    ],
    rows.map((row) => [
      row.epoch,
      row.phase,
      Number(row.learningRate.toPrecision(3)),
      ...[row.loss, row.dice, row.iou, row.valLoss, row.valDice, row.valIou].map((value) =>
        numberText(value)
      ),
      ...shown.map(({ name }) => numberText(row.valClassIou?.[name] ?? NaN)),
    ]),
  );
}
