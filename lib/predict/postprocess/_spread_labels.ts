import type { BinaryMask } from "papilio/data/case.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { neighboursOf } from "papilio/predict/postprocess/_neighbours.ts";

/** Gives the pixels of a mask that have no label that of the nearest ones, step by step; in place. */
export function spreadLabels(labels: LabelImage, mask: BinaryMask): LabelImage {
  const { data } = labels;
  const neighbours = neighboursOf(mask, 8);
  let edge: number[] = [];
  for (let i = 0; i < data.length; i++) {
    if (mask.data[i] === 1 && data[i] === 0) edge.push(i);
  }
  while (edge.length > 0) {
    const found = edge.map((pixel) => labelBeside(pixel));
    edge.forEach((pixel, k) => data[pixel] = found[k] as number);
    const left = edge.filter((_, k) => found[k] === 0);
    if (left.length === edge.length) break; // No label touches what is left.
    edge = left;
  }
  return labels;

  function labelBeside(pixel: number): number {
    const count = neighbours.find(pixel);
    for (let k = 0; k < count; k++) {
      const label = data[neighbours.found[k] as number] as number;
      if (label !== 0) return label;
    }
    return 0;
  }
}
