import type { HistoryRow } from "papilio/report/curves.ts";
import type { LeftOut } from "papilio/report/left_out.ts";

/** What there is to show, or a plain sentence that says why there is nothing. */
export type Part<T> = T | { missing: string };

/** A line of two cells. */
export interface Fact {
  label: string;
  value: string;
}

/** All that the page about a run shows. */
export interface Report {
  /** The run's name. */
  title: string;
  /** What, when, where. */
  facts: readonly Fact[];
  configuration: Part<ConfigurationPart>;
  training: Part<TrainingPart>;
  evaluation: Part<EvaluationPart | ClassesPart>;
  sheets: Part<readonly CaseSheet[]>;
  dataSet: Part<DataSetPart>;
  /** Markdown. */
  modelCard: Part<{ markdown: string }>;
  commands: readonly CommandLine[];
}

export interface ConfigurationPart {
  /** The preset that is nearest. */
  preset: string;
  differences: readonly (Fact & { inPreset: string })[];
  all: readonly Fact[];
}

export interface TrainingPart {
  rows: readonly HistoryRow[];
  /** With the lowest validation loss; missing if none was measured. */
  bestEpoch?: number;
  /** `"3 min 44 s"`; missing while the run is not finished. */
  duration?: string;
  /** With colours for their curves; missing if the masks are binary. */
  classes?: readonly DrawnClass[];
}

/** A class as it is drawn. */
export interface DrawnClass {
  name: string;
  /** `"#56b4e9"` */
  colour: string;
}

/** A number, and the ends of its 95 % interval; NaN where they are not defined. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** A metric over the images, with its words. */
export interface MetricRow {
  /** `"boundary_f1"` */
  name: string;
  label: string;
  formula: string;
  better: "higher" | "lower";
  family: "pixels" | "borders" | "objects";
  macro: Interval & { images: number };
  micro?: Interval;
  /** Of each image; NaN where it is not defined. */
  perImage: readonly number[];
  /** Images, or classes in images, that the mean is without, and why. */
  leftOut?: readonly LeftOut[];
  /** Classes that `micro`, a mean over classes, is without. */
  microWithout?: readonly string[];
}

/** What thresholds make of all pixels together. */
export interface ThresholdCurve {
  threshold: readonly number[];
  dice: readonly number[];
  iou: readonly number[];
  precision: readonly number[];
  recall: readonly number[];
}

/** What every evaluation says. */
export interface EvaluationHead {
  /** `"validation"` */
  part: string;
  images: number;
  /** How masks were made, in words. */
  recipe: string;
  /** Share of the diagonal within which borders agree. */
  boundaryTolerance: number;
  metrics: readonly MetricRow[];
  failures: readonly { id: string; error: string }[];
}

/** Of several classes; `metrics` are the means over those that are measured. */
export interface ClassesPart extends EvaluationHead {
  /** In the order of their numbers. */
  classes: readonly ClassRow[];
  /** Pixels by their true class (rows) and the predicted one. */
  confusion: readonly (readonly number[])[];
  /** Of all pixels, those that have a true class. */
  judgedShare: number;
  /** Of the likeliest class; missing in evaluations that were made without. */
  calibration?: CalibrationPart;
  /** The images with the lowest mean IoU, and the class that is worst in each. */
  worst: readonly { id: string; iou: number; worstClass: string; worstIou: number }[];
}

/** One class against the rest. */
export interface ClassRow extends DrawnClass {
  /** Whether the means are over it, too. */
  isMeasured: boolean;
  /** Of the judged pixels, those that are of the class in truth. */
  share: number;
  /** Images in which it is in truth. */
  images: number;
  /** Images in which it was predicted; missing, as objects are, in evaluations that were made without. */
  predictedImages?: number;
  /** Missing of the background. */
  objects?: ObjectPart;
  metrics: readonly MetricRow[];
}

/** Objects of all images together. */
export interface ObjectPart {
  true: number;
  predicted: number;
  byThreshold: readonly {
    threshold: number;
    truePositives: number;
    falsePositives: number;
    falseNegatives: number;
  }[];
}

/** Whether probabilities are what they say, over all pixels. */
export interface CalibrationPart {
  expectedError: number;
  maximumError: number;
  brierScore: number;
  reliability: readonly {
    from: number;
    to: number;
    confidence: number;
    observed: number;
    weight: number;
  }[];
}

/** Of binary masks. */
export interface EvaluationPart extends EvaluationHead {
  threshold: number;
  /** Whether scores of objects say more than those of pixels. */
  hasSeveralObjects: boolean;
  objects: ObjectPart;
  calibration: CalibrationPart;
  ranking: { precisionRecallArea: number; rocArea: number };
  thresholds: ThresholdCurve;
  /** Between `flatFrom` and `flatTo` the Dice is at most 0.005 lower. */
  chosenThreshold?: {
    part: string;
    images: number;
    threshold: number;
    dice: number;
    flatFrom: number;
    flatTo: number;
  };
}

/** A handful of cases under a heading. */
export interface CaseSheet {
  title: string;
  cases: readonly (CasePicture | ClassPicture)[];
}

/** A photo, as light as it can be. */
export interface PicturedCase {
  id: string;
  /** `data:image/webp;base64,…` */
  photo: string;
  widthPx: number;
  heightPx: number;
  /** The first two stand under the picture, all of them beside the enlarged one. */
  metrics: readonly Fact[];
}

/** A photo with its masks as outlines. */
export interface CasePicture extends PicturedCase {
  /** Data of an SVG path, in pixels of the picture; empty if there is no foreground. */
  predicted: string;
  /** As `predicted`. */
  truth: string;
  /** What the true mask says nothing of, as `predicted`. */
  ignored?: string;
}

/** A photo with its classes as outlines. */
export interface ClassPicture extends PicturedCase {
  classes: ClassOutlines;
}

/** Data of SVG paths, in pixels of a picture; empty where there is nothing. */
export interface ClassOutlines {
  /** Of each class, by its number; the background has none. */
  predicted: readonly string[];
  truth: readonly string[];
  /** Right classes but the background; classes where background is; background where one is; others. */
  errors: { found: string; invented: string; missed: string; confused: string };
  /** Without a true class. */
  ignored: string;
}

export interface DataSetPart {
  folder: string;
  /** Cases of each part of the split. */
  split: readonly { part: string; cases: number }[];
  faults: Part<readonly FaultGroup[]>;
}

/** Faults of one kind. */
export interface FaultGroup {
  kind: string;
  severity: "error" | "warning";
  remedy: string;
  count: number;
  /** The first ones. */
  examples: readonly string[];
}

export interface CommandLine {
  purpose: string;
  command: string;
}
