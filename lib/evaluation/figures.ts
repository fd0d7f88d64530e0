import { join } from "@std/path";
import { writeFileAtomically } from "papilio/core/files.ts";
import type { Case } from "papilio/data/case.ts";
import type { ClassesSummary } from "papilio/evaluation/class_summary.ts";
import type { FigureName } from "papilio/evaluation/_figure_names.ts";
import type { EvaluationSummary } from "papilio/evaluation/summary.ts";
import { shareOfRows } from "papilio/metrics/confusion_matrix.ts";
import { renderGallery } from "papilio/predict/gallery.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import type { Recipe } from "papilio/predict/recipe.ts";
import { renderHeatMap, renderLines } from "papilio/report/charts.ts";

export interface FigureOptions {
  recipe: Recipe;
  /** Cases on each sheet. */
  count?: number;
}

/**
 * Draws the worst, middle and best cases, and the curve of thresholds, or with several classes their confusion
 * matrix, and the reliability of probabilities, with classes of the likeliest one's.
 *
 * Returns the files' paths.
 */
export async function writeFigures(
  folder: string,
  { predictor, cases, summary }: {
    predictor: Predictor;
    cases: readonly Case[];
    summary: EvaluationSummary | ClassesSummary;
  },
  { recipe, count = 12 }: FigureOptions,
): Promise<string[]> {
  const paths: string[] = [];
  const write = async (name: FigureName, png: Uint8Array) => {
    paths.push(join(folder, name));
    await writeFileAtomically(join(folder, name), png);
  };
  for (const { heading, name, ids } of rankedSheets(summary.ranked, count)) {
    const shown = ids.flatMap((id) => cases.find((item) => item.id === id) ?? []);
    if (shown.length === 0) continue;
    const title = "classes" in summary
      ? `${heading} cases by mean IoU: true and predicted classes`
      : `${heading} cases by IoU: predicted (blue) and true (orange) masks`;
    await write(name, await renderGallery(predictor, shown, { title, recipe, count }));
  }
  if ("classes" in summary) await write("confusion.png", await renderConfusion(summary));
  else await write("thresholds.png", await renderThresholds(summary));
  await write("reliability.png", await renderReliability(summary));
  return paths;
}

interface RankedSheet {
  heading: string;
  name: FigureName;
  ids: string[];
}

/** The worst, middle and best cases; few cases are on one sheet only. */
function rankedSheets(ranked: readonly string[], count: number): RankedSheet[] {
  if (ranked.length <= count) return [{ heading: "All", name: "all.png", ids: [...ranked] }];
  const middle = Math.floor((ranked.length - count) / 2);
  return [
    { heading: "Worst", name: "worst.png", ids: ranked.slice(0, count) },
    { heading: "Middle", name: "middle.png", ids: ranked.slice(middle, middle + count) },
    { heading: "Best", name: "best.png", ids: ranked.slice(-count).reverse() },
  ];
}

function renderConfusion({ classes, confusion }: ClassesSummary) {
  const labels = classes.map(({ name }) => name);
  return renderHeatMap({
    title: "Confusion matrix: of each true class, the share found to be of which",
    xTitle: "predicted class",
    yTitle: "true class",
    valueTitle: "share of the row",
    values: shareOfRows(confusion),
    x: { labels },
    y: { labels },
    valueDomain: [0, 1],
  });
}

function renderThresholds({ thresholds, chosenThreshold }: EvaluationSummary) {
  const { threshold: x, dice, iou, precision, recall } = thresholds;
  const curves = { Dice: dice, IoU: iou, Precision: precision, Recall: recall };
  const markers = chosenThreshold
    ? [{ x: chosenThreshold.threshold, label: `chosen on ${chosenThreshold.part}` }]
    : [];
  return renderLines({
    title: "Metrics of all pixels by threshold, at the network's size",
    xTitle: "threshold",
    yTitle: "metric",
    series: Object.entries(curves).map(([label, values]) => definedOnly({ label, x, y: values })),
    markers,
  });
}

/** Without points where the metric is not defined. */
function definedOnly({ label, x, y }: { label: string; x: number[]; y: number[] }) {
  const kept = x.map((_, i) => i).filter((i) => !Number.isNaN(y[i]));
  return { label, x: kept.map((i) => x[i] as number), y: kept.map((i) => y[i] as number) };
}

function renderReliability(summary: EvaluationSummary | ClassesSummary) {
  const { reliability, expectedError } = summary.calibration;
  const isOfClasses = "classes" in summary;
  return renderLines({
    title: `Reliability${
      isOfClasses ? " of the likeliest class" : ""
    }: expected calibration error ${expectedError.toFixed(4)}`,
    xTitle: isOfClasses ? "mean probability of the likeliest class" : "mean probability",
    yTitle: isOfClasses ? "share that is of it" : "share that is foreground",
    series: [
      {
        label: "observed",
        x: reliability.map(({ confidence }) => confidence),
        y: reliability.map(({ observed }) => observed),
      },
      { label: "ideal", x: [0, 1], y: [0, 1] },
    ],
  });
}
