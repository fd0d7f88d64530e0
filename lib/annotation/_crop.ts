import type { BinaryMask } from "papilio/data/case.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import type { MaskObject } from "papilio/data/objects.ts";

/** One object cut out, as 0 and 1; `marginPx` empty pixels around it. */
export function cropObject(
  { data, widthPx }: LabelImage,
  label: number,
  { box, marginPx = 0 }: { box: MaskObject["box"]; marginPx?: number },
): BinaryMask {
  const width = box.widthPx + 2 * marginPx;
  const height = box.heightPx + 2 * marginPx;
  const crop = new Uint8Array(width * height);
  for (let y = 0; y < box.heightPx; y++) {
    const source = (box.topPx + y) * widthPx + box.leftPx;
    const target = (y + marginPx) * width + marginPx;
    for (let x = 0; x < box.widthPx; x++) {
      if (data[source + x] === label) crop[target + x] = 1;
    }
  }
  return { data: crop, widthPx: width, heightPx: height };
}
