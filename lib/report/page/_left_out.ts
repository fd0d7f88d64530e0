import { type Html, html } from "papilio/report/page/_html.ts";
import type { EvaluationHead } from "papilio/report/page/report.ts";
import { hasUnpredicted, leftOutNotes } from "papilio/report/left_out.ts";

/** What the means are without, and why; nothing where all images and classes are in all of them. */
export function leftOut({ metrics, images }: Pick<EvaluationHead, "metrics" | "images">): Html {
  const notes = leftOutNotes(metrics, images);
  const pooled = metrics.filter(({ microWithout = [] }) => microWithout.length > 0);
  if (notes.length + pooled.length === 0) return html``;
  return html`<div class="notes"><p>* Not defined, and left out of the means over images:</p>
<ul>${notes.map(({ metrics, without }) => html`<li>${metrics}: ${without}</li>`)}</ul>${
    pooled.length === 0 ? "" : html`<p>Left out of all as one image:</p>
<ul>${
      pooled.map(({ label, microWithout = [] }) =>
        html`<li>${label}: ${microWithout.join(", ")}</li>`
      )
    }</ul>`
  }
${hasUnpredicted(metrics) ? unpredicted : ""}</div>`;
}

const unpredicted =
  html`<p>What is there and was not predicted has a Dice, IoU, recall and boundary F1 of
0. It has no precision, correlation or distance, so that these means are over what was found at all: read
them beside recall.</p>`;
