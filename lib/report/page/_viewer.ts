import { BACKGROUND } from "papilio/core/classes.ts";
import { type Html, html } from "papilio/report/page/_html.ts";
import type { DrawnClass } from "papilio/report/page/report.ts";

/** What can lie over the photos; `cases.css` shows and hides by the radio that is checked. */
const views = {
  contours: "Both contours",
  photo: "Photo",
  prediction: "Prediction",
  truth: "Truth",
  errors: "Error map",
} as const;

/** Two classes' contours are told apart less well than areas, which come first. */
const classViews = {
  prediction: "Prediction",
  truth: "Truth",
  errors: "Error map",
  contours: "Both contours",
  photo: "Photo",
} as const;

/** What can lie over photos of several classes, or of none. */
export function viewsOf(classes: readonly DrawnClass[]): Readonly<Record<string, string>> {
  return classes.length > 0 ? classViews : views;
}

const colourKey = {
  predicted: "predicted",
  true: "true",
  found: "found (true positive)",
  invented: "invented (false positive)",
  missed: "missed (false negative)",
  ignored: "ignored",
} as const;

const classKey = {
  found: "right class",
  invented: "a class where background is",
  missed: "background where a class is",
  confused: "another class",
  ignored: "ignored",
} as const;

/** What the colours over the photos mean; shown as far as they are there. */
export function overlayKey(
  { classes, hasIgnored }: { classes: readonly DrawnClass[]; hasIgnored: boolean },
): Html {
  if (classes.length > 0) return classOverlayKey(classes, hasIgnored);
  return html`<ul class="key overlay-key">${
    shownKey(colourKey, hasIgnored).map(([name, label]) =>
      html`<li class="of-${name}"><i class="swatch ${name}"></i>${label}</li>`
    )
  }</ul>`;
}

function shownKey(key: Readonly<Record<string, string>>, hasIgnored: boolean) {
  return Object.entries(key).filter(([name]) => name !== "ignored" || hasIgnored);
}

function classOverlayKey(classes: readonly DrawnClass[], hasIgnored: boolean): Html {
  const entries = shownKey(classKey, hasIgnored);
  return html`
    <ul
      class="key overlay-key">${classes.map(({ name }, number) =>
        name === BACKGROUND
          ? ""
          : html`<li class="of-class"><i class="class-swatch class-${number}"></i>${name}</li>`
      )}<li class="of-both quiet">thin: predicted, broad: true</li>${entries.map((
        [name, label],
      ) => html`<li class="of-${name}"><i class="swatch ${name}"></i>${label}</li>`)}</ul>
  `;
}

/** The frame of an enlarged case, which `viewer.js` fills. */
export function viewer(views: Readonly<Record<string, string>>, key: Html): Html {
  return html`
    <dialog id="viewer" aria-labelledby="viewer-title">
      <header>
        <h3 id="viewer-title"></h3>
        <span id="viewer-place" class="quiet"></span>${tool("close", "Close (Esc)", "✕")}
      </header>
      <div id="viewer-stage" tabindex="0" role="application" aria-label="${instructions}"></div>
      <div id="viewer-views" role="group" aria-label="What lies over the photo">${Object.entries(
        views,
      ).map(([name, label], index) =>
        html`
          <button type="button" data-view="${name}" aria-pressed="false"
            title="Key ${index + 1}">${label}</button>
        `
      )}</div>
      ${key}
      <div id="viewer-tools" role="group" aria-label="Move and zoom">${tools.map((
        [action, label, text],
      ) => tool(action, label, text))}</div>
      <dl id="viewer-metrics"></dl>
      <p id="viewer-status" class="unseen" aria-live="polite"></p>
    </dialog>
  `;
}

const instructions =
  "Enlarged case: arrows go to the next case, plus and minus zoom, Shift and an arrow move";

const tools = [
  ["previous", "Previous case (left arrow)", "←"],
  ["next", "Next case (right arrow)", "→"],
  ["out", "Zoom out (−)", "−"],
  ["reset", "Whole picture (0)", "Fit"],
  ["in", "Zoom in (+)", "+"],
] as const;

function tool(action: string, label: string, text: string): Html {
  return html`
    <button type="button" data-action="${action}" aria-label="${label}"
      title="${label}">${text}</button>
  `;
}
