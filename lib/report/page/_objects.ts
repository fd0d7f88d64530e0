import { counted } from "papilio/core/text.ts";
import { details, type Html, html, orSentence, table } from "papilio/report/page/_html.ts";
import { swatch } from "papilio/report/page/_classes.ts";
import { chart } from "papilio/report/page/_chart.ts";
import { numberText, percentText } from "papilio/report/page/_numbers.ts";
import type { ClassesPart, EvaluationPart, ObjectPart, Part } from "papilio/report/page/report.ts";

type Row = ObjectPart["byThreshold"][number];

/** How many objects are found, by how well a prediction has to cover one. */
export async function objects(part: Part<EvaluationPart | ClassesPart>): Promise<Html> {
  if ("missing" in part) return orSentence(part, () => html``);
  if ("classes" in part) return html`${await Promise.all(part.classes.map(ofClass))}`;
  return await foundObjects(part.objects);
}

async function ofClass(
  { name, objects, isMeasured }: ClassesPart["classes"][number],
  number: number,
): Promise<Html> {
  if (!isMeasured) return html``;
  const found = objects
    ? await foundObjects(objects)
    : html`<p class="missing">This evaluation was made
without objects: <code>deno task evaluate</code> adds them.</p>`;
  return html`<h3>${swatch(number)}${name}</h3>${found}`;
}

async function foundObjects(
  { byThreshold: rows, true: there, predicted }: ObjectPart,
): Promise<Html> {
  if (there === 0 && predicted === 0) {
    return html`<p class="missing">There are no objects, neither true nor predicted.</p>`;
  }
  const x = rows.map(({ threshold }) => threshold);
  const first = rows[0];
  const drawn = await chart({
    title: "Objects by least IoU",
    description: `Share of objects that are found, and of predictions that are objects, by the least
intersection over union of a match.`,
    xTitle: "least IoU of a match",
    xDomain: [0.48, 0.97],
    yDomain: [0, 1],
    series: [
      {
        label: "recall: true objects found",
        colour: "green",
        x,
        y: rows.map(recall),
        hasDots: true,
      },
      {
        label: "precision: predictions right",
        colour: "pink",
        x,
        y: rows.map(precision),
        hasDots: true,
      },
      { label: "F1", colour: "blue", x, y: rows.map(f1), hasDots: true },
    ],
  });
  return html`<p>${counted(there, "true object")} and ${predicted} predicted ones. ${
    first
      ? html`At an IoU above ${first.threshold}, ${first.truePositives} are found (${
        percentText(recall(first))
      } of the true ones), ${first.falsePositives} predictions match none, and ${first.falseNegatives}
objects are missed.`
      : ""
  } Objects that touch count as one where the mask joins them, unless they were split.</p>
<div class="charts">${drawn}<div>${details("Numbers at each IoU", objectTable(rows))}</div></div>`;
}

function objectTable(rows: readonly Row[]): Html {
  const head = ["least IoU", "found (TP)", "invented (FP)", "missed (FN)", "recall"];
  return table(
    [...head, "precision", "F1"],
    rows.map((row) => [
      row.threshold.toFixed(2),
      row.truePositives,
      row.falsePositives,
      row.falseNegatives,
      ...[recall(row), precision(row), f1(row)].map((value) => numberText(value)),
    ]),
  );
}

const recall = ({ truePositives: found, falseNegatives }: Row) => found / (found + falseNegatives);
const precision = ({ truePositives: found, falsePositives }: Row) =>
  found / (found + falsePositives);
const f1 = ({ truePositives: found, falsePositives, falseNegatives }: Row) =>
  2 * found / (2 * found + falsePositives + falseNegatives);
