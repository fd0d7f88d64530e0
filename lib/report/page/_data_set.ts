import { counted } from "papilio/core/text.ts";
import { type Html, html, orSentence, table } from "papilio/report/page/_html.ts";
import type { DataSetPart, FaultGroup, Part } from "papilio/report/page/report.ts";

/** Sizes of the parts, and what is wrong with the files. */
export function dataSet(part: Part<DataSetPart>): Html {
  return orSentence(
    part,
    ({ folder, split, faults }) =>
      html`<p>Data in <code>${folder}</code>: ${
        counted(split.reduce((sum, { cases }) => sum + cases, 0), "case")
      }.</p>${table(["part", "cases"], split.map(({ part, cases }) => [part, cases]))}
<h3>Faults</h3>${orSentence(faults, faultList)}`,
  );
}

function faultList(groups: readonly FaultGroup[]): Html {
  if (groups.length === 0) return html`<p>None was found.</p>`;
  return html`<ul class="faults">${
    groups.map(({ kind, severity, remedy, count, examples }) =>
      html`<li><strong>${severity}: ${kind}</strong> (${count}). ${remedy}<ul>${
        examples.map((line) => html`<li>${line}</li>`)
      }${
        count > examples.length ? html`<li>and ${count - examples.length} more</li>` : ""
      }</ul></li>`
    )
  }</ul>`;
}

/** Cases that could not be judged. */
export function failures(found: readonly { id: string; error: string }[]): Html {
  if (found.length === 0) return html`<p>Every case was judged.</p>`;
  return html`<p>${counted(found.length, "case")} could not be judged, and count in no figure:</p>
${table(["case", "why"], found.map(({ id, error }) => [id, error]))}`;
}
