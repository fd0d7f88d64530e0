import { fromFileUrl, join } from "@std/path";
import { present } from "papilio/core/assert.ts";
import { cacheFolder } from "papilio/core/files.ts";
import { addonChecks } from "papilio/doctor/addons.ts";
import type { Check } from "papilio/doctor/check.ts";
import * as machine from "papilio/doctor/machine.ts";
import type { EngineWish } from "papilio/engine/choose.ts";

export interface DoctorOptions extends EngineWish {
  /** Whether to time a small network. */
  benchmark?: boolean;
  /** Where packages come from; npm's own registry if not given. */
  registry?: string;
}

const root = fromFileUrl(new URL("../../", import.meta.url));

/** All checks, in the order in which they are shown. */
export function allChecks(options: DoctorOptions = {}): Check[] {
  const libraries = addonChecks().map(remembered);
  const engineLibrary = present(libraries.find(({ name }) => name === "library onnxruntime-node"));
  const registry = options.registry ?? Deno.env.get("NPM_CONFIG_REGISTRY") ??
    "https://registry.npmjs.org/";
  return [
    machine.versions,
    machine.processor,
    machine.memory,
    machine.nvidia,
    ...libraries,
    engines(engineLibrary),
    machine.folder("outputs", join(root, "outputs"), true),
    machine.folder("cache", cacheFolder(), false),
    machine.weights(),
    machine.kernel(),
    machine.links,
    machine.address("npm registry", registry, "the first installation"),
    machine.address("JSR", "https://jsr.io/", "@std/path, once the line `links` is removed"),
    ...(options.benchmark === false ? [] : [benchmark(options, engineLibrary)]),
  ];
}

/** A check that looks once, however often it is asked. */
function remembered(check: Check): Check {
  let found: ReturnType<Check["look"]> | undefined;
  return { ...check, look: () => found ??= check.look() };
}

/** The engines' code is loaded by its check: a library that is broken must not keep the doctor away. */
const engineChecks = () => import("papilio/doctor/engines.ts");

/** Unless the library that they load is broken: it may end the process. */
async function unlessBroken(library: Check, look: Check["look"]): ReturnType<Check["look"]> {
  const isSound = [await library.look()].flat().every(({ state }) => state === "ok");
  if (isSound) return await look();
  return { state: "problem", text: `not looked at: ${library.name} does not load` };
}

function engines(library: Check): Check {
  return {
    name: "engine",
    failure: "problem",
    look: () => unlessBroken(library, async () => (await engineChecks()).engines().look()),
  };
}

function benchmark(wish: EngineWish, library: Check): Check {
  return {
    name: "benchmark",
    failure: "problem",
    remedy: "Give another --engine; the line of this one above says what it needs.",
    look: () => unlessBroken(library, async () => (await engineChecks()).benchmark(wish).look()),
  };
}
