import { textTable } from "papilio/core/text.ts";
import type { Interval } from "papilio/metrics/bootstrap.ts";
import { metricText } from "papilio/metrics/counts.ts";
import { type SweepRow, verdictOf } from "papilio/predict/postprocess/sweep.ts";
import { postProcessingFlags } from "papilio/predict/postprocess/options.ts";
import type { ScoreName } from "papilio/predict/postprocess/sweep_scores.ts";

const headings = [
  "setting",
  "Dice micro",
  "Dice",
  "IoU",
  "boundary F1",
  "HD95 px",
  "DSB",
  "gain in IoU (95 %)",
  "gain in boundary F1",
  "gain in DSB",
];

/** A sweep as a table in text: means over images, and what each setting adds to doing nothing. */
export function describeSweep(rows: readonly SweepRow[]): string {
  return `${textTable([headings, ...rows.map(cellsOf)])}\n${verdicts(rows)}`;
}

const titles = { iou: "IoU", boundaryF1: "boundary F1", dsbScore: "DSB score" };

/** The options that help, the most helpful first. */
function verdicts(rows: readonly SweepRow[]): string {
  return (["iou", "boundaryF1", "dsbScore"] as const).map((name) => {
    const better = rows.filter(({ gain }) => verdictOf(name, gain[name]) === "better")
      .sort((a, b) => b.gain[name].value - a.gain[name].value).slice(0, 4)
      .map(({ options }) => postProcessingFlags(options));
    return `better by ${titles[name]}: ${better.join(", ") || "none"}`;
  }).join("\n");
}

function cellsOf({ setting, micro, macro, gain }: SweepRow): string[] {
  const gainOf = (name: ScoreName) => setting === "none" ? "" : gainText(name, gain[name]);
  return [
    setting,
    metricText(micro.dice),
    metricText(macro.dice),
    metricText(macro.iou),
    metricText(macro.boundaryF1),
    macro.hausdorff95Px.toFixed(2),
    metricText(macro.dsbScore),
    gainOf("iou"),
    gainOf("boundaryF1"),
    gainOf("dsbScore"),
  ];
}

/** `"+0.0123 (+0.0010…+0.0200) better"` */
function gainText(name: ScoreName, interval: Interval): string {
  const signed = (value: number) => {
    const text = value.toFixed(4);
    return value < 0 ? text : `+${text}`;
  };
  const { value, low, high } = interval;
  const verdict = verdictOf(name, interval);
  const range = `${signed(value)} (${signed(low)}…${signed(high)})`;
  return verdict === "unclear" ? range : `${range} ${verdict}`;
}
