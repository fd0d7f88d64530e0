import { createHash } from "node:crypto";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { renderPage } from "papilio/report/page/page.ts";
import type { Report } from "papilio/report/page/report.ts";
import { attribute, descendants, elementsOf, parseErrors, textOf, wordsOf } from "./_document.ts";
import { emptyReport, evaluation, fullReport, nastyId } from "./_report.ts";

const sectionIds = [
  ...["results", "cases", "metrics", "threshold", "reliability", "objects", "failures"],
  ...["training", "configuration", "data", "model-card", "glossary", "commands"],
];

async function sectionsOf(report: Report) {
  const elements = elementsOf(await renderPage(report));
  const isSection = (id: string | undefined) => id !== undefined && sectionIds.includes(id);
  return new Map(
    elements.filter((element) =>
      element.tagName === "section" && isSection(attribute(element, "id"))
    )
      .map((element) => [attribute(element, "id"), element]),
  );
}

async function wordsOfSection(report: Report, id: string): Promise<string> {
  return wordsOf(present((await sectionsOf(report)).get(id)));
}

Deno.test("page: parses without a complaint, with everything and with nothing in it", async () => {
  for (const report of [fullReport, emptyReport]) {
    expect(parseErrors(await renderPage(report))).toEqual([]);
  }
  expect(parseErrors("<!DOCTYPE html><table>text</table")).not.toEqual([]);
});

Deno.test("page: has every section, and the contents lead to each", async () => {
  for (const report of [fullReport, emptyReport]) {
    const elements = elementsOf(await renderPage(report));
    const ids = elements.map((element) => attribute(element, "id"));
    const links = elements.filter(({ tagName }) => tagName === "a")
      .map((element) => attribute(element, "href"));
    expect([...(await sectionsOf(report)).keys()]).toEqual(sectionIds);
    for (const id of sectionIds) expect(links).toContain(`#${id}`);
    for (const link of links) expect(ids).toContain(present(link).slice(1));
  }
});

Deno.test("page: text from outside stays text", async () => {
  const page = await renderPage(fullReport);
  const elements = elementsOf(page);
  expect(elements.filter(({ tagName }) => tagName === "script").length).toBe(1);
  expect(page).not.toContain("<script>document.title");
  const named = (name: string) => elements.filter(({ tagName }) => tagName === name);
  expect(named("h1").map(textOf)).toEqual([nastyId]);
  expect(textOf(present(named("title")[0]))).toBe(`${nastyId}: training report`);
  const figure = elements.find((element) => attribute(element, "class") === "case");
  expect(attribute(present(figure), "data-id")).toBe(nastyId);
  expect(textOf(present(named("b").find((element) => attribute(element, "title"))))).toBe(nastyId);
  expect(await wordsOfSection(fullReport, "commands")).toContain(
    `deno task train ${nastyId}`.trim(),
  );
  const card = await wordsOfSection(fullReport, "model-card");
  expect(card).toContain("<script>document.title='hacked'</script> [out](http://x.org)");
  expect(await wordsOfSection(fullReport, "failures")).toContain("Cannot read <it>.");
});

Deno.test("page: leads and loads nowhere, and lets its own script run alone", async () => {
  const elements = elementsOf(await renderPage(fullReport));
  const addresses = elements.flatMap(({ attrs }) =>
    attrs.filter(({ name }) => ["src", "href", "action", "srcset", "data", "poster"].includes(name))
  ).map(({ value }) => value);
  expect(addresses.length).toBeGreaterThan(30);
  for (const address of addresses) expect(address).toMatch(/^(#|data:)/);
  const style = textOf(present(elements.find(({ tagName }) => tagName === "style")));
  expect(style).not.toMatch(/url\(|@import/);
  const script = textOf(present(elements.find(({ tagName }) => tagName === "script")));
  const policy = elements.map((element) => attribute(element, "content"))
    .find((content) => content?.includes("script-src"));
  const hash = createHash("sha256").update(script).digest("base64");
  expect(policy).toContain(`default-src 'none'`);
  expect(policy).toContain(`script-src 'sha256-${hash}'`);
  expect(elements.flatMap(({ attrs }) => attrs.filter(({ name }) => name.startsWith("on"))))
    .toEqual([]);
});

Deno.test("page: ids occur once, and what is referred to is there", async () => {
  const elements = elementsOf(await renderPage(fullReport));
  const ids = elements.flatMap((element) => attribute(element, "id") ?? []);
  expect(ids.length).toBe(new Set(ids).size);
  const references = elements.flatMap(({ attrs }) =>
    attrs.flatMap(({ value }) => [...value.matchAll(/url\(#([^)]+)\)/g)].map(([, id]) => id))
  );
  const labels = elements.flatMap((element) => attribute(element, "aria-labelledby") ?? []);
  expect(references.length).toBe(9); // Three for each picture.
  for (const id of [...references, ...labels]) expect(ids).toContain(id);
});

Deno.test("page: outlines are as thin enlarged as they are small", async () => {
  const outlines = elementsOf(await renderPage(fullReport))
    .filter((element) => /^[pt]\d+$/.test(attribute(element, "id") ?? ""));
  expect(outlines.length).toBe(6);
  for (const outline of outlines) {
    // On the path itself: selectors do not reach into what `use` copies.
    expect(attribute(outline, "vector-effect")).toBe("non-scaling-stroke");
  }
});

Deno.test("page: headline figures name average, interval and number of images", async () => {
  const words = await wordsOfSection(fullReport, "results");
  expect(words).toContain("On 3 images of the validation part");
  expect(words).toContain("Dice 0.800 95 %: 0.700 to 0.900 mean over images (macro)");
  expect(words).toContain("all as one image (micro): 0.810 (0.710 to 0.910)");
  expect(words).toContain("Hausdorff 95 % (px) 12.3 95 %: 2.5 to 20.0");
  expect(words).toContain("defined for 2 of them");
  expect(words).toContain("DSB 2018 score");
  expect(words).toContain("Half of the images have an IoU above 0.800; the worst has 0.700");
  expect(words).toContain("fewer than about 20 images");
  expect(words).toContain("Validation images chose the epoch");
});

Deno.test("page: one object to an image makes no score of objects a headline", async () => {
  const objects = { ...evaluation.objects, true: 3, predicted: 5 };
  const single = { ...evaluation, hasSeveralObjects: false, objects };
  const report = { ...fullReport, evaluation: { ...single, part: "test" } };
  const words = await wordsOfSection(report, "results");
  expect(words).not.toContain("DSB");
  expect(words).not.toContain("Validation images chose");
  expect(await wordsOfSection(report, "metrics")).toContain("scraps");
});

Deno.test("page: what is missing is a sentence in its section", async () => {
  const sections = await sectionsOf(emptyReport);
  const always = ["glossary", "commands"];
  // Why there is no evaluation is said once.
  const judged = ["metrics", "threshold", "reliability", "objects", "failures"];
  for (const [id, section] of sections) {
    if (always.includes(id ?? "")) continue;
    const sentence = judged.includes(id ?? "")
      ? /There is no evaluation: see Results\.$/
      : /It was not made\.$/;
    expect([id, wordsOf(section)]).toEqual([id, expect.stringMatching(sentence)]);
  }
});

Deno.test("page: numbers that are not defined are dashes, and break nothing", async () => {
  const none = { value: NaN, low: NaN, high: NaN };
  const undefinedMetrics = evaluation.metrics.map(({ micro: _, ...metric }) => ({
    ...metric,
    macro: { ...none, images: 0 },
    perImage: [NaN, NaN, NaN],
  }));
  const { chosenThreshold: _, ...rest } = evaluation;
  const empty = rest.thresholds.threshold.map(() => NaN);
  const report = {
    ...fullReport,
    training: {
      rows: [{ ...present(rowsOf(fullReport)[0]), valLoss: NaN, valDice: NaN, valIou: NaN }],
    },
    evaluation: {
      ...rest,
      metrics: undefinedMetrics,
      objects: { true: 0, predicted: 0, byThreshold: [] },
      calibration: {
        ...none,
        expectedError: NaN,
        maximumError: NaN,
        brierScore: NaN,
        reliability: [],
      },
      ranking: { precisionRecallArea: NaN, rocArea: NaN },
      thresholds: { ...rest.thresholds, dice: empty, iou: empty, precision: empty, recall: empty },
      failures: [],
    },
  };
  const page = await renderPage(report);
  expect(parseErrors(page)).toEqual([]);
  for (const section of (await sectionsOf(report)).values()) {
    expect(wordsOf(section)).not.toMatch(/NaN|null|undefined|Infinity/);
  }
  const drawn = elementsOf(page).flatMap((
    element,
  ) => [attribute(element, "d"), attribute(element, "style")]);
  for (const value of drawn) expect(value ?? "").not.toMatch(/NaN|undefined|Infinity/);
  expect(await wordsOfSection(report, "threshold")).toContain("No other threshold was chosen");
  expect(await wordsOfSection(report, "objects")).toContain("There are no objects");
  expect(await wordsOfSection(report, "failures")).toContain("Every case was judged.");
});

Deno.test("page: charts say in words what they show", async () => {
  const elements = elementsOf(await renderPage(fullReport));
  const charts = elements.filter((element) => attribute(element, "class") === "chart");
  expect(charts.length).toBe(5);
  for (const chart of charts) {
    const svg = present(descendants(chart).find(({ tagName }) => tagName === "svg"));
    expect(attribute(svg, "role")).toBe("img");
    expect(present(attribute(svg, "aria-label")).length).toBeGreaterThan(20);
    expect(attribute(svg, "width")).toBe(undefined); // As wide as its column.
  }
});

Deno.test("page: curves of both phases mark the best epoch and where all layers begin", async () => {
  const words = await wordsOfSection(fullReport, "training");
  expect(words).toContain(
    "2 epochs in 3 min 44 s: 1 with the encoder frozen, then 1 of all layers.",
  );
  expect(words).toContain("best epoch, 2");
  expect(words).toContain("from here all layers");
  const noBest = { rows: rowsOf(fullReport) };
  expect(await wordsOfSection({ ...fullReport, training: noBest }, "training"))
    .not.toContain("best epoch");
});

Deno.test("page: a threshold outside of the flat range is told, with a better one", async () => {
  expect(await wordsOfSection(fullReport, "threshold")).toContain("another one would gain little");
  const report = { ...fullReport, evaluation: { ...evaluation, part: "test", threshold: 0.7 } };
  const words = await wordsOfSection(report, "threshold");
  expect(words).toContain(
    "from 0.300 to 0.600 it is at most 0.005 lower. The threshold used does not",
  );
  expect(words).toContain("--threshold 0.440 may serve better");
  expect(words).not.toContain("flatters");
});

Deno.test("page: faults beyond the named ones are counted", async () => {
  expect(await wordsOfSection(fullReport, "data")).toContain("and 6 more");
});

function rowsOf({ training }: Report) {
  return "missing" in training ? [] : training.rows;
}
