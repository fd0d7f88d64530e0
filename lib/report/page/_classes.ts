import { details, type Html, html, table } from "papilio/report/page/_html.ts";
import { leftOutText } from "papilio/report/left_out.ts";
import { digitsOf, intervalText, numberText, percentText } from "papilio/report/page/_numbers.ts";
import type { ClassesPart, ClassRow, MetricRow } from "papilio/report/page/report.ts";

/** What is found of each class, and what for. */
export function classes(part: ClassesPart): Html {
  const { judgedShare, worst } = part;
  return html`
    <p>Each class against the rest, in the pixels of all images as one (micro), with 95 % intervals.
    ${apartSentence(part)} ${judgedShare < 1
      ? html`${
        percentText(1 - judgedShare, 1)
      } of the pixels have no true class, and are in no figure.`
      : ""}</p>
    ${classTable(part)}
    <h3>Confusion matrix</h3>
    <p>Rows are true classes: each says what share of its pixels was found to be of which class, and how many
    they are. The diagonal is the recall.</p>
    ${confusionTable(part)}
    ${details("All metrics of each class", allMetrics(part))}
    ${worst.length === 0
      ? ""
      : details("The worst cases, and the class that is worst in each", worstTable(worst))}
  `;
}

function apartSentence({ classes }: ClassesPart): string {
  const apart = classes.filter(({ isMeasured }) => !isMeasured).map(({ name }) => name);
  return apart.length === 0
    ? "The means are over all of them."
    : `The means are without ${apart.join(", ")}.`;
}

function classTable({ classes }: ClassesPart): Html {
  return html`
    <div class="wide" tabindex="0" role="group" aria-label="Classes">
      <table class="classes">
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col">share of pixels</th>
            <th scope="col">images, true / predicted</th>
            <th scope="col">IoU</th>
            <th scope="col">Dice</th>
            <th scope="col">boundary F1</th>
            <th scope="col">precision</th>
            <th scope="col">recall</th>
          </tr>
        </thead>
        <tbody>${classes.map(classRow)}</tbody>
      </table>
    </div>
  `;
}

function classRow(row: ClassRow, number: number): Html {
  const metric = (name: string) => row.metrics.find((one) => one.name === name);
  return html`
    <tr>
      <th scope="row">${swatch(number)}${row.name}</th>
      <td>${percentText(row.share, 1)}</td>
      <td>${row.images} / ${row.predictedImages ?? "–"}</td>
      <td>${microText(metric("iou"))}</td>
      <td>${microText(metric("dice"))}</td>
      <td>${microText(metric("boundary_f1"))}</td>
      <td>${numberText(metric("precision")?.micro?.value ?? NaN)}</td>
      <td>${numberText(metric("recall")?.micro?.value ?? NaN)}</td>
    </tr>
  `;
}

function microText(metric: MetricRow | undefined): string {
  return metric?.micro ? intervalText(metric.micro, digitsOf(metric)) : "–";
}

/** Beside a name, of which it says nothing more. */
export function swatch(number: number): Html {
  return html`<i class="class-swatch class-${number}" aria-hidden="true"></i>`;
}

function confusionTable({ classes, confusion }: ClassesPart): Html {
  return html`
    <div class="wide" tabindex="0" role="group" aria-label="Confusion matrix">
      <table class="confusion">
        <thead>
          <tr><th scope="col">true ↓, predicted →</th>${classes.map(({ name }, number) =>
            html`<th scope="col">${swatch(number)}${name}</th>`
          )}</tr>
        </thead>
        <tbody>${confusion.map((row, number) =>
          html`<tr><th scope="row">${swatch(number)}${classes[number]?.name ?? ""}</th>${
            confusionCells(row)
          }</tr>`
        )}</tbody>
      </table>
    </div>
  `;
}

function confusionCells(row: readonly number[]): Html[] {
  const total = row.reduce((sum, count) => sum + count, 0);
  return row.map((count) => {
    const share = count / total;
    const shade = Number.isFinite(share) ? share.toFixed(3) : "0";
    return html`<td style="--share:${shade}">${percentText(share, 1)} <small>${
      count.toLocaleString("en")
    }</small></td>`;
  });
}

function allMetrics({ classes, images }: ClassesPart): Html {
  const head = [
    "metric",
    "mean over images (macro)",
    "images",
    "all as one image (micro)",
    "left out",
  ];
  return html`${
    classes.map(({ name, metrics }, number) =>
      html`<h4>${swatch(number)}${name}</h4>${
        table(
          head,
          metrics.map((metric) => metricCells(metric, images)),
          { caption: `Metrics of ${name}` },
        )
      }`
    )
  }`;
}

function metricCells(metric: MetricRow, images: number): unknown[] {
  const { label, macro, leftOut = [] } = metric;
  return [
    ...[label, intervalText(macro, digitsOf(metric)), macro.images, microText(metric)],
    leftOutText(leftOut, images),
  ];
}

function worstTable(worst: ClassesPart["worst"]): Html {
  return table(
    ["case", "mean IoU", "worst class", "its IoU"],
    worst.map(({ id, iou, worstClass, worstIou }) => [
      ...[id, numberText(iou), worstClass, numberText(worstIou)],
    ]),
    { caption: "Worst cases" },
  );
}
