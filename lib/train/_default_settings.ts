import { type Config, parseConfig } from "papilio/core/config.ts";

/** Whether a field has the value that it has without a word. */
export function isDefault(config: Config, path: readonly string[]): boolean {
  return JSON.stringify(at(config, path)) === JSON.stringify(at(defaults(), path));
}

function at(config: Config, path: readonly string[]): unknown {
  return path.reduce<unknown>((below, key) => (below as Record<string, unknown>)[key], config);
}

let known: Config | undefined;

const defaults = () => known ??= parseConfig({}, "defaults");
