import type { Config } from "papilio/core/config.ts";
import { BatchSource } from "papilio/data/batches.ts";
import type { BinaryMask, Case, RgbImage } from "papilio/data/case.ts";

export interface DrawsOptions {
  sidePx: number;
  augment: Config["augment"];
  seed: number;
  count: number;
}

/** What training sees of one case in its first epochs: image and mask after the draw of each. */
export async function augmentedDraws(
  item: Case,
  { sidePx, augment, seed, count }: DrawsOptions,
): Promise<{ image: RgbImage; mask: BinaryMask }[]> {
  const options = { sidePx, augment, seed, maskResize: "nearest", cacheMegabytes: 64 } as const;
  const source = new BatchSource([item], options);
  const size = { widthPx: sidePx, heightPx: sidePx };
  const draws = [];
  for (let epoch = 0; epoch < count; epoch++) {
    for await (const { images, masks } of source.epoch({ batchSize: 1, epoch, augment: true })) {
      draws.push({ image: { ...size, data: images }, mask: { ...size, data: masks } });
    }
  }
  return draws;
}
