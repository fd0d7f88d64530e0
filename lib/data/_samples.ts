import type { Metadata, SharpOptions } from "sharp";
import { present } from "papilio/core/assert.ts";
import type { MaskEncoding } from "papilio/data/case.ts";
import { paletteAsGrey } from "papilio/data/_png_indices.ts";
import {
  imageError,
  openBytes,
  type OpenedImage,
  openImage,
  orUndecodable,
  type Subject,
} from "papilio/data/_open_image.ts";

/** The values of a mask file as they are stored: no profile applied, low bit depths not stretched. */
export interface Samples {
  /** Row-major `[heightPx, widthPx]`; of colour channels, the brightest. */
  data: Uint8Array | Uint16Array;
  /** The largest value that the file's bit depth can hold. */
  maximum: number;
  widthPx: number;
  heightPx: number;
}

/** A colour profile would bend the values of a mask. */
const AS_STORED: SharpOptions = { ignoreIcc: true };

/** Reads a mask file: grey levels, or as `labels` palette indices and label values. */
export async function readSamples(subject: Subject, kind: MaskEncoding["kind"]): Promise<Samples> {
  const opened = await openImage(subject, AS_STORED);
  if (kind === "threshold") return await decodeSamples(subject, opened);
  return await decodeSamples(subject, await openLabels(subject, opened));
}

async function openLabels(subject: Subject, opened: OpenedImage): Promise<OpenedImage> {
  const { isPalette, format, space } = opened.metadata;
  if (isPalette && format === "png") {
    return await openBytes(paletteAsGrey(opened.bytes), subject, AS_STORED);
  }
  if (isPalette || !["b-w", "grey16"].includes(space)) {
    throw imageError(subject, "labels as a grey or palette PNG", `${format} with colours`, {
      remedy: "Save the labels as a grey PNG.",
    });
  }
  return opened;
}

async function decodeSamples(subject: Subject, opened: OpenedImage): Promise<Samples> {
  const { pixels, metadata, widthPx, heightPx } = opened;
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
  const brightest = brightestChannel(values, info.channels);
  return { data: unstretched(brightest, bits), maximum: 2 ** bits - 1, widthPx, heightPx };
}

/** The colour space in which sharp leaves the values alone. */
function ownColourspace({ space }: Metadata): string {
  return ["b-w", "grey16", "rgb16"].includes(space) ? space : "srgb";
}

function storedBits({ depth, isPalette, bitsPerSample }: Metadata): number {
  if (depth === "ushort") return 16;
  return isPalette ? 8 : Math.min(8, bitsPerSample ?? 8);
}

function brightestChannel<T extends Uint8Array | Uint16Array>(values: T, channels: number): T {
  if (channels === 1) return values;
  const brightest = values.slice(0, values.length / channels) as T;
  for (let i = 0; i < brightest.length; i++) {
    let maximum = 0;
    for (let c = 0; c < channels; c++) {
      maximum = Math.max(maximum, present(values[i * channels + c]));
    }
    brightest[i] = maximum;
  }
  return brightest;
}

/** Decoders stretch 1, 2 and 4 bits over 0…255; this takes that back. */
function unstretched<T extends Uint8Array | Uint16Array>(values: T, bits: number): T {
  if (bits >= 8) return values;
  const step = 255 / (2 ** bits - 1);
  return values.map((value) => Math.round(value / step)) as T;
}
