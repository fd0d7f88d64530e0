import sharp from "sharp";
import { countPixels, iou, metricText } from "papilio/metrics/counts.ts";
import { renderGrid } from "papilio/report/grid.ts";
import { renderOverlay } from "papilio/report/overlay.ts";
import type { LabelledBatch } from "papilio/train/labelled.ts";
import type { PngImage } from "papilio/train/tensorboard.ts";

/** An image of the network's input size with its mask and what the network makes of it. */
export interface Sample {
  id: string;
  sidePx: number;
  /** `[side, side, 3]`, 0…255. */
  image: Uint8Array;
  /** `[side, side]`, 0 or 1. */
  mask: Uint8Array;
  /** `[side, side]`, 0…1. */
  probabilities: Float32Array;
}

/** Copies of the first few of a batch. */
export function takeSamples(
  { ids, images, masks }: LabelledBatch,
  probabilities: Float32Array,
  options: { sidePx: number; count: number },
): Sample[] {
  const { sidePx, count } = options;
  const pixels = sidePx * sidePx;
  return ids.slice(0, count).map((id, i) => ({
    id,
    sidePx,
    image: images.slice(3 * i * pixels, 3 * (i + 1) * pixels),
    mask: masks.slice(i * pixels, (i + 1) * pixels),
    probabilities: probabilities.slice(i * pixels, (i + 1) * pixels),
  }));
}

/** A PNG of three squares side by side: image, mask, probabilities. */
export async function samplePng(sample: Sample): Promise<PngImage> {
  const { sidePx } = sample;
  const widthPx = 3 * sidePx;
  const strip = new Uint8Array(widthPx * sidePx * 3);
  for (let y = 0; y < sidePx; y++) {
    for (let x = 0; x < sidePx; x++) {
      const from = y * sidePx + x;
      const to = 3 * (y * widthPx + x);
      strip.set(sample.image.subarray(3 * from, 3 * from + 3), to);
      strip.fill(255 * (sample.mask[from] ?? 0), to + 3 * sidePx, to + 3 * sidePx + 3);
      const grey = Math.round(255 * (sample.probabilities[from] ?? 0));
      strip.fill(grey, to + 6 * sidePx, to + 6 * sidePx + 3);
    }
  }
  const raw = { width: widthPx, height: sidePx, channels: 3 } as const;
  return { png: await sharp(strip, { raw }).png().toBuffer(), widthPx, heightPx: sidePx };
}

/**
 * The PNG of a row of samples: what the network finds (blue) and what it should find (orange).
 *
 * @throws {PapilioError} if there is no sample.
 */
export async function renderSamples(
  samples: readonly Sample[],
  { threshold, title }: { threshold: number; title: string },
): Promise<Uint8Array> {
  const panels = samples.map(({ id, sidePx, image, mask, probabilities }) => {
    const size = { widthPx: sidePx, heightPx: sidePx };
    const found = Uint8Array.from(probabilities, (value) => value >= threshold ? 1 : 0);
    return {
      image: renderOverlay({ data: image, ...size }, { data: found, ...size }, {
        truth: { data: mask, ...size },
      }),
      label: `${id}\nIoU ${metricText(iou(countPixels(found, mask)))}`,
    };
  });
  return await renderGrid(panels, { title, panelPx: 160, scale: 2, palette: true });
}
