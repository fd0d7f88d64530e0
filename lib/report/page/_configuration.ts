import { details, type Html, html, orSentence, table } from "papilio/report/page/_html.ts";
import type { ConfigurationPart, Part } from "papilio/report/page/report.ts";

/** What differs from the nearest preset, and on demand everything. */
export function configuration(part: Part<ConfigurationPart>): Html {
  return orSentence(part, ({ preset, differences, all }) => {
    const rows = differences.map(({ label, value, inPreset }) => [label, value, inPreset]);
    const head = ["setting", "here", `in preset ${preset}`];
    return html`${
      rows.length === 0
        ? html`<p>As in the preset <code>${preset}</code>, without a difference.</p>`
        : html`<p>The preset <code>${preset}</code> is nearest; what differs from it:</p>
${table(head, rows, { caption: "Differences from the preset" })}`
    }
${
      details(
        `All ${all.length} settings`,
        table(["setting", "value"], all.map(({ label, value }) => [label, value])),
      )
    }`;
  });
}
