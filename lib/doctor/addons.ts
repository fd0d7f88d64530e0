import { messageOf } from "papilio/core/errors.ts";
import type { Check } from "papilio/doctor/check.ts";

/** A library with code for the processor, and a small piece of work that shows that it loads. */
export interface Addon {
  name: string;
  load(): Promise<unknown>;
  /** What does not work without it. */
  use: string;
  isEssential: boolean;
}

/** The libraries that the project loads. */
export const addons: readonly Addon[] = [
  {
    name: "onnxruntime-node",
    load: async () => (await import("onnxruntime-node")).listSupportedBackends(),
    use: "training and export",
    isEssential: true,
  },
  {
    name: "sharp",
    load: async () => {
      const { default: sharp } = await import("sharp");
      const blank = { width: 1, height: 1, channels: 3, background: "black" } as const;
      return await sharp({ create: blank }).png().toBuffer();
    },
    use: "reading and writing images",
    isEssential: true,
  },
  {
    name: "nodejs-polars",
    load: async () => (await import("nodejs-polars")).default.DataFrame({ x: [1] }),
    use: "manifests",
    isEssential: true,
  },
  {
    name: "resvg",
    load: async () => {
      const { Resvg } = await import("@resvg/resvg-js");
      return new Resvg('<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>').render();
    },
    use: "charts",
    isEssential: false,
  },
  {
    name: "h5wasm",
    load: async () => await (await import("h5wasm")).ready,
    use: "ImageNet weights",
    isEssential: false,
  },
];

/** Whether this process may load libraries at all: they hide that reason behind words of their own. */
async function isAllowed(): Promise<boolean> {
  const states = await Promise.all(
    (["ffi", "sys"] as const).map((name) => Deno.permissions.query({ name })),
  );
  return states.every(({ state }) => state === "granted");
}

/** That each library loads. */
export function addonChecks(which: readonly Addon[] = addons): Check[] {
  return which.map(({ name, load, use, isEssential }) => ({
    name: `library ${name}`,
    async look() {
      try {
        await load();
        return { state: "ok", text: "loads" };
      } catch (error) {
        const first = messageOf(error).split("\n").find((line) => line.trim() !== "") ?? "";
        return {
          state: isEssential ? "problem" : "note",
          text: `does not load, and ${use} need it: ${first.trim()}`,
          remedy: await isAllowed()
            ? "Remove the folder node_modules, then run `deno install` with a network."
            : "Start it with `deno task doctor`, which gives the permissions.",
        };
      }
    },
  }));
}
