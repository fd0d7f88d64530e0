import { type Html, html, orSentence, table } from "papilio/report/page/_html.ts";
import { hasSeveralObjects } from "papilio/report/page/_headline.ts";
import { intervalText } from "papilio/report/page/_numbers.ts";
import { strip } from "papilio/report/page/_strip.ts";
import type { EvaluationPart, MetricRow, Part } from "papilio/report/page/report.ts";

const families = { pixels: "Pixels", borders: "Borders", objects: "Objects" } as const;

/** Every metric with its formula, both averages and how the images lie. */
export function metrics(part: Part<EvaluationPart>): Html {
  return orSentence(part, (found) => {
    const head = ["metric", "formula", "mean over images (macro)", "images"];
    return html`<p>Masks by <code>${found.recipe}</code>; ${
      objectSentence(found)
    } Borders agree within
${(100 * found.boundaryTolerance).toFixed(2)} % of the photo’s diagonal. In parentheses: 95 %
intervals. The small histograms count the images at each value; the upright line is the median.</p>
${
      Object.entries(families).map(([family, title]) => {
        const rows = found.metrics.filter((metric) => metric.family === family);
        return rows.length === 0 ? "" : html`<h3>${title}</h3>${
          table(
            [...head, "all as one image (micro)", "images by value"],
            rows.map(cellsOf),
            { caption: `Metrics of ${title.toLowerCase()}` },
          )
        }`;
      })
    }`;
  });
}

function cellsOf(metric: MetricRow): unknown[] {
  const { label, formula, better, macro, micro, name, perImage } = metric;
  const arrow = better === "higher"
    ? html`<abbr title="higher is better">↑</abbr>`
    : html`<abbr title="lower is better">↓</abbr>`;
  return [
    html`${label} ${arrow}`,
    html`<span class="formula">${formula}</span>`,
    intervalText(macro),
    macro.images,
    micro ? intervalText(micro) : "–",
    strip(perImage, name.endsWith("_px") ? {} : { to: 1 }),
  ];
}

function objectSentence(found: EvaluationPart): string {
  const { objects } = found;
  const words = `${objects.true} true objects, ${objects.predicted} predicted.`;
  return hasSeveralObjects(found)
    ? words
    : `${words} With one object to an image, metrics of objects say little that IoU does not.`;
}
