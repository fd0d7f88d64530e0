import { details, type Html, html, orSentence, table } from "papilio/report/page/_html.ts";
import { chart } from "papilio/report/page/_chart.ts";
import { numberText } from "papilio/report/page/_numbers.ts";
import type { EvaluationPart, Part } from "papilio/report/page/report.ts";

/** Whether probabilities are what they say. */
export async function reliability(part: Part<EvaluationPart>): Promise<Html> {
  if ("missing" in part) return orSentence(part, () => html``);
  const { reliability: rows, expectedError, maximumError, brierScore } = part.calibration;
  const drawn = await chart({
    title: "Reliability of the probabilities",
    description: `Share of true foreground by predicted probability; expected calibration error ${
      numberText(expectedError)
    }.`,
    xTitle: "mean predicted probability",
    xDomain: [0, 1],
    yDomain: [0, 1],
    series: [
      { label: "calibrated", colour: "faint", isDashed: true, x: [0, 1], y: [0, 1] },
      {
        label: "share that is foreground",
        colour: "blue",
        hasDots: true,
        x: rows.map(({ confidence }) => confidence),
        y: rows.map(({ observed }) => observed),
      },
    ],
  });
  return html`
    <p>Of the pixels with a probability of 0.8, 80 % should be foreground. Points below the
    line: the network is too sure of foreground; above: not sure enough.</p>
    <div class="charts">${drawn}
    <div><p>Expected calibration error (ECE) ${numberText(
      expectedError,
    )}: so far probability and share lie
    apart on average, over ${rows
      .length} ranges weighted by their pixels. The largest gap of a range is ${numberText(
        maximumError,
      )}. Brier score ${numberText(
        brierScore,
      )}: the mean squared difference of probability and truth.</p>
    <p>Most pixels are easy background, at the lower end; the table says how many each range holds.</p>
    ${details("Numbers of each range", rangeTable(rows))}</div></div>
  `;
}

function rangeTable(rows: EvaluationPart["calibration"]["reliability"]): Html {
  return table(
    ["probability", "mean", "share of foreground", "share of the pixels"],
    rows.map(({ from, to, confidence, observed, weight }) => [
      `${from.toFixed(2)} to ${to.toFixed(2)}`,
      numberText(confidence),
      numberText(observed),
      `${(100 * weight).toFixed(2)} %`,
    ]),
  );
}
