import { join } from "@std/path";
import { exists } from "papilio/core/files.ts";
import { safeIds } from "papilio/predict/photo_ids.ts";

/** What is written beside each mask. */
export interface OutputChoice {
  /** `<id>_probability.png`, with classes `<id>_prob_<class>.png`: 16-bit grey, 65535 is probability 1. */
  probabilities?: boolean;
  /** `<id>_overlay.jpg`: the photo with tint and contour of the mask, or of each class. */
  overlays?: boolean;
  /** `<id>_cutout.png`: the photo, transparent outside the mask, or where it is background. */
  cutouts?: boolean;
  /** `<id>_labels.png`: the number of each pixel's object, 16 bits. */
  labels?: boolean;
}

/** The ids of photos leave so much room in file names. */
const LONGEST_CLASS_NAME = 30;

/**
 * The files of one photo, by kind.
 *
 * Characters of a class's name that a file system may refuse become `_`, as those of ids.
 *
 * @param classes - names of the classes; none for a binary mask.
 *
 * @example
 * ```ts
 * import { outputPaths } from "papilio/predict/output_paths.ts";
 * const { probabilities } = outputPaths("out", "p1", ["background", "red/blue"]);
 * console.assert(probabilities[0]?.endsWith("p1_prob_background.png"));
 * console.assert(/p1_prob_red_blue-[0-9a-f]{8}\.png$/.test(probabilities[1] ?? ""));
 * ```
 */
export function outputPaths(folder: string, id: string, classes: readonly string[] = []) {
  const path = (ending: string) => join(folder, id, `${id}_${ending}`);
  const short = (name: string) => [...name].slice(0, LONGEST_CLASS_NAME).join("");
  const names = safeIds(classes.map((name) => ({ name: short(name), path: name })));
  return {
    mask: path("pred.png"),
    /** One, or one for each class. */
    probabilities: classes.length === 0
      ? [path("probability.png")]
      : names.map((name) => path(`prob_${name}.png`)),
    overlay: path("overlay.jpg"),
    cutout: path("cutout.png"),
    labels: path("labels.png"),
  };
}

/** Whether every file that is wanted is there. */
export async function haveOutputs(
  paths: ReturnType<typeof outputPaths>,
  choice: OutputChoice,
): Promise<boolean> {
  const wanted = [
    paths.mask,
    ...(choice.probabilities ? paths.probabilities : []),
    ...(choice.overlays ? [paths.overlay] : []),
    ...(choice.cutouts ? [paths.cutout] : []),
    ...(choice.labels ? [paths.labels] : []),
  ];
  const found = await Promise.all(wanted.map(exists));
  return found.every(Boolean);
}
