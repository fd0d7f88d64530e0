import { createHash } from "node:crypto";
import { type Html, html, raw, type Section } from "papilio/report/page/_html.ts";
import { orSentence } from "papilio/report/page/_html.ts";
import { cases } from "papilio/report/page/_cases.ts";
import { classes } from "papilio/report/page/_classes.ts";
import { classStyle } from "papilio/report/page/_class_style.ts";
import { configuration } from "papilio/report/page/_configuration.ts";
import { dataSet, failures } from "papilio/report/page/_data_set.ts";
import { glossary } from "papilio/report/page/_glossary.ts";
import { headline } from "papilio/report/page/_headline.ts";
import { markdownToHtml } from "papilio/report/page/_markdown.ts";
import { metrics } from "papilio/report/page/_metrics.ts";
import { objects } from "papilio/report/page/_objects.ts";
import { reliability } from "papilio/report/page/_reliability.ts";
import { style } from "papilio/report/page/_style.ts";
import { thresholds } from "papilio/report/page/_thresholds.ts";
import { training } from "papilio/report/page/_training.ts";
import type {
  ClassesPart,
  CommandLine,
  EvaluationPart,
  Fact,
  Part,
  Report,
} from "papilio/report/page/report.ts";
import script from "./viewer.js" with { type: "text" };

/**
 * A page about a training run that needs nothing else: styles, script and pictures are within.
 *
 * Text from outside is escaped; beyond that, the page's own policy lets no other script run and nothing be
 * loaded.
 *
 * @example
 * ```ts
 * import { renderPage } from "papilio/report/page/page.ts";
 * const none = { missing: "Not made yet." };
 * const parts = { configuration: none, training: none, evaluation: none, sheets: none, dataSet: none };
 * const rest = { ...parts, modelCard: none, facts: [], commands: [] };
 * const page = await renderPage({ title: "wings & <legs>", ...rest });
 * console.assert(page.includes("<h1>wings &amp; &lt;legs&gt;</h1>"));
 * ```
 */
export async function renderPage(report: Report): Promise<string> {
  const sections = await sectionsOf(report);
  const page = html`
    <!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="${policy()}">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>${report.title}: training report</title>
        <link rel="icon" href="data:,">
        <style>${raw(style + classRules(report))}</style>
      </head>
      <body><a class="skip" href="#results">Skip to the results</a><div class="page">
    <header><h1>${report.title}</h1>${facts(report.facts)}</header>
    <nav aria-label="Contents"><ol>${sections.map(({ id, title }) =>
      html`<li><a href="#${id}">${title}</a></li>`
    )}</ol></nav>
    <main>${sections.map(sectionHtml)}</main></div>
    <script>${raw(script)}</script></body>
    </html>
  `;
  return String(page);
}

/** Nothing where masks are binary. */
function classRules({ evaluation }: Report): string {
  return "classes" in evaluation ? `\n${classStyle(evaluation.classes)}` : "";
}

async function sectionsOf(report: Report): Promise<Section[]> {
  const { evaluation } = report;
  const found = "missing" in evaluation ? [] : evaluation.failures;
  const failed = orSentence(onceSaid(evaluation), () => failures(found));
  return [
    ...("classes" in evaluation
      ? await ofClasses(evaluation, report)
      : await ofBinaryMasks(evaluation, report)),
    { id: "failures", title: "Failed cases", body: failed },
    { id: "training", title: "Training", body: await training(report.training) },
    { id: "configuration", title: "Configuration", body: configuration(report.configuration) },
    { id: "data", title: "Data", body: dataSet(report.dataSet) },
    { id: "model-card", title: "Model card", body: orSentence(report.modelCard, card) },
    { id: "glossary", title: "Glossary", body: glossary({ hasClasses: "classes" in evaluation }) },
    { id: "commands", title: "Commands", body: commandLines(report.commands) },
  ];
}

async function ofBinaryMasks(
  evaluation: Part<EvaluationPart>,
  { sheets }: Report,
): Promise<Section[]> {
  const others = onceSaid(evaluation);
  return [
    { id: "results", title: "Results", body: headline(evaluation) },
    { id: "cases", title: "Cases", body: cases(sheets) },
    { id: "metrics", title: "Metrics", body: metrics(others) },
    { id: "threshold", title: "Threshold", body: await thresholds(others) },
    { id: "reliability", title: "Reliability", body: await reliability(others) },
    { id: "objects", title: "Objects", body: await objects(others) },
  ];
}

/** Why there is no evaluation stands in the results; the other parts point to it. */
function onceSaid<T extends object>(part: Part<T>): Part<T> {
  return "missing" in part ? { missing: "There is no evaluation: see Results." } : part;
}

async function ofClasses(evaluation: ClassesPart, { sheets }: Report): Promise<Section[]> {
  return [
    { id: "results", title: "Results", body: headline(evaluation) },
    { id: "classes", title: "Classes", body: classes(evaluation) },
    { id: "cases", title: "Cases", body: cases(sheets, evaluation.classes) },
    { id: "metrics", title: "Metrics", body: metrics(evaluation) },
    { id: "reliability", title: "Reliability", body: await reliability(evaluation) },
    { id: "objects", title: "Objects", body: await objects(evaluation) },
  ];
}

/** Nothing is loaded, and no script runs but the page's own. */
function policy(): string {
  const hash = createHash("sha256").update(script).digest("base64");
  return `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; ` +
    "base-uri 'none'; form-action 'none'";
}

function sectionHtml({ id, title, body }: Section): Html {
  return html`
    <section id="${id}"
      aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
    ${body}</section>
  `;
}

function facts(all: readonly Fact[]): Html {
  return html`<dl class="facts">${
    all.map(({ label, value }) =>
      html`
        <div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div>
      `
    )
  }</dl>`;
}

function card({ markdown }: { markdown: string }): Html {
  return html`<div class="card">${markdownToHtml(markdown)}</div>`;
}

function commandLines(lines: readonly CommandLine[]): Html {
  return html`<div class="commands">${
    lines.map(({ purpose, command }) =>
      html`
        <p>${purpose}</p>
        <pre tabindex="0"><code>${command}</code></pre>
      `
    )
  }</div>`;
}
