import { z } from "zod";
import {
  BACKGROUND,
  classColours,
  type ClassEntry,
  classSchema,
  isRest,
} from "papilio/core/classes.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { IntensityRange } from "papilio/data/intensities.ts";
import { checkThreshold } from "papilio/predict/check_threshold.ts";
import type { Network, PredictorOptions } from "papilio/predict/predictor.ts";
import { onlyClass } from "papilio/predict/truth.ts";

/** How a network is to be used. */
export interface ModelSettings {
  inputSidePx: number;
  inputChannels: number;
  intensityRange: IntensityRange;
  threshold: number;
  /** At how much of their own size the network saw its training photos; 1 if it does not say. */
  trainingScale: number;
  /** Of what is predicted: of a network of one class and the background, that class alone. */
  classes: readonly string[];
  classColours: readonly string[];
  classTable: readonly ClassEntry[];
  /** The channel that is foreground, in a network of one class and the background. */
  foregroundChannel: number | undefined;
}

/** From here on a class is likelier than the background; where there are several, it means nothing. */
const LIKELIER = 0.5;

/**
 * What the options say, else the model's metadata, else (for side and channels) its shapes.
 *
 * @throws {PapilioError} that names everything still missing, with the flag for each; for a threshold
 * where there are several classes; and if metadata and shapes say different things.
 */
export function readSettings(network: Network, options: PredictorOptions): ModelSettings {
  const { metadata } = network;
  const inputChannels = inputChannelsOf(network);
  const names = classesOf(network);
  const foregroundChannel = onlyClass(names);
  const isOfClass = (_: unknown, i: number) => i === (foregroundChannel ?? i);
  const classes = names.filter(isOfClass);
  const inputSidePx = options.inputSidePx ?? toNumber(metadata["papilio.inputSidePx"]) ??
    staticSide(network);
  const threshold = thresholdOf(network, classes, options) ??
    (foregroundChannel === undefined ? undefined : LIKELIER);
  if (inputSidePx === undefined || threshold === undefined) {
    throw incomplete([
      ...(inputSidePx === undefined ? [["papilio.inputSidePx", "--input-side <pixels>"]] : []),
      ...(threshold === undefined ? [["papilio.threshold", "--threshold <0…1>"]] : []),
    ] as [string, string][]);
  }
  checkSide(inputSidePx, staticSide(network));
  const trainingScale = toNumber(metadata["papilio.trainingScale"]) ?? 1;
  const classColours = coloursOf(metadata["papilio.classColours"], names).filter(isOfClass);
  return {
    inputSidePx,
    inputChannels,
    intensityRange: metadata["papilio.intensityRange"] === "image" ? "image" : "format",
    threshold,
    trainingScale,
    classes,
    classColours,
    classTable: tableOf(metadata["papilio.classTable"], names),
    foregroundChannel,
  };
}

/** @throws {PapilioError} for a network that takes no image, or another than its metadata say. */
function inputChannelsOf({ inputs, outputs, metadata }: Network): number {
  const [input] = inputs;
  const said = toNumber(metadata["papilio.inputChannels"]);
  const dim = input?.dims[3];
  const channels = typeof dim === "number" && dim > 0 ? dim : said ?? 3;
  const isImage = input?.dims.length === 4 && channels <= 16 && channels === (said ?? channels);
  // What comes from elsewhere with a side for its last dimension has its channels first.
  const isKnown = said !== undefined || [1, 3, 4].includes(channels);
  if (inputs.length === 1 && outputs.length > 0 && isImage && isKnown) return channels;
  throw new PapilioError({
    cannot: "predict with this model",
    expected: `one input of shape [batch, side, side, ${said ?? 3}]`,
    got: inputs.map(({ name, dims }) => `${name} [${dims.join(", ")}]`).join(" and ") || "none",
    remedy: "Export it with channels last, for RGB images 0…255.",
  });
}

function thresholdOf(
  { metadata }: Network,
  classes: readonly string[],
  { threshold }: PredictorOptions,
): number | undefined {
  checkThreshold(threshold, classes);
  if (classes.length > 1) return LIKELIER;
  return threshold ?? toNumber(metadata["papilio.threshold"]);
}

/** @throws {PapilioError} if the network has not as many channels as its metadata have names. */
function classesOf({ outputs, metadata }: Network): readonly string[] {
  const names = toList(metadata["papilio.classes"])?.map(String);
  const dim = outputs[0]?.dims[3];
  const channels = typeof dim === "number" && dim > 0 ? dim : names?.length ?? 1;
  if (names === undefined) {
    return channels === 1
      ? ["foreground"]
      : Array.from({ length: channels }, (_, i) => `class${i}`);
  }
  if (names.length === channels) return names;
  throw new PapilioError({
    cannot: "predict with this model",
    expected: `a channel for each of its classes, ${names.join(", ")}`,
    got: `${channels}`,
    remedy: "Correct its metadata papilio.classes.",
  });
}

function coloursOf(json: string | undefined, classes: readonly string[]): readonly string[] {
  const colours = toList(json)?.map(String).filter((text) => /^#[0-9a-f]{6}$/i.test(text));
  return colours?.length === classes.length ? colours : classColours(classes);
}

function checkSide(sidePx: number, fixedPx: number | undefined): void {
  if (fixedPx === undefined || fixedPx === sidePx) return;
  throw new PapilioError({
    cannot: "predict with this model",
    expected: `its own input side, ${fixedPx} pixels`,
    got: `${sidePx}`,
    remedy: "Leave --input-side away.",
  });
}

function incomplete(missing: readonly [key: string, flag: string][]): PapilioError {
  return new PapilioError({
    cannot: "predict with this model",
    expected: `the metadata ${missing.map(([key]) => key).join(" and ")}`,
    got: "an ONNX file without them",
    remedy: `Give ${missing.map(([, flag]) => flag).join(" and ")}.`,
  });
}

function staticSide({ inputs }: Network): number | undefined {
  const side = inputs[0]?.dims[1];
  return typeof side === "number" && side > 0 ? side : undefined;
}

function toNumber(text: string | undefined): number | undefined {
  const value = Number(text?.trim() || NaN);
  return Number.isFinite(value) ? value : undefined;
}

/**
 * Of a model that does not say: the masks of several classes hold their numbers, and those of one beside
 * the background are ordinary ones, without a table.
 */
function tableOf(json: string | undefined, names: readonly string[]): readonly ClassEntry[] {
  if (names.length === 1) return [];
  const hasOneClass = onlyClass(names) !== undefined;
  const said = z.array(classSchema).safeParse(toList(json)).data ?? [];
  const isOurs = said.length === names.length && said.every(({ name }, i) => name === names[i]);
  if (isOurs) return hasOneClass && isOfAllMasks(said) ? [] : said;
  return hasOneClass ? [] : names.map((name, i) => ({ name, values: [i], files: [] }));
}

/** Whether the table of one class and the background says no more than that every mask is of it. */
function isOfAllMasks(table: readonly ClassEntry[]): boolean {
  const [only, ...others] = table.filter((entry) => !isRest(entry));
  return only?.name !== BACKGROUND && others.length === 0 && only?.values.length === 0 &&
    only.files.join() === "*";
}

/** Nothing for a model from elsewhere, which has none. */
function toList(json: string | undefined): unknown[] | undefined {
  try {
    const list: unknown = JSON.parse(json ?? "");
    return Array.isArray(list) && list.length > 0 ? list : undefined;
  } catch {
    return undefined;
  }
}
