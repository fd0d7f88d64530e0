import { BACKGROUND, IGNORED } from "papilio/core/classes.ts";
import type { BinaryMask, ClassMask } from "papilio/data/case.ts";
import { labelParts } from "papilio/data/labels.ts";
import { resizeMask, type Size } from "papilio/data/masks.ts";
import { outlinePath } from "papilio/evaluation/_outline_path.ts";
import { ignoreAs, withoutIgnored } from "papilio/metrics/ignored.ts";
import { maskOfClass } from "papilio/predict/class_mask.ts";
import type { ClassOutlines } from "papilio/report/page/report.ts";

/** Outlines are traced at so much of the picture's size: finer than it shows, and fast on large photos. */
const TRACED_SCALE = 2;

/** Where classes are in truth and in a prediction, and where these differ, as paths over a picture. */
export function classOutlines(
  found: ClassMask,
  truth: ClassMask,
  { shown, names }: { shown: Size; names: readonly string[] },
): ClassOutlines {
  const [widthPx, heightPx] = [TRACED_SCALE * shown.widthPx, TRACED_SCALE * shown.heightPx];
  const traced = (mask: ClassMask) => {
    const isSmall = mask.widthPx <= widthPx;
    return isSmall ? mask : resizeMask(mask, widthPx, heightPx);
  };
  const [predicted, there] = [traced(found), traced(truth)];
  const scale = shown.widthPx / predicted.widthPx;
  const path = (mask: BinaryMask) => outlinePath(labelParts(mask), scale);
  const ofClasses = (mask: ClassMask) =>
    names.map((name, number) =>
      name === BACKGROUND ? "" : path(withoutIgnored(maskOfClass(mask, number)))
    );
  const kinds = errorKinds(ignoreAs(predicted, there), there, names.indexOf(BACKGROUND));
  const ofKind = (kind: ErrorKind) => path(maskOfClass(kinds, KINDS.indexOf(kind) + 1));
  return {
    predicted: ofClasses(predicted),
    truth: ofClasses(there),
    errors: {
      found: ofKind("found"),
      invented: ofKind("invented"),
      missed: ofKind("missed"),
      confused: ofKind("confused"),
    },
    ignored: path(maskOfClass(there, IGNORED)),
  };
}

const KINDS = ["found", "invented", "missed", "confused"] as const;
type ErrorKind = typeof KINDS[number];

/** One more than the place in `KINDS`; 0 where background is right, and where nothing is judged. */
function errorKinds(found: ClassMask, truth: ClassMask, background: number): ClassMask {
  const data = new Uint8Array(truth.data.length);
  const [right, invented, missed, confused] = [1, 2, 3, 4] as const;
  for (let i = 0; i < data.length; i++) {
    const [is, there] = [found.data[i] as number, truth.data[i] as number];
    if (there === IGNORED) continue;
    if (is === there) data[i] = there === background ? 0 : right;
    else if (there === background) data[i] = invented;
    else data[i] = is === background ? missed : confused;
  }
  return { ...truth, data };
}
