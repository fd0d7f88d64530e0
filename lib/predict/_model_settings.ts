import { PapilioError } from "papilio/core/errors.ts";
import type { Network, PredictorOptions } from "papilio/predict/predictor.ts";

/** How a network is to be used. */
export interface ModelSettings {
  inputSidePx: number;
  threshold: number;
  /** At how much of their own size the network saw its training photos; 1 if it does not say. */
  trainingScale: number;
  classes: readonly string[];
}

/**
 * What the options say, else the model's metadata, else (for the input side) its input shape.
 *
 * @throws {PapilioError} that names everything still missing, with the flag for each.
 */
export function readSettings(network: Network, options: PredictorOptions): ModelSettings {
  checkInput(network);
  const { metadata } = network;
  const inputSidePx = options.inputSidePx ?? toNumber(metadata["papilio.inputSidePx"]) ??
    staticSide(network);
  const threshold = options.threshold ?? toNumber(metadata["papilio.threshold"]);
  if (inputSidePx === undefined || threshold === undefined) {
    throw incomplete([
      ...(inputSidePx === undefined ? [["papilio.inputSidePx", "--input-side <pixels>"]] : []),
      ...(threshold === undefined ? [["papilio.threshold", "--threshold <0…1>"]] : []),
    ] as [string, string][]);
  }
  checkSide(inputSidePx, staticSide(network));
  const trainingScale = toNumber(metadata["papilio.trainingScale"]) ?? 1;
  return { inputSidePx, threshold, trainingScale, classes: toNames(metadata["papilio.classes"]) };
}

function checkInput({ inputs, outputs }: Network): void {
  const [input] = inputs;
  const channels = input?.dims[3];
  const isImage = input?.dims.length === 4 && (typeof channels === "string" || channels === 3);
  if (inputs.length === 1 && outputs.length > 0 && isImage) return;
  throw new PapilioError({
    cannot: "predict with this model",
    expected: "one input of shape [batch, side, side, 3]",
    got: inputs.map(({ name, dims }) => `${name} [${dims.join(", ")}]`).join(" and ") || "none",
    remedy: "Export it with channels last, for RGB images 0…255.",
  });
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

function toNames(json: string | undefined): string[] {
  try {
    const names: unknown = JSON.parse(json ?? "");
    if (Array.isArray(names) && names.length > 0) return names.map(String);
  } catch {
    // A model from elsewhere: its one class has no name.
  }
  return ["foreground"];
}
