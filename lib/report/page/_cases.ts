import { median } from "papilio/core/median.ts";
import { counted } from "papilio/core/text.ts";
import { type Html, html, orSentence } from "papilio/report/page/_html.ts";
import { classPicture, ignoredPart } from "papilio/report/page/_class_picture.ts";
import { overlayKey, viewer, viewsOf } from "papilio/report/page/_viewer.ts";
import type {
  CasePicture,
  CaseSheet,
  ClassPicture,
  DrawnClass,
  Part,
  PicturedCase,
} from "papilio/report/page/report.ts";

/** Contact sheets, with what lies over the photos to choose; the script enlarges a case. */
export function cases(
  part: Part<readonly CaseSheet[]>,
  classes: readonly DrawnClass[] = [],
): Html {
  return orSentence(part, (sheets) => {
    let number = 0;
    const views = viewsOf(classes);
    const pictures = sheets.flatMap(({ cases }) => cases);
    const hasIgnored = pictures.some((one) => ignoredOf(one) !== "");
    const key = overlayKey({ classes, hasIgnored });
    const shape = typicalShape(pictures);
    return html`<p class="interactive">Choose what lies over the photos. A picture opens large: arrows go
to the next case, + and − zoom, Shift and an arrow move, Esc closes.</p>
<fieldset class="views"><legend>Show</legend>${
      Object.entries(views).map(([name, label], index) => viewRadio(name, label, index === 0))
    }</fieldset>
${key}<div style="--shape:${shape}">${
      sheets.map((sheet) => {
        const first = number;
        number += sheet.cases.length;
        return sheetSection(sheet, first);
      })
    }</div>${viewer(views, key)}`;
  });
}

function ignoredOf(picture: CasePicture | ClassPicture): string {
  return ("classes" in picture ? picture.classes.ignored : picture.ignored) ?? "";
}

/** The middle one of the pictures' ratios of width to height: room for most without bars. */
function typicalShape(pictures: readonly PicturedCase[]): string {
  const shape = median(pictures.map(({ widthPx, heightPx }) => widthPx / heightPx));
  return Math.min(1.6, Math.max(0.7, shape)).toFixed(2);
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

function figure(item: CasePicture | ClassPicture, number: number): Html {
  const { id, metrics } = item;
  const words = metrics.slice(0, 2).map(({ label, value }) => `${label} ${value}`).join(", ");
  return html`
    <figure class="case"
      data-id="${id}"><button type="button" aria-label="Enlarge ${id}, ${words}">${drawn(
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

function drawn(item: CasePicture | ClassPicture, number: number): Html {
  return "classes" in item ? classPicture(item) : picture(item, number);
}

/** Outlines are stored once, and used as line, as area, and cut by each other for the error map. */
function picture(item: CasePicture, n: number): Html {
  const { photo, widthPx, heightPx, predicted, truth, id } = item;
  const all = html`width="${widthPx}" height="${heightPx}"`;
  return html`
    <svg class="picture" viewBox="0 0 ${widthPx} ${heightPx}" role="img"
      aria-label="${id} with its masks">
      <defs>
        <path id="p${n}" d="${predicted}" vector-effect="non-scaling-stroke" />
        <path id="t${n}" d="${truth}" vector-effect="non-scaling-stroke" />
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
      ${ignoredPart(ignoredOf(item))}
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
