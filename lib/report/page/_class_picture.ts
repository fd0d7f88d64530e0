import { type Html, html } from "papilio/report/page/_html.ts";
import type { ClassPicture } from "papilio/report/page/report.ts";

/**
 * A photo with its classes: paths are stored once, and drawn as areas or as lines, in the colours that
 * `classStyle` gives.
 */
export function classPicture(item: ClassPicture): Html {
  const { id, photo, widthPx, heightPx, classes: { predicted, truth, errors, ignored } } = item;
  const kinds = Object.entries(errors).filter(([, path]) => path !== "");
  return html`
    <svg class="picture" viewBox="0 0 ${widthPx} ${heightPx}" role="img"
      aria-label="${id} with its classes">
      <defs></defs>
      <image href="${photo}" width="${widthPx}" height="${heightPx}" />
      ${ignoredPart(ignored)}
      <g class="errors">${kinds.map(([kind, path]) =>
        html`
          <path class="${kind}" d="${path}" />
        `
      )}</g>
      <g class="true-classes">${truth.map(outline)}</g>
      <g class="predicted-classes">${predicted.map(outline)}</g>
    </svg>
  `;
}

/** What is ignored, below all lines. */
export function ignoredPart(path: string): Html | "" {
  return path === "" ? "" : html`
    <path class="ignored" d="${path}" />
  `;
}

function outline(path: string, number: number): Html {
  if (path === "") return html``;
  return html`
    <path class="class-${number}" d="${path}" vector-effect="non-scaling-stroke" />
  `;
}
