import denoJson from "../../deno.json" with { type: "json" };

/** Papilio's version; it stands in every model and run folder. */
export const version = "0.1.0";

/**
 * The version of a library as `deno.json` fixes it.
 *
 * @example
 * ```ts
 * import { pinned } from "papilio/core/version.ts";
 * console.assert(/^\d+\.\d+\.\d+$/.test(pinned("sharp")));
 * ```
 */
export function pinned(name: keyof typeof denoJson.imports): string {
  return denoJson.imports[name].split("@").at(-1) ?? "";
}
