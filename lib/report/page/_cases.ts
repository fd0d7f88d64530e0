import { type Html, html, orSentence } from "papilio/report/page/_html.ts";
import { counted } from "papilio/report/page/_numbers.ts";
import type { CasePicture, CaseSheet, Part } from "papilio/report/page/report.ts";

/** What can lie over the photos; `page.css` shows and hides by the radio that is checked. */
const views = {
  contours: "Both contours",
  photo: "Photo",
  prediction: "Prediction",
  truth: "Truth",
  errors: "Error map",
} as const;

const colourKey = {
  predicted: "predicted",
  true: "true",
  found: "found (true positive)",
  invented: "invented (false positive)",
  missed: "missed (false negative)",
} as const;

/** Contact sheets, with what lies over the photos to choose; the script enlarges a case. */
export function cases(part: Part<readonly CaseSheet[]>): Html {
  return orSentence(part, (sheets) => {
    let number = 0;
    return html`<p class="interactive">Choose what lies over the photos. A picture opens large: arrows go
to the next case, + and − zoom, Shift and an arrow move, Esc closes.</p>
<fieldset class="views"><legend>Show</legend>${
      Object.entries(views).map(([name, label], index) => viewRadio(name, label, index === 0))
    }</fieldset>
<ul class="key overlay-key">${
      Object.entries(colourKey).map(([name, label]) =>
        html`<li class="of-${name}"><i class="swatch ${name}"></i>${label}</li>`
      )
    }</ul>${
      sheets.map((sheet) => {
        const first = number;
        number += sheet.cases.length;
        return sheetSection(sheet, first);
      })
    }${dialog()}`;
  });
}

function viewRadio(name: string, label: string, isChecked: boolean): Html {
  return html`<label><input type="radio" name="view" id="view-${name}" value="${name}"${
    isChecked
      ? html`
        checked
      `
      : ""
  }>${label}</label>`;
}

function sheetSection({ title, cases }: CaseSheet, first: number): Html {
  return html`<h3>${title} <span class="quiet">(${counted(cases.length, "case")})</span></h3>
<div class="sheet">${cases.map((item, index) => figure(item, first + index))}</div>`;
}

function figure(item: CasePicture, number: number): Html {
  const { id, metrics } = item;
  const words = metrics.slice(0, 2).map(({ label, value }) => `${label} ${value}`).join(", ");
  return html`
    <figure class="case"
      data-id="${id}"><button type="button" aria-label="Enlarge ${id}, ${words}">${picture(
        item,
        number,
      )}</button><figcaption><b title="${id}">${id}</b><span>${words}</span><dl>${metrics.map((
        { label, value },
      ) =>
        html`
          <div>
            <dt>${label}</dt>
            <dd>${value}</dd>
          </div>
        `
      )}</dl></figcaption></figure>
  `;
}

/** Outlines are stored once, and used as line, as area, and cut by each other for the error map. */
function picture({ photo, widthPx, heightPx, predicted, truth, id }: CasePicture, n: number): Html {
  const all = html`width="${widthPx}" height="${heightPx}"`;
  return html`
    <svg class="picture" viewBox="0 0 ${widthPx} ${heightPx}" role="img"
      aria-label="${id} with its masks">
      <defs>
        <path id="p${n}" d="${predicted}" />
        <path id="t${n}" d="${truth}" />
        <mask id="np${n}" maskUnits="userSpaceOnUse" x="0" y="0" ${all}>
          <rect ${all} fill="#fff" />
          <use href="#p${n}" fill="#000" />
        </mask>
        <mask id="nt${n}" maskUnits="userSpaceOnUse" x="0" y="0" ${all}>
          <rect ${all} fill="#fff" />
          <use href="#t${n}" fill="#000" />
        </mask>
        <clipPath id="ct${n}">
          <use href="#t${n}" />
        </clipPath>
      </defs>
      <image href="${photo}" ${all} />
      <g class="errors">
        <use href="#p${n}" clip-path="url(#ct${n})" class="found" />
        <use href="#p${n}" mask="url(#nt${n})" class="invented" />
        <use href="#t${n}" mask="url(#np${n})" class="missed" />
      </g>
      <use href="#t${n}" class="true" />
      <use href="#p${n}" class="predicted" />
    </svg>
  `;
}

function dialog(): Html {
  const button = (action: string, label: string, text: string) =>
    html`
      <button type="button" data-action="${action}" aria-label="${label}"
        title="${label}">${text}</button>
    `;
  return html`
    <dialog id="viewer" aria-labelledby="viewer-title">
      <header><h3 id="viewer-title"></h3><span id="viewer-place" class="quiet"></span>${button(
        "close",
        "Close (Esc)",
        "✕",
      )}</header>
      <div id="viewer-stage" tabindex="0" role="application"
        aria-label="Enlarged case: arrows go to the next case, plus and minus zoom, Shift and an arrow move"></div>
      <div id="viewer-views" role="group" aria-label="What lies over the photo">${Object.entries(
        views,
      ).map(([name, label], index) =>
        html`
          <button type="button" data-view="${name}" aria-pressed="false"
            title="Key ${index + 1}">${label}</button>
        `
      )}</div>
      <div id="viewer-tools" role="group"
        aria-label="Move and zoom">${button("previous", "Previous case (left arrow)", "←")}${button(
          "next",
          "Next case (right arrow)",
          "→",
        )}${button("out", "Zoom out (−)", "−")}${button(
          "reset",
          "Whole picture (0)",
          "1:1",
        )}${button("in", "Zoom in (+)", "+")}</div>
      <dl id="viewer-metrics"></dl>
      <p id="viewer-status" class="unseen" aria-live="polite"></p>
    </dialog>
  `;
}
