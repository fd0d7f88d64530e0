import { expect } from "expect";
import { join } from "@std/path";
import { calibrated } from "papilio/engine/calibration.ts";
import type { EngineCandidate, EngineName } from "papilio/engine/candidate.ts";
import {
  describeOthers,
  type EngineWish,
  needsCalibration,
  rankEngines,
} from "papilio/engine/choose.ts";
import type { Engine } from "papilio/engine/engine.ts";
import { listEngines, openEngine } from "papilio/engine/open_engine.ts";
import { inFolder } from "../data/_files.ts";

/** `"onnx webgpu"`; with `~` an adapter in software, with `!` one that is not here. */
function candidate(text: string): EngineCandidate {
  const [name = "", device = ""] = text.replace(/[~!]$/, "").split(" ");
  const isAbsent = text.endsWith("!");
  return {
    name: name as EngineName,
    device,
    description: `${name} on ${device}`,
    isGpu: device !== "cpu" && !text.endsWith("~") && !isAbsent,
    ...(isAbsent ? { absence: { reason: `no ${text}`, remedy: `Get ${name}.` } } : {}),
    create: () => Promise.resolve({ dispose: () => Promise.resolve() } as Engine),
  };
}

const machine = (...texts: string[]) => texts.map(candidate);
const titles = (candidates: readonly EngineCandidate[]) =>
  candidates.map(({ name, device }) => `${name} ${device}`);
const order = (texts: string[], wish: EngineWish = {}) =>
  titles(rankEngines(machine(...texts), wish));

const everything = [
  "cpu cpu",
  "onnx dml",
  "onnx coreml",
  "onnx cpu",
  "onnx webgpu",
  "webgpu webgpu",
  "onnx cuda",
  "tensorflow cuda",
];

Deno.test("choice: graphics processors before processors, each the fastest first", () => {
  expect(order(everything).slice(0, 5)).toEqual([
    "tensorflow cuda",
    "onnx cuda",
    "webgpu webgpu",
    "onnx webgpu",
    "onnx cpu",
  ]);
});

Deno.test("choice: whatever is missing, the first is the best of what is there", () => {
  const best = [
    "tensorflow cuda",
    "onnx cuda",
    "webgpu webgpu",
    "onnx webgpu",
    "onnx cpu",
    "cpu cpu",
  ];
  for (let mask = 1; mask < 2 ** best.length; mask++) {
    const texts = best.map((text, index) => mask & 2 ** index ? text : `${text}!`);
    const expected = texts.filter((text) => !text.endsWith("!"));
    expect(order(texts.toReversed())).toEqual(expected);
  }
});

Deno.test("choice: an adapter in software is chosen only by name", () => {
  const texts = ["onnx webgpu~", "webgpu webgpu~", "onnx cpu", "cpu cpu"];
  expect(order(texts)).toEqual(["onnx cpu", "cpu cpu"]);
  expect(order(texts, { engine: "webgpu" })).toEqual(["webgpu webgpu"]);
  expect(order(texts, { device: "webgpu" })).toEqual(["webgpu webgpu", "onnx webgpu"]);
  expect(order(texts, { engine: "onnx" })).toEqual(["onnx cpu"]);
  expect(order(texts, { engine: "onnx", device: "webgpu" })).toEqual(["onnx webgpu"]);
});

Deno.test("choice: what is named and missing is an error with its reason and remedy", () => {
  const candidates = machine("onnx cuda!", "tensorflow cuda!", "onnx cpu");
  expect(() => rankEngines(candidates, { device: "cuda" })).toThrow(
    "Cannot compute with engine any on device cuda: expected one that is on this machine, " +
      "got no onnx cuda!; no tensorflow cuda!. Get onnx. Get tensorflow.",
  );
  expect(() => rankEngines(candidates, { engine: "webgpu", device: "cuda" })).toThrow(
    /got a pair that does not exist. `deno task doctor`/,
  );
});

Deno.test("choice: the processor's two are measured only where both are and nothing is faster", () => {
  const both = machine("tensorflow cpu", "onnx cpu", "cpu cpu");
  expect(needsCalibration(both, {})).toBe(true);
  expect(needsCalibration(both, { device: "cpu" })).toBe(true);
  expect(needsCalibration(both, { engine: "onnx" })).toBe(false);
  expect(needsCalibration(machine("tensorflow cpu!", "onnx cpu", "cpu cpu"), {})).toBe(false);
  expect(needsCalibration([...both, candidate("webgpu webgpu")], {})).toBe(false);
  expect(needsCalibration([...both, candidate("webgpu webgpu~")], {})).toBe(true);
  const first = (tensorflow: number, onnx: number) =>
    titles(rankEngines(both, {}, { tensorflow, onnx }))[0];
  expect([first(20, 30), first(30, 20)]).toEqual(["tensorflow cpu", "onnx cpu"]);
});

Deno.test("choice: what else was found is said, what this system never has is not", () => {
  const candidates = machine("onnx cpu", "cpu cpu", "webgpu webgpu~", "onnx cuda!", "onnx dml!");
  const [chosen = candidate("cpu cpu")] = candidates;
  expect(describeOthers(candidates, chosen)).toBe(
    "also here: cpu, webgpu in software; not here: onnx cuda (no onnx cuda!)",
  );
});

Deno.test("calibration: measured once, kept by versions and threads, and again if damaged", async () => {
  await inFolder(async (folder) => {
    const both = machine("tensorflow cpu", "onnx cpu");
    let count = 0;
    const time = () => Promise.resolve(++count);
    const notes: string[] = [];
    const measure = (threads: number) =>
      calibrated(both, { folder, threads, time, note: (text) => void notes.push(text) });
    expect(await measure(2)).toEqual({ tensorflow: 1, onnx: 2 });
    expect(await measure(2)).toEqual({ tensorflow: 1, onnx: 2 });
    expect(await measure(4)).toEqual({ tensorflow: 3, onnx: 4 });
    expect(notes.length).toBe(4);
    const path = join(folder, "calibration.json");
    for (const damaged of ["{", '{"a": {"onnx": 3}}', "[]"]) {
      await Deno.writeTextFile(path, damaged);
      const before = count;
      expect(await measure(2)).toEqual({ tensorflow: before + 1, onnx: before + 2 });
      expect(await measure(2)).toEqual({ tensorflow: before + 1, onnx: before + 2 });
    }
  });
});

Deno.test("calibration: an engine that does not work leaves the question open", async () => {
  await inFolder(async (folder) => {
    const time = () => Promise.reject(new Error("out of order"));
    const both = machine("tensorflow cpu", "onnx cpu");
    expect(await calibrated(both, { folder, time })).toBeUndefined();
  });
});

Deno.test("open engine: by name, and a name that is not here", async () => {
  const notes: string[] = [];
  const engine = await openEngine({ engine: "cpu", note: (text) => void notes.push(text) });
  expect(engine.name).toBe("cpu");
  await engine.dispose();
  expect(notes.join()).toMatch(/^Engine: tfjs .*, backend cpu, as asked$/);
  await expect(openEngine({ engine: "onnx", device: "dml" })).rejects.toThrow(
    /Cannot compute with engine onnx on device dml: .*DirectML is there on Windows/,
  );
});

Deno.test("open engine: every engine is listed, here or with what is missing", async () => {
  const engines = await listEngines();
  expect(new Set(engines.map(({ name }) => name))).toEqual(
    new Set(["tensorflow", "webgpu", "onnx", "cpu"]),
  );
  for (const { absence } of engines) if (absence) expect(absence.remedy).not.toBe("");
});
