import { html } from "hono/html";
import type { Part } from "papilio/report/page/report.ts";

export { html, raw } from "hono/html";

/** Text that is HTML already; every other text is escaped when it comes into a template. */
export type Html = ReturnType<typeof html>;

/** The content of a part, or the sentence that says why there is none. */
export function orSentence<T extends object>(part: Part<T>, render: (content: T) => Html): Html {
  return "missing" in part ? html`<p class="missing">${part.missing}</p>` : render(part);
}

/** A part of the page that the table of contents leads to. */
export interface Section {
  id: string;
  title: string;
  body: Html;
}

/** @example `table(["epoch", "loss"], [["1", "0.4"]])` */
export function table(
  head: readonly unknown[],
  rows: readonly (readonly unknown[])[],
  { caption }: { caption?: string } = {},
): Html {
  return html`
    <div class="wide" tabindex="0" role="group" ${caption
      ? html`
        aria-label="${caption}"
      `
      : ""}>
      <table>
        <thead>
          <tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr>
        </thead>
        <tbody>${rows.map((cells) => html`<tr>${cells.map(tableCell)}</tr>`)}</tbody>
      </table>
    </div>
  `;
}

function tableCell(cell: unknown, column: number): Html {
  return column === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`;
}

/** What opens on demand. */
export function details(summary: string, body: Html): Html {
  return html`<details><summary>${summary}</summary>${body}</details>`;
}
