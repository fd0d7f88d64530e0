import sharp from "sharp";
import { toRgb } from "papilio/data/channels.ts";
import { meanOverClasses } from "papilio/metrics/class_scores.ts";
import { confusionMatrix, countsOfClass } from "papilio/metrics/confusion_matrix.ts";
import { countPixels, iou, metricText } from "papilio/metrics/counts.ts";
import { classesAtSize } from "papilio/predict/class_mask.ts";
import { classLegend, type DrawnClass, renderClassOverlay } from "papilio/report/class_overlay.ts";
import { type Panel, renderGrid } from "papilio/report/grid.ts";
import { ignoredLegend } from "papilio/report/ignored.ts";
import { renderClasses, renderMask } from "papilio/report/mask_pictures.ts";
import { renderOverlay } from "papilio/report/overlay.ts";
import type { LabelledBatch } from "papilio/train/labelled.ts";
import type { PngImage } from "papilio/train/tensorboard.ts";

/** An image of the network's input size with its mask and what the network makes of it. */
export interface Sample {
  id: string;
  sidePx: number;
  /** None for a binary mask. */
  classes?: readonly DrawnClass[];
  /** `[side, side, 3]`, 0…255. */
  image: Uint8Array;
  /** `[side, side]`: 0 or 1, with classes their numbers; or `IGNORED`. */
  mask: Uint8Array;
  /** `[side, side]`, with classes `[side, side, C]`; 0…1. */
  probabilities: Float32Array;
}

/** Copies of the first few of a batch, as RGB. */
export function takeSamples(
  { ids, images, masks }: LabelledBatch,
  probabilities: Float32Array,
  { sidePx, count, classes = [] }: {
    sidePx: number;
    count: number;
    classes?: readonly DrawnClass[];
  },
): Sample[] {
  const pixels = sidePx * sidePx;
  const inputChannels = images.length / masks.length;
  const channels = classes.length || 1;
  const part = <T extends Uint8Array | Float32Array>(all: T, i: number, length: number) =>
    all.slice(i * length, (i + 1) * length) as T;
  return ids.slice(0, count).map((id, i) => ({
    id,
    sidePx,
    ...(classes.length > 0 && { classes }),
    image: toRgb(part(images, i, pixels * inputChannels), inputChannels),
    mask: part(masks, i, pixels),
    probabilities: part(probabilities, i, pixels * channels),
  }));
}

/** A PNG of three squares side by side: image, mask, and probabilities, or the predicted classes. */
export async function samplePng(sample: Sample): Promise<PngImage> {
  const { sidePx, classes = [], probabilities } = sample;
  const widthPx = 3 * sidePx;
  const strip = new Uint8Array(widthPx * sidePx * 3);
  const mask = { data: sample.mask, widthPx: sidePx, heightPx: sidePx };
  const squares = classes.length === 0
    ? [sample.image, renderMask(mask).data, grey(probabilities)]
    : [sample.image, ...[sample.mask, found(sample)].map((mask) => coloured(mask, sample))];
  for (const [square, data] of squares.entries()) {
    for (let y = 0; y < sidePx; y++) {
      const row = data.subarray(3 * y * sidePx, 3 * (y + 1) * sidePx);
      strip.set(row, 3 * (y * widthPx + square * sidePx));
    }
  }
  const raw = { width: widthPx, height: sidePx, channels: 3 } as const;
  return { png: await sharp(strip, { raw }).png().toBuffer(), widthPx, heightPx: sidePx };
}

/** Values of 0…1 as shades. */
function grey(values: Float32Array): Uint8Array {
  const data = new Uint8Array(values.length * 3);
  values.forEach((value, i) => data.fill(Math.round(255 * Math.min(1, value)), 3 * i, 3 * i + 3));
  return data;
}

function coloured(data: Uint8Array, { sidePx, classes = [] }: Sample): Uint8Array {
  return renderClasses({ data, widthPx: sidePx, heightPx: sidePx }, classes).data;
}

/** The likeliest class of each pixel. */
function found({ probabilities, sidePx, classes = [] }: Sample): Uint8Array {
  const size = { widthPx: sidePx, heightPx: sidePx };
  return classesAtSize({ data: probabilities, sidePx, channels: classes.length }, size).data;
}

/**
 * The PNG of a row of samples: what the network finds (blue) and what it should find (orange); with classes
 * what it should find above and what it finds below, in their colours.
 *
 * @throws {PapilioError} if there is no sample.
 */
export async function renderSamples(
  samples: readonly Sample[],
  { threshold, title }: { threshold: number; title: string },
): Promise<Uint8Array> {
  const look = { title, panelPx: 160, scale: 2, palette: true };
  const classes = samples[0]?.classes ?? [];
  if (classes.length === 0) {
    return await renderGrid(samples.map((sample) => outlined(sample, threshold)), look);
  }
  const legend = classLegend(samples.flatMap(masksOf), classes);
  const columns = Math.min(4, samples.length);
  return await renderGrid(inRows(samples, columns).flat(), { ...look, columns, legend });
}

function outlined({ id, sidePx, image, mask, probabilities }: Sample, threshold: number): Panel {
  const size = { widthPx: sidePx, heightPx: sidePx };
  const found = Uint8Array.from(probabilities, (value) => value >= threshold ? 1 : 0);
  const truth = { data: mask, ...size };
  return {
    image: renderOverlay({ data: image, ...size }, { data: found, ...size }, { truth }),
    legend: ignoredLegend([truth]),
    label: `${id}\nIoU ${metricText(iou(countPixels(found, mask)))}`,
  };
}

/** By turns a row of what is true and one of what was found. */
function inRows(samples: readonly Sample[], columns: number): Panel[][] {
  const rows: Panel[][] = [];
  for (let first = 0; first < samples.length; first += columns) {
    const pairs = samples.slice(first, first + columns).map(classPanels);
    rows.push(pairs.map(([truth]) => truth), pairs.map(([, found]) => found));
  }
  return rows;
}

function classPanels(sample: Sample): [truth: Panel, found: Panel] {
  const { id, sidePx, image, classes = [] } = sample;
  const size = { widthPx: sidePx, heightPx: sidePx };
  const [truth, predicted] = masksOf(sample);
  const drawn = (mask: typeof truth) =>
    renderClassOverlay({ data: image, ...size }, mask, { classes });
  const names = classes.map(({ name }) => name);
  const matrix = confusionMatrix(predicted.data, truth.data, names.length);
  const counts = names.map((_, number) => countsOfClass(matrix, number));
  return [
    { image: drawn(truth), label: `${id}\ntrue` },
    {
      image: drawn(predicted),
      label: `predicted\nmean IoU ${metricText(meanOverClasses(counts, names, iou))}`,
    },
  ];
}

function masksOf(sample: Sample) {
  const size = { widthPx: sample.sidePx, heightPx: sample.sidePx };
  return [{ data: sample.mask, ...size }, { data: found(sample), ...size }] as const;
}
