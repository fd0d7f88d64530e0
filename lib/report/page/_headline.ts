import { leftOutText } from "papilio/report/left_out.ts";
import { median } from "papilio/core/median.ts";
import { counted } from "papilio/core/text.ts";
import { type Html, html, orSentence } from "papilio/report/page/_html.ts";
import {
  definedOf,
  digitsOf,
  intervalText,
  isDistance,
  numberText,
  rangeText,
} from "papilio/report/page/_numbers.ts";
import type {
  ClassesPart,
  EvaluationHead,
  EvaluationPart,
  MetricRow,
  Part,
} from "papilio/report/page/report.ts";

const FEW_IMAGES = 20;

/** The figures that one quotes, each with its interval. */
export function headline(evaluation: Part<EvaluationPart | ClassesPart>): Html {
  return orSentence(evaluation, (found) => {
    const names = ["dice", "iou", "boundary_f1", "hausdorff_95_px"];
    if ("classes" in found) names.push("accuracy");
    else if (found.hasSeveralObjects) names.push("dsb_score");
    const shown = names.flatMap((name) => found.metrics.find((row) => row.name === name) ?? []);
    return html`<p>On ${
      counted(found.images, "image")
    } of the ${found.part} part, at the photos’ own
size${"classes" in found ? `: ${meansOver(found)}` : ""}. ${spreadSentence(found)}</p>
<div class="tiles">${shown.map((metric) => tile(metric, found))}</div>
${explanation(found)}`;
  });
}

function meansOver({ classes }: ClassesPart): string {
  const names = classes.filter(({ isMeasured }) => isMeasured).map(({ name }) => name);
  return `means over the classes ${names.join(", ")}`;
}

function tile(metric: MetricRow, { images, ...found }: EvaluationPart | ClassesPart): Html {
  const { formula, better, macro, micro, leftOut = [] } = metric;
  const label = "classes" in found && metric.name !== "accuracy"
    ? `Mean ${metric.label}`
    : metric.label;
  const digits = digitsOf(metric);
  const some = [
    ...(macro.images < images ? [html`<p>defined for ${macro.images} of them</p>`] : []),
    ...(leftOut.length > 0 ? [html`<p>without ${leftOutText(leftOut, images)}</p>`] : []),
  ];
  return html`<section class="tile"><h3 title="${formula}">${label}</h3>
<p class="figure">${numberText(macro.value, digits)}</p>
<p>95 %: ${rangeText(macro, digits)}</p>${gauge(metric)}
<p class="quiet">mean over images (macro); ${better} is better</p>
<p class="quiet">${
    micro ? html`all as one image (micro): ${intervalText(micro, digits)}` : "has no micro average"
  }</p>${some}</section>`;
}

/** The interval on the line from 0 to 1; for distances there is no such line. */
function gauge(metric: MetricRow): Html {
  const { macro } = metric;
  if (isDistance(metric) || !Number.isFinite(macro.low + macro.high)) return html``;
  const percent = (value: number) => `${(100 * Math.min(1, Math.max(0, value))).toFixed(1)}%`;
  const width = percent(macro.high - macro.low);
  return html`
    <div class="gauge"
      aria-hidden="true"><i style="left:${percent(
        macro.low,
      )};width:${width}"></i><b style="left:${percent(macro.value)}"></b></div>
  `;
}

function spreadSentence({ metrics, ...found }: EvaluationPart | ClassesPart): Html {
  const ious = definedOf(metrics.find(({ name }) => name === "iou")?.perImage ?? []);
  if (ious.length < 2) return html``;
  const [worst, best] = [Math.min(...ious), Math.max(...ious)].map((value) => numberText(value));
  return html`Half of the images have ${"classes" in found ? "a mean" : "an"} IoU above ${
    numberText(median(ious))
  }; the worst has ${worst}, the best ${best}.`;
}

function explanation({ part, images }: EvaluationHead): Html {
  return html`<div class="notes">
<p><strong>Macro</strong> is the mean of the images’ own values: each image weighs the same.
<strong>Micro</strong> sums the pixels of all images first, as if they were one large image: large
objects and large photos weigh more.</p>
<p>The <strong>95 % interval</strong> says how far the number might lie elsewhere if other images of the
same kind had been taken (bootstrap over images); it says nothing of another training.${
    images < FEW_IMAGES
      ? ` With fewer than about ${FEW_IMAGES} images, as here, it is too narrow.`
      : ""
  }</p>${partNote(part)}</div>`;
}

function partNote(part: string): Html {
  if (part === "validation") {
    return html`<p class="caution">Validation images chose the epoch, so that these figures are a little
flattering. Only a test part, seen by no choice, would be free of that.</p>`;
  }
  if (part === "train") {
    return html`<p class="caution">The network was trained on these images: the figures say how well it
knows them, and not what it makes of new ones.</p>`;
  }
  return html``;
}
