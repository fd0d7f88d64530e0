import { details, type Html, html, orSentence, table } from "papilio/report/page/_html.ts";
import { chart, type ChartOptions } from "papilio/report/page/_chart.ts";
import { definedOf, numberText } from "papilio/report/page/_numbers.ts";
import type { EvaluationPart, Part, ThresholdCurve } from "papilio/report/page/report.ts";

/** What another threshold would do. */
export async function thresholds(part: Part<EvaluationPart>): Promise<Html> {
  if ("missing" in part) return orSentence(part, () => html``);
  return html`
    <p>A pixel is foreground from a probability of ${numberText(
      part.threshold,
    )} on. ${chosenSentence(
      part,
    )} Values are of all pixels together (micro), at the network’s own size and before any
    post-processing.</p>
    <div class="charts">${await chart(curveChart(part))}<div>
    <p>Area under precision and recall: ${numberText(part.ranking.precisionRecallArea)}; under the
    receiver operating characteristic: ${numberText(
      part.ranking.rocArea,
    )}. Both look at the order of
    the probabilities alone, and at no threshold.</p>
    ${details("Numbers at some thresholds", thresholdTable(part))}</div></div>
  `;
}

function chosenSentence({ chosenThreshold, part, threshold: used }: EvaluationPart): Html {
  if (!chosenThreshold) {
    return html`No other threshold was chosen: that takes validation images.`;
  }
  const { threshold, dice, flatFrom, flatTo, part: chosenOn, images } = chosenThreshold;
  return html`The highest Dice on the ${images} ${chosenOn} images, ${numberText(dice)}, is at ${
    numberText(threshold)
  }; from ${numberText(flatFrom)} to ${numberText(flatTo)} it is at most 0.005 lower. ${
    flatFrom <= used && used <= flatTo
      ? "The threshold used lies in between: another one would gain little."
      : html`The threshold used does not lie in between: <code>--threshold ${
        numberText(threshold)
      }</code> may serve better.`
  } ${
    chosenOn === part
      ? "This was found on the same images that are judged here, which flatters it."
      : ""
  }`;
}

function curveChart(
  { thresholds: curve, threshold, chosenThreshold }: EvaluationPart,
): ChartOptions {
  const { threshold: x } = curve;
  const low = lowEnd(curve);
  const above = (values: readonly number[]) => values.map((value) => value >= low ? value : NaN);
  return {
    title: "Metrics by threshold",
    description: `Dice, IoU, precision and recall over thresholds from 0 to 1; ${
      numberText(threshold)
    } is used.`,
    xTitle: "threshold",
    xDomain: [0, 1],
    yDomain: [low, 1],
    series: [
      { label: "Dice", colour: "blue", x, y: above(curve.dice) },
      { label: "IoU", colour: "orange", x, y: above(curve.iou) },
      { label: "precision", colour: "pink", x, y: above(curve.precision), isDashed: true },
      { label: "recall", colour: "green", x, y: above(curve.recall), isDashed: true },
    ],
    rules: [
      { x: threshold, colour: "text", label: `used: ${numberText(threshold)}` },
      ...(chosenThreshold
        ? [{
          x: chosenThreshold.threshold,
          colour: "faint" as const,
          isDashed: true,
          label: `highest Dice: ${numberText(chosenThreshold.threshold)}`,
        }]
        : []),
    ],
    ...(chosenThreshold && {
      band: {
        from: chosenThreshold.flatFrom,
        to: chosenThreshold.flatTo,
        label: "Dice at most 0.005 lower",
      },
    }),
  };
}

/** Where the axis begins: below what sensible thresholds give, since at both ends all curves fall. */
function lowEnd({ threshold, dice, iou, precision, recall }: ThresholdCurve): number {
  const isSensible = threshold.map((value) => value >= 0.1 && value <= 0.9);
  const values = [dice, iou, precision, recall].flatMap((all) =>
    all.filter((_, i) => isSensible[i])
  );
  return Math.max(0, Math.floor(Math.min(0.9, ...definedOf(values)) * 10 - 1) / 10);
}

function thresholdTable({ thresholds: curve }: EvaluationPart): Html {
  const steps = curve.threshold.length - 1;
  const rows = Array.from({ length: 9 }, (_, i) => Math.round((i + 1) * steps / 10)).map((at) => [
    (curve.threshold[at] ?? NaN).toFixed(2),
    ...[curve.dice, curve.iou, curve.precision, curve.recall]
      .map((values) => numberText(values[at] ?? NaN)),
  ]);
  return table(["threshold", "Dice", "IoU", "precision", "recall"], rows);
}
