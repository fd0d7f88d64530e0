import { join } from "@std/path";
import type { LabelImage } from "papilio/data/labels.ts";

interface Golden {
  widthPx: number;
  heightPx: number;
  levels: number[];
  labels: number[];
  image: number[];
  counts: number[][];
  packed: string[];
  startLengths: string[];
  measurements: Record<string, unknown>[];
  crossings: [number, number][];
}

export const goldenFolder = join(import.meta.dirname ?? "", "..", "golden", "annotation");

/** Made by annotation.py. */
export const golden: Golden = JSON.parse(
  await Deno.readTextFile(join(goldenFolder, "annotation.json")),
);

const { widthPx, heightPx } = golden;
export const goldenLabels: LabelImage = {
  data: Int32Array.from(golden.labels),
  widthPx,
  heightPx,
  count: golden.counts.length,
};
