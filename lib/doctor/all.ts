import { fromFileUrl, join } from "@std/path";
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
  const registry = options.registry ?? Deno.env.get("NPM_CONFIG_REGISTRY") ??
    "https://registry.npmjs.org/";
  return [
    machine.versions,
    machine.processor,
    machine.memory,
    machine.nvidia,
    ...addonChecks(),
    engines(),
    machine.folder("outputs", join(root, "outputs"), true),
    machine.folder("cache", cacheFolder(), false),
    machine.weights(),
    machine.kernel(),
    machine.links,
    machine.address("npm registry", registry, "the first installation"),
    machine.address("JSR", "https://jsr.io/", "@std/path where the line links was removed"),
    ...(options.benchmark === false ? [] : [benchmark(options)]),
  ];
}

/** The engines' code is loaded by its check: a library that is broken must not keep the doctor away. */
const engineChecks = () => import("papilio/doctor/engines.ts");

function engines(): Check {
  return {
    name: "engine",
    failure: "problem",
    look: async () => (await engineChecks()).engines().look(),
  };
}

function benchmark(wish: EngineWish): Check {
  return {
    name: "benchmark",
    failure: "problem",
    remedy: "Give another --engine; the line of this one above says what it needs.",
    look: async () => (await engineChecks()).benchmark(wish).look(),
  };
}
