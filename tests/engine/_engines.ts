import type { EngineCandidate } from "papilio/engine/candidate.ts";
import { findOnnx } from "papilio/engine/compiled/devices.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import { findTensorflow } from "papilio/engine/eager/tensorflow.ts";
import { findWebgpu } from "papilio/engine/eager/webgpu.ts";
import type { Engine } from "papilio/engine/engine.ts";

// The engines that the tests of their contract run on: all that this machine has.

export interface TestedEngine {
  /** `"webgpu"`, `"onnx cpu"` */
  title: string;
  /** Takes seconds for one step of a U-Net. */
  isSlow: boolean;
  create(): Promise<Engine>;
}

/** `REQUIRE_ENGINES=webgpu,tensorflow` makes the absence of one of these a failure. */
const requiredEngines = (Deno.env.get("REQUIRE_ENGINES") ?? "")
  .split(",").filter((name) => name !== "");

const cpu: EngineCandidate = {
  name: "cpu",
  device: "cpu",
  description: "TensorFlow.js, CPU",
  isGpu: false,
  create: () => EagerEngine.create("cpu"),
};

const candidates = [
  cpu,
  ...await findOnnx(),
  ...await findWebgpu(),
  ...await findTensorflow(),
];

const titleOf = ({ name, device }: EngineCandidate) => name === device ? name : `${name} ${device}`;

/** ONNX Runtime's other devices are known to work only when they are tried: where they are asked for. */
const isTested = (candidate: EngineCandidate) =>
  candidate.name !== "onnx" || candidate.device === "cpu" ||
  requiredEngines.includes(titleOf(candidate));

export const testedEngines: readonly TestedEngine[] = candidates
  .filter((candidate) => !candidate.absence && isTested(candidate))
  .map((candidate) => ({
    title: titleOf(candidate),
    isSlow: candidate.name === "cpu" || candidate.device === "webgpu" && !candidate.isGpu,
    create: () => candidate.create({ threads: 1 }),
  }));

/** What is not tested, and why. */
export const absentEngines: readonly { title: string; reason: string }[] = candidates
  .flatMap((candidate) => {
    if (!candidate.absence && isTested(candidate)) return [];
    const reason = candidate.absence?.reason ?? "tested if REQUIRE_ENGINES names it";
    return [{ title: titleOf(candidate), reason }];
  });

/** Those of `REQUIRE_ENGINES` that nothing here is; `"tensorflow"` is met on any device. */
export const missingEngines: readonly string[] = requiredEngines.filter((wanted) =>
  !testedEngines.some(({ title }) => title === wanted || title.split(" ")[0] === wanted)
);

/** A test of each engine, with one that is closed afterwards. */
export function testEngines(
  what: string,
  work: (engine: Engine, tested: TestedEngine) => Promise<void>,
): void {
  for (const tested of testedEngines) {
    Deno.test(`${tested.title}: ${what}`, async () => {
      const engine = await tested.create();
      await work(engine, tested).finally(() => engine.dispose());
    });
  }
}
