import type { Case } from "papilio/data/case.ts";

/** What can be wrong with a data set. An error makes its case unusable, a warning does not. */
export const faultKinds = {
  "missing image": "error",
  "several images": "error",
  "missing masks": "error",
  "unreadable image": "error",
  "unreadable mask": "error",
  "size mismatch": "error",
  "other channels": "error",
  "unclaimed masks": "error",
  "grey mask": "warning",
  "empty mask": "warning",
  "duplicate image": "warning",
  "stray file": "warning",
  "listed but absent": "warning",
  "absent class": "warning",
  "absent value": "warning",
  "unclaimed value": "warning",
  "unclaimed file": "warning",
  "label values": "warning",
  "lossy labels": "warning",
  "lossy mask": "warning",
  "narrow range": "warning",
} as const;

export type FaultKind = keyof typeof faultKinds;

/** What to do about each kind, in a sentence. */
export const faultRemedies: Record<FaultKind, string> = {
  "missing image": "Add the image under the name of its masks, or remove the masks.",
  "several images": "Keep one image for each case; move the others to cases of their own.",
  "missing masks":
    "Add the mask under the name of its image, or leave the case for prediction alone.",
  "unreadable image": "Copy the file anew from its source, or remove the case.",
  "unreadable mask":
    "Save the mask as a grey PNG: 0 for background and 255 for foreground, or the values of its classes.",
  "other channels":
    "Give the number that most images have with --input-channels, and save the others with as many, CMYK as RGB or RGBA.",
  "unclaimed masks":
    "Write the patterns of --classes as the files are called, without their extensions; for files of parts choose --layout parts.",
  "size mismatch": "Export the mask at the size of its image; do not stretch it unseen.",
  "grey mask": "Look at it: a photo, a heat map or a blurred mask. Save it with 0 and 255 alone.",
  "empty mask": "Look at the image: keep the case if nothing is on it, else draw the mask.",
  "duplicate image": "Keep one of them: a copy that trains and another that validates is a leak.",
  "stray file": "Move it away, or rename it if it should be part of a case.",
  "listed but absent": "Add the file, or remove its name from the list.",
  "unclaimed file":
    "If it is of a class, correct its name or the pattern in --classes; it is not read else.",
  "label values":
    'If the values are labels, name their classes: --classes "background=0,leaf=1,stem=2". Else save 0 and 255.',
  "lossy labels":
    "Store masks as PNG or TIFF, made anew from what they came from: what was saved as JPEG stays changed.",
  "lossy mask":
    "A threshold takes most of it back; store masks as PNG or TIFF, so that borders stay where they were.",
  "narrow range":
    "Stretch each image's own range, in training and all that follows, with --intensity-range image.",
  "absent value": "Look at the values of the mask files, and correct the rule in --classes.",
  "unclaimed value":
    "If it is a class, give it one in --classes; if it stands for what is not known, leave it: such pixels are neither learned nor judged.",
  "absent class":
    "Look at the values and names of the mask files, and correct its rule in --classes.",
};

export type Severity = "error" | "warning";

/** One thing that is wrong with a data set. */
export interface Fault {
  /** The case; empty for what belongs to none. */
  id: string;
  kind: FaultKind;
  severity: Severity;
  /** One sentence. */
  message: string;
  path: string;
  /** Only of a duplicate: the case that has the same image. */
  originalId?: string;
}

/** A fault, with the severity of its kind. */
export function fault(kind: FaultKind, details: Omit<Fault, "kind" | "severity">): Fault {
  return { ...details, kind, severity: faultKinds[kind] };
}

/** The parts that the publishers of a data set divided it into. */
export type ListedSplit = ReadonlyMap<string, "train" | "test">;

/** A folder read by a layout. */
export interface DataSet {
  folder: string;
  /** The layout that was used. */
  layout: string;
  /** Sorted by id. A case without masks is among them: it can be predicted, not trained on. */
  cases: readonly Case[];
  /** What could be seen without opening a file; `examineDataSet` opens them all. */
  faults: readonly Fault[];
  /** Only where the data set comes with lists. */
  listedSplit?: ListedSplit;
}

/**
 * The cases that can be trained on: those without an error among the faults.
 *
 * @example
 * ```ts
 * import { fault, usableCases } from "papilio/data/data_set.ts";
 * const blank = { imagePath: "", maskPaths: [], maskEncoding: { kind: "threshold" } } as const;
 * const cases = [{ id: "a", ...blank }, { id: "b", ...blank }];
 * const faults = [
 *   fault("missing masks", { id: "a", message: "", path: "" }),
 *   fault("empty mask", { id: "b", message: "", path: "" }),
 * ];
 * console.assert(usableCases({ cases, faults }).map(({ id }) => id).join() === "b");
 * ```
 */
export function usableCases({ cases, faults }: Pick<DataSet, "cases" | "faults">): Case[] {
  const unusable = new Set(
    faults.filter(({ severity }) => severity === "error").map(({ id }) => id),
  );
  return cases.filter(({ id }) => !unusable.has(id));
}
