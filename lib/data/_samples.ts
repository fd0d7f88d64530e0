import type { Metadata } from "sharp";
import { present } from "papilio/core/assert.ts";
import type { MaskEncoding } from "papilio/data/case.ts";
import { lossyFormat } from "papilio/data/_lossy.ts";
import { paletteAsGrey } from "papilio/data/_png_indices.ts";
import {
  AS_STORED,
  imageError,
  openBytes,
  type OpenedImage,
  openImage,
  orUndecodable,
  type Subject,
} from "papilio/data/_open_image.ts";

type Values = Uint8Array | Uint16Array;

/** The values of a mask file as they are stored: no profile applied, low bit depths not stretched. */
export interface Samples {
  /** Row-major `[heightPx, widthPx]`; of colour channels, the brightest. */
  data: Values;
  /** The largest value that the file's bit depth can hold. */
  maximum: number;
  /** What the file is called, if its compression changes values: `"JPEG"`. */
  lossyFormat: string | undefined;
  widthPx: number;
  heightPx: number;
}

/** Reads a mask file: grey levels, or as `labels` palette indices and label values. */
export async function readSamples(subject: Subject, kind: MaskEncoding["kind"]): Promise<Samples> {
  const opened = await openImage(subject, AS_STORED);
  if (kind === "threshold") return await decodeSamples(subject, opened, brightestChannel);
  return await decodeSamples(subject, await openLabels(subject, opened), (values, channels) => {
    const only = onlyChannel(values, channels);
    if (only) return only;
    throw colouredLabels(subject, opened);
  });
}

async function openLabels(subject: Subject, opened: OpenedImage): Promise<OpenedImage> {
  const { isPalette, format, space } = opened.metadata;
  if (isPalette && format === "png") {
    return await openBytes(paletteAsGrey(opened.bytes), subject, AS_STORED);
  }
  if (isPalette || space === "cmyk") throw colouredLabels(subject, opened);
  return opened;
}

function colouredLabels(subject: Subject, { bytes, metadata }: OpenedImage) {
  const lossy = lossyFormat(bytes, metadata);
  const got = lossy === undefined
    ? `${metadata.format} with colours`
    : `a ${lossy} with colours, whose compression changes label values`;
  return imageError(subject, "labels as a grey or palette PNG", got, {
    remedy: "Save the labels as a grey PNG.",
  });
}

async function decodeSamples(
  subject: Subject,
  opened: OpenedImage,
  toOneChannel: (values: Values, channels: number) => Values,
): Promise<Samples> {
  const { bytes, pixels, metadata, widthPx, heightPx } = opened;
  const deep = metadata.depth === "ushort";
  const { data, info } = await orUndecodable(
    subject,
    () =>
      pixels.toColourspace(ownColourspace(metadata)).removeAlpha()
        .raw({ depth: deep ? "ushort" : "uchar" })
        .toBuffer({ resolveWithObject: true }),
  );
  const values = deep
    ? new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
    : new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const bits = storedBits(metadata);
  const channel = toOneChannel(values, info.channels);
  return {
    ...{ data: unstretched(channel, bits), maximum: 2 ** bits - 1, widthPx, heightPx },
    lossyFormat: lossyFormat(bytes, metadata),
  };
}

/** The colour space in which sharp leaves the values alone. */
function ownColourspace({ space }: Metadata): string {
  return ["b-w", "grey16", "rgb16"].includes(space) ? space : "srgb";
}

function storedBits({ depth, isPalette, bitsPerSample }: Metadata): number {
  if (depth === "ushort") return 16;
  return isPalette ? 8 : Math.min(8, bitsPerSample ?? 8);
}

function brightestChannel(values: Values, channels: number): Values {
  if (channels === 1) return values;
  const brightest = values.slice(0, values.length / channels);
  for (let i = 0; i < brightest.length; i++) {
    let maximum = 0;
    for (let c = 0; c < channels; c++) {
      maximum = Math.max(maximum, present(values[i * channels + c]));
    }
    brightest[i] = maximum;
  }
  return brightest;
}

/** The first channel, if all are the same: grey, which many programs save as RGB. */
function onlyChannel(values: Values, channels: number): Values | undefined {
  if (channels === 1) return values;
  const first = values.slice(0, values.length / channels);
  for (let i = 0, source = 0; i < first.length; i++) {
    const value = values[source++] as number;
    for (let c = 1; c < channels; c++) if (values[source++] !== value) return undefined;
    first[i] = value;
  }
  return first;
}

/** Decoders stretch 1, 2 and 4 bits over 0…255; this takes that back. */
function unstretched(values: Values, bits: number): Values {
  if (bits >= 8) return values;
  const step = 255 / (2 ** bits - 1);
  return values.map((value) => Math.round(value / step));
}
