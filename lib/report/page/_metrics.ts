import { counted } from "papilio/core/text.ts";
import { type Html, html, orSentence } from "papilio/report/page/_html.ts";
import { digitsOf, intervalText, isDistance, percentText } from "papilio/report/page/_numbers.ts";
import { leftOut } from "papilio/report/page/_left_out.ts";
import { imagesText } from "papilio/report/left_out.ts";
import { strip } from "papilio/report/page/_strip.ts";
import type {
  ClassesPart,
  EvaluationHead,
  EvaluationPart,
  MetricRow,
  Part,
} from "papilio/report/page/report.ts";

const families = { pixels: "Pixels", borders: "Borders", objects: "Objects" } as const;

/** Every metric with its formula, both averages and how the images lie. */
export function metrics(part: Part<EvaluationPart | ClassesPart>): Html {
  return orSentence(part, (found) =>
    html`
      <p>Masks: ${found.recipe}. ${scopeSentence(found)} Borders agree within
      ${percentText(
        found.boundaryTolerance,
        2,
      )} of the photo’s diagonal. In parentheses: 95 % intervals. The
      small histograms count the images at each value; the upright line is the median.</p>
      <div class="wide" tabindex="0" role="group" aria-label="All metrics">
        <table class="metrics">
      <thead><tr><th scope="col">metric</th><th scope="col">mean over images (macro)</th>
      <th scope="col">images</th><th scope="col">all as one image (micro)</th>
      <th scope="col">images by value</th><th scope="col">formula</th></tr></thead>
      ${Object.entries(families).map(([family, title]) => familyRows(found, family, title))}</table>
      </div>
      ${leftOut(found)}
    `);
}

function familyRows({ metrics, images }: EvaluationHead, family: string, title: string): Html {
  const rows = metrics.filter((metric) => metric.family === family);
  if (rows.length === 0) return html``;
  return html`<tbody><tr class="family"><th scope="rowgroup" colspan="6">${title}</th></tr>
${rows.map((metric) => metricRow(metric, images))}</tbody>`;
}

function metricRow(metric: MetricRow, images: number): Html {
  const { label, formula, better, macro, micro, perImage } = metric;
  const digits = digitsOf(metric);
  return html`
    <tr>
      <th scope="row"
        title="${formula}">${label} <abbr title="${better} is better">${better === "higher"
          ? "↑"
          : "↓"}</abbr></th>
      <td>${intervalText(macro, digits)}</td>
      <td>${imagesText(macro.images, images)}${metric.leftOut ? " *" : ""}</td>
      <td>${micro ? intervalText(micro, digits) : "–"}</td>
      <td>${strip(perImage, { isShare: !isDistance(metric), digits })}</td>
      <td><span class="formula">${formula}</span></td>
    </tr>
  `;
}

function scopeSentence(found: EvaluationPart | ClassesPart): string {
  if (!("classes" in found)) return objectSentence(found);
  const names = found.classes.filter(({ isMeasured }) => isMeasured).map(({ name }) => name);
  return `means over the classes ${
    names.join(", ")
  }, each image’s without those for which a metric is not ` +
    "defined in it. Objects are the connected parts of each class, or what it was split into.";
}

function objectSentence(found: EvaluationPart): string {
  const { true: there, predicted } = found.objects;
  const words = `${counted(there, "true object")}, ${predicted} predicted.`;
  if (found.hasSeveralObjects) return words;
  const scraps = predicted > there
    ? " Predicted parts beyond them are mostly scraps: see --largest and --min-area."
    : "";
  return `${words} Most images have one object at most, of which scores of objects say little.${scraps}`;
}
