import { join } from "@std/path";
import { downloadBar, downloadFile } from "papilio/core/download.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { cacheFolder, exists } from "papilio/core/files.ts";
import type { Encoder } from "papilio/model/encoder.ts";
import { type LoadedWeights, loadKerasWeights } from "papilio/model/keras_weights.ts";
import { alphaOfFilters } from "papilio/model/mobilenet_v2.ts";
import type { SegmentationModel } from "papilio/model/segmentation.ts";
import type { WeightData } from "papilio/model/variables.ts";

export interface WeightsOptions {
  /** Where downloads are kept. */
  folder?: string;
  /** Failures in a row after which the download gives up. */
  attempts?: number;
}

/**
 * The path of an encoder's ImageNet weights, which are downloaded the first time.
 *
 * @throws {PapilioError} if they are not there and cannot be downloaded; it says where the file can be
 * had, where to put it by hand, and which options do without.
 */
export async function imagenetWeightsPath(
  encoder: Encoder,
  options: WeightsOptions = {},
): Promise<string> {
  const { folder = cacheFolder("weights"), attempts = 3 } = options;
  const { url, fileName, md5 } = encoder.weights ?? noWeights(encoder);
  const path = join(folder, fileName);
  if (await exists(path)) return path;
  const bar = downloadBar(fileName);
  try {
    await downloadFile(url, path, { attempts, md5, progress: bar.progress });
  } catch (error) {
    throw new PapilioError({
      cannot: `get the ImageNet weights of ${encoder.name}`,
      expected: `a download of ${url}`,
      got: messageOf(error),
      remedy: `Download the file elsewhere and put it at ${path}, or give its path with ` +
        "--encoder-weights <file>, or start from random weights with --encoder-weights none.",
      cause: error,
    });
  } finally {
    bar.stop();
  }
  return path;
}

function noWeights({ name }: Encoder): never {
  throw new PapilioError({
    cannot: `get the ImageNet weights of ${name}`,
    expected: "an encoder that was trained on ImageNet, with its own widths",
    got: "one that has no published weights",
    remedy: "Start from random weights with --encoder-weights none, or give a file's path.",
  });
}

/**
 * Checks that the weights that were chosen for an encoder can be had, without loading or downloading them.
 *
 * @throws {PapilioError} if there are none published, or no file is where they should be.
 */
export function checkEncoderWeights(encoder: Encoder, choice: string): void {
  if (choice === "imagenet" && !encoder.weights) noWeights(encoder);
  if (choice === "none" || choice === "imagenet" || isThere(choice)) return;
  throw new PapilioError({
    cannot: `load the weights ${choice}`,
    expected: "a file",
    got: "none there",
    remedy: remedyFor(encoder),
  });
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

/**
 * Gives the encoder the weights that were chosen: `"imagenet"`, `"none"`, or the path of an `.h5` file.
 *
 * A first layer for RGB is made to fit images of other channels: the sum over RGB for one, red, green and
 * blue by turns for several (× 3 / their number). With `"none"` it stays as it was made, from its seed, and null is returned.
 *
 * @throws {PapilioError} if they cannot be had or do not fit.
 */
export async function loadEncoderWeights(
  { model, encoder, encoderLayerNames }: SegmentationModel,
  choice: string,
  options: WeightsOptions = {},
): Promise<LoadedWeights | null> {
  if (choice === "none") return null;
  const path = choice === "imagenet" ? await imagenetWeightsPath(encoder, options) : choice;
  return await loadKerasWeights(model, encoderLayerNames, path, {
    channelOrder: "meansOfBgr" in encoder.preprocessing ? "bgr" : "rgb",
    remedy: remedyFor(encoder),
    causeOf: (weights) => causeFor(encoder, weights),
  });
}

/** Whose weights they are, where their names fit and their shapes do not. */
function causeFor(
  { name }: Encoder,
  weights: ReadonlyMap<string, WeightData>,
): string | undefined {
  const asked = /^mobilenet-v2-(.*)$/.exec(name)?.[1];
  const filters = weights.get("block_16_project/kernel")?.shape.at(-1);
  if (asked === undefined || filters === undefined) return undefined;
  const alpha = alphaOfFilters(filters);
  if (alpha === undefined || alpha === asked) return undefined;
  return `a file of MobileNetV2 with alpha ${alpha}, where alpha ${asked} is asked for`;
}

function remedyFor({ name, weights }: Encoder): string {
  if (name.startsWith("mobilenet-v2")) {
    return "Give the .h5 file of the same architecture and alpha, which its name says " +
      "(…_1.0_224_no_top.h5), or set alpha to that of the file.";
  }
  const published = weights ? `, as ${weights.fileName}` : "";
  return `Give the .h5 file of a ${name}${published}, or none to start from random weights.`;
}
