import { PapilioError } from "papilio/core/errors.ts";
import type { EngineCandidate, EngineName } from "papilio/engine/candidate.ts";

/** Where an engine can compute. */
export type DeviceName = "cpu" | "webgpu" | "cuda" | "coreml" | "dml";

/** What is asked for; `"auto"` leaves it open. */
export interface EngineWish {
  engine?: "auto" | EngineName | undefined;
  device?: "auto" | DeviceName | undefined;
}

/** Milliseconds of one small training step on the processor, by engine. */
export interface Calibration {
  tensorflow: number;
  onnx: number;
}

/**
 * The fastest first: graphics processors, then processors.
 *
 * Core ML and DirectML stand behind the CPU, since the one takes parts of graphs only and the other gets
 * no updates any more: they are for those who name them.
 */
const ranking = [
  "tensorflow cuda",
  "onnx cuda",
  "webgpu webgpu",
  "onnx webgpu",
  "onnx cpu",
  "tensorflow cpu",
  "onnx coreml",
  "onnx dml",
  "cpu cpu",
];

const place = ({ name, device }: EngineCandidate) => `${name} ${device}`;
const isOnProcessor = ({ device }: EngineCandidate) => device === "cpu";

/** Whether everything is left open. */
export function isOpen({ engine = "auto", device = "auto" }: EngineWish): boolean {
  return engine === "auto" && device === "auto";
}

/**
 * The engines that are really there and as wished, the fastest first.
 *
 * An adapter in software is no graphics processor: it comes only where its device is named, or an engine
 * that has nothing else.
 * Without a calibration, the compiled engine stands before TensorFlow on the processor.
 *
 * @throws {PapilioError} if there is none, with what is missing and the remedy.
 *
 * @example
 * ```ts
 * import { rankEngines } from "papilio/engine/choose.ts";
 * const create = () => Promise.reject(new Error("not here"));
 * const cpu = { name: "cpu", device: "cpu", description: "tfjs", isGpu: false, create } as const;
 * const onnx = { ...cpu, name: "onnx" } as const;
 * console.assert(rankEngines([cpu, onnx], {})[0] === onnx);
 * ```
 */
export function rankEngines(
  candidates: readonly EngineCandidate[],
  wish: EngineWish,
  calibration?: Calibration,
): EngineCandidate[] {
  const { engine = "auto", device = "auto" } = wish;
  const wished = candidates.filter((candidate) =>
    (engine === "auto" || candidate.name === engine) &&
    (device === "auto" || candidate.device === device)
  );
  const here = wished.filter(({ absence }) => !absence);
  const fit = here.filter((candidate) => candidate.isGpu || isOnProcessor(candidate));
  const isNamed = device !== "auto" || (engine !== "auto" && fit.length === 0);
  const present = isNamed ? here : fit;
  if (present.length === 0) throw noEngine(wish, wished);
  const isTensorflowFaster = calibration && calibration.tensorflow < calibration.onnx;
  const rank = (candidate: EngineCandidate) => {
    const own = ranking.indexOf(place(candidate));
    return isTensorflowFaster && place(candidate) === "tensorflow cpu" ? own - 1.5 : own;
  };
  return present.sort((a, b) => rank(a) - rank(b));
}

/** Whether the choice falls between TensorFlow and the compiled engine, both on the processor. */
export function needsCalibration(
  candidates: readonly EngineCandidate[],
  wish: EngineWish,
): boolean {
  const [first, second] = rankEngines(candidates, wish);
  return first !== undefined && second !== undefined &&
    place(first) === "onnx cpu" && place(second) === "tensorflow cpu";
}

/** What was found and not chosen, in words: `"also here: cpu; not here: onnx cuda (no driver)"`. */
export function describeOthers(
  candidates: readonly EngineCandidate[],
  chosen: EngineCandidate,
): string {
  const others = candidates.filter((candidate) => candidate !== chosen);
  const here = others.filter(({ absence }) => !absence)
    .map((candidate) =>
      isSoftware(candidate) ? `${title(candidate)} in software` : title(candidate)
    );
  // What this system never has (Core ML on Linux) is no news.
  const missing = others.filter(({ device }) => device !== "coreml" && device !== "dml")
    .flatMap((candidate) => candidate.absence ? [{ ...candidate.absence, ...candidate }] : []);
  const byReason = Object.entries(Object.groupBy(missing, ({ reason }) => reason))
    .map(([reason, those = []]) => `${those.map(title).join(", ")} (${reason})`);
  return [
    ...(here.length > 0 ? [`also here: ${here.join(", ")}`] : []),
    ...(byReason.length > 0 ? [`not here: ${byReason.join(", ")}`] : []),
  ].join("; ");
}

const isSoftware = ({ device, isGpu }: EngineCandidate) => device === "webgpu" && !isGpu;
const title = ({ name, device }: EngineCandidate) => name === device ? name : `${name} ${device}`;

function noEngine(
  { engine = "auto", device = "auto" }: EngineWish,
  wished: readonly EngineCandidate[],
): PapilioError {
  const absences = wished.flatMap(({ absence }) => absence ? [absence] : []);
  const unique = (texts: string[]) => [...new Set(texts)];
  const open = [engine, device].map((name) => name === "auto" ? "any" : name);
  return new PapilioError({
    cannot: `compute with engine ${open[0]} on device ${open[1]}`,
    expected: "one that is on this machine",
    got: unique(absences.map(({ reason }) => reason)).join("; ") ||
      (wished.length > 0 ? "none that is fit for it" : "a pair that does not exist"),
    remedy: unique(absences.map(({ remedy }) => remedy)).join(" ") ||
      "`deno task doctor` lists what is there.",
  });
}
