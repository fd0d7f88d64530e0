import { details, type Html, html, orSentence, table } from "papilio/report/page/_html.ts";
import { chart } from "papilio/report/page/_chart.ts";
import { numberText } from "papilio/report/page/_numbers.ts";
import type {
  CalibrationPart,
  ClassesPart,
  EvaluationPart,
  Part,
} from "papilio/report/page/report.ts";

/** What a probability is of: foreground, or the likeliest of several classes. */
interface Words {
  title: string;
  xTitle: string;
  /** Of pixels, in a range. */
  share: string;
  meaning: string;
  brier: string;
  crowd: string;
}

const binaryWords: Words = {
  title: "Reliability of the probabilities",
  xTitle: "mean predicted probability",
  share: "share that is foreground",
  meaning:
    "Of the pixels with a probability of 0.8, 80 % should be foreground. Points below the line: " +
    "the network is too sure of foreground; above: not sure enough.",
  brier: "the mean squared difference of probability and truth",
  crowd: "Most pixels are easy background, at the lower end",
};

const classWords: Words = {
  title: "Reliability of the likeliest class",
  xTitle: "mean probability of the likeliest class",
  share: "share that is of that class",
  meaning:
    "Of the pixels whose likeliest class has a probability of 0.8, 80 % should be of it. Points below " +
    "the line: the network is too sure of itself; above: not sure enough.",
  brier:
    "the mean over pixels of the squared differences of probability and truth, summed over all " +
    "classes, 0 to 2",
  crowd: "Most pixels are easy, at the upper end",
};

/** Whether probabilities are what they say. */
export async function reliability(part: Part<EvaluationPart | ClassesPart>): Promise<Html> {
  if ("missing" in part) return orSentence(part, () => html``);
  if (part.calibration) {
    return await curve(part.calibration, "classes" in part ? classWords : binaryWords);
  }
  return html`<p class="missing">This evaluation was made without: <code>deno task evaluate</code> adds
it.</p>`;
}

async function curve(
  { reliability: rows, expectedError, maximumError, brierScore }: CalibrationPart,
  words: Words,
): Promise<Html> {
  const drawn = await chart({
    title: words.title,
    description: `${words.share} by ${words.xTitle}; expected calibration error ${
      numberText(expectedError)
    }.`,
    xTitle: words.xTitle,
    xDomain: [0, 1],
    yDomain: [0, 1],
    series: [
      { label: "calibrated", colour: "faint", isDashed: true, x: [0, 1], y: [0, 1] },
      {
        label: words.share,
        colour: "blue",
        hasDots: true,
        x: rows.map(({ confidence }) => confidence),
        y: rows.map(({ observed }) => observed),
      },
    ],
  });
  return html`
    <p>${words.meaning}</p>
    <div class="charts">${drawn}
    <div><p>Expected calibration error (ECE) ${numberText(
      expectedError,
    )}: so far probability and share lie
    apart on average, over ${rows
      .length} ranges weighted by their pixels. The largest gap of a range is ${numberText(
        maximumError,
      )}. Brier score ${numberText(
        brierScore,
      )}: ${words.brier}.</p>
    <p>${words.crowd}; the table says how many each range holds.</p>
    ${details("Numbers of each range", rangeTable(rows, words))}</div></div>
  `;
}

function rangeTable(rows: CalibrationPart["reliability"], { share }: Words): Html {
  return table(
    ["probability", "mean", share, "share of the pixels"],
    rows.map(({ from, to, confidence, observed, weight }) => [
      `${from.toFixed(2)} to ${to.toFixed(2)}`,
      numberText(confidence),
      numberText(observed),
      `${(100 * weight).toFixed(2)} %`,
    ]),
  );
}
