import { dirname, fromFileUrl, join } from "@std/path";
import sharp from "sharp";
import { Predictor, type PredictorOptions } from "papilio/predict/predictor.ts";

/** probability = mean of the channels / 255; input side 64, threshold 0.5. */
export const brightnessModel = goldenPath("brightness_model.onnx");

export function goldenPath(name: string): string {
  return join(dirname(fromFileUrl(import.meta.url)), "..", "golden", name);
}

/** Runs a test in a folder of its own. */
export async function inFolder<T>(test: (folder: string) => Promise<T>): Promise<T> {
  const folder = await Deno.makeTempDir({ prefix: "papilio-predict-" });
  try {
    return await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Runs a test with the brightness model. */
export async function withPredictor(
  test: (predictor: Predictor) => Promise<void>,
  options: PredictorOptions = {},
): Promise<void> {
  const predictor = await Predictor.open(brightnessModel, { threads: 1, ...options });
  try {
    await test(predictor);
  } finally {
    await predictor.dispose();
  }
}

/** A picture whose left half is black and whose right half is white. */
export function halves(widthPx: number, heightPx: number) {
  const data = new Uint8Array(widthPx * heightPx * 3);
  for (let i = 0; i < data.length; i++) {
    if (Math.floor(i / 3) % widthPx >= widthPx / 2) data[i] = 255;
  }
  return sharp(data, { raw: { width: widthPx, height: heightPx, channels: 3 } });
}

/** The pixels of a written PNG, as stored. */
export async function readPng(path: string) {
  const metadata = await sharp(path).metadata();
  const isDeep = metadata.depth === "ushort";
  const space = metadata.channels > 1 ? "srgb" : isDeep ? "grey16" : "b-w";
  const { data, info } = await sharp(path).toColourspace(space)
    .raw({ depth: isDeep ? "ushort" : "uchar" }).toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), metadata, info };
}

/** The rows of a CSV file with quoted fields. */
export function parseCsv(text: string): Record<string, string>[] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    rows.at(-1)?.push(quoted?.replaceAll('""', '"') ?? plain ?? "");
    if (end === "\n") rows.push([]);
  }
  const [header = [], ...lines] = rows.slice(0, -1);
  return lines.map((line) => Object.fromEntries(header.map((name, i) => [name, line[i] ?? ""])));
}
