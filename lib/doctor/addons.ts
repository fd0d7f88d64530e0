import { fromFileUrl } from "@std/path";
import type { Check } from "papilio/doctor/check.ts";

/** A library with code for the processor, and a small piece of work that shows that it loads. */
export interface Addon {
  /** As in the imports of `deno.json`. */
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

/** How an attempt to load a library ended; nothing to say where it loads. */
type Attempt = (addon: Addon) => Promise<string | undefined>;

const thisFile = fromFileUrl(import.meta.url);
const root = fromFileUrl(new URL("../../", import.meta.url));

/** In a process of its own: a file that broke off while it was written ends the process that loads it. */
export const loadApart: Attempt = async ({ name }) => {
  const { success, signal, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "-P=doctor", thisFile, name],
    cwd: root,
    stdin: "null",
    stdout: "null",
    env: { NO_COLOR: "1" },
  }).output();
  if (success) return undefined;
  if (signal) return `its file is damaged (${signal})`;
  const lines = new TextDecoder().decode(stderr).split("\n").map((line) => line.trim());
  return lines.find((line) => /error/i.test(line)) ?? "it ends without a word";
};

/** That each library loads. */
export function addonChecks(
  which: readonly Addon[] = addons,
  attempt: Attempt = loadApart,
): Check[] {
  return which.map((addon) => ({
    name: `library ${addon.name}`,
    async look() {
      const failure = await attempt(addon);
      if (failure === undefined) return { state: "ok", text: "loads" };
      return {
        state: addon.isEssential ? "problem" : "note",
        text: `does not load, and ${addon.use} need it: ${failure}`,
        remedy: "Remove the folder node_modules, then run `deno install` with a network.",
      };
    },
  }));
}

if (import.meta.main) {
  const wanted = addons.find(({ name }) => name === Deno.args[0]);
  if (!wanted) throw new Error(`no library ${Deno.args[0]}`);
  await wanted.load();
}
