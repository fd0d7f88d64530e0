import sharp from "sharp";
import type { EvaluationPart, MetricRow, Report } from "papilio/report/page/report.ts";

/** What an id may be on a disk, and must never be on a page. */
export const nastyId = `a<b & "c" <script>document.title='hacked'</script> '`;

const missing = { missing: "It was not made." };

/** A report of nothing at all. */
export const emptyReport: Report = {
  title: "nothing",
  facts: [],
  configuration: missing,
  training: missing,
  evaluation: missing,
  sheets: missing,
  dataSet: missing,
  modelCard: missing,
  commands: [],
};

const metric = (name: string, over: Partial<MetricRow> = {}): MetricRow => ({
  name,
  label: name,
  formula: "TP / (TP + FP)",
  better: "higher",
  family: "pixels",
  macro: { value: 0.8, low: 0.7, high: 0.9, images: 3 },
  micro: { value: 0.81, low: 0.71, high: 0.91 },
  perImage: [0.7, 0.8, 0.9],
  ...over,
});

const px = { better: "lower", macro: { value: 12.34, low: 2.5, high: 20, images: 2 } } as const;

export const evaluation: EvaluationPart = {
  part: "validation",
  images: 3,
  recipe: "0.5 nearest",
  threshold: 0.5,
  boundaryTolerance: 0.0075,
  metrics: [
    metric("dice", { label: "Dice" }),
    metric("iou", { label: "IoU" }),
    metric("boundary_f1", { family: "borders", label: "Boundary F1" }),
    metric("hausdorff_95_px", { ...px, family: "borders", label: "Hausdorff 95 % (px)" }),
    metric("dsb_score", { family: "objects", label: "DSB 2018 score" }),
  ],
  hasSeveralObjects: true,
  objects: {
    true: 12,
    predicted: 11,
    byThreshold: [
      { threshold: 0.5, truePositives: 9, falsePositives: 2, falseNegatives: 3 },
      { threshold: 0.75, truePositives: 5, falsePositives: 6, falseNegatives: 7 },
    ],
  },
  calibration: {
    expectedError: 0.019,
    maximumError: 0.16,
    brierScore: 0.04,
    reliability: [
      { from: 0, to: 0.5, confidence: 0.1, observed: 0.05, weight: 0.7 },
      { from: 0.5, to: 1, confidence: 0.9, observed: 0.95, weight: 0.3 },
    ],
  },
  ranking: { precisionRecallArea: 0.91, rocArea: 0.98 },
  thresholds: {
    threshold: [0, 0.25, 0.5, 0.75, 1],
    dice: [0.5, 0.7, 0.8, 0.7, 0],
    iou: [0.4, 0.6, 0.7, 0.6, 0],
    precision: [0.4, 0.6, 0.7, 0.8, NaN],
    recall: [1, 0.9, 0.8, 0.6, 0],
  },
  chosenThreshold: {
    part: "validation",
    images: 3,
    threshold: 0.44,
    dice: 0.805,
    flatFrom: 0.3,
    flatTo: 0.6,
  },
  failures: [{ id: nastyId, error: "Cannot read <it>." }],
};

/** White, as large as the pictures. */
const background = { width: 40, height: 30, channels: 3, background: "white" } as const;
const white = await sharp({ create: background }).webp({ lossless: true }).toBuffer();
export const photo = `data:image/webp;base64,${white.toString("base64")}`;

const picture = (id: string) => ({
  id,
  photo,
  widthPx: 40,
  heightPx: 30,
  predicted: "M10 10h10v10h-10z",
  truth: "M12 10h10v10h-10z",
  metrics: [{ label: "IoU", value: "0.667" }, { label: "Dice", value: "0.800" }],
});

const epoch = (index: number, phase: number) => ({
  ...{ phase, epoch: index, learningRate: 1e-3, loss: 1 / index, valLoss: 1.1 / index },
  ...{ dice: 0.5, valDice: 0.6, iou: 0.4, valIou: 0.5 },
});

/** A report with everything in it, and with text that would do harm unescaped. */
export const fullReport: Report = {
  title: nastyId,
  facts: [{ label: "Data", value: nastyId }],
  configuration: {
    preset: "laptop",
    differences: [{ label: "phase1.epochs", value: "3", inPreset: "4" }],
    all: [{ label: "data", value: nastyId }, { label: "seed", value: "42" }],
  },
  training: { rows: [epoch(1, 1), epoch(2, 2)], bestEpoch: 2, duration: "3 min 44 s" },
  evaluation,
  sheets: [
    { title: "Worst by IoU", cases: [picture(nastyId), picture("second")] },
    { title: "Best by IoU", cases: [picture("third")] },
  ],
  dataSet: {
    folder: nastyId,
    split: [{ part: "train", cases: 20 }, { part: "validation", cases: 3 }],
    faults: [{
      ...{ kind: "empty mask", severity: "warning", remedy: "Look at the image.", count: 7 },
      examples: [`${nastyId}: no foreground`],
    }],
  },
  modelCard: {
    markdown: `# Card\n\n<script>document.title='hacked'</script> [out](http://x.org)\n`,
  },
  commands: [{ purpose: "Training:", command: `deno task train ${nastyId}` }],
};
