import { cpus } from "node:os";
import { statfs } from "node:fs/promises";
import { join } from "@std/path";
import { cacheFolder, exists, sortedNames } from "papilio/core/files.ts";
import { counted } from "papilio/core/text.ts";
import { pinned, version } from "papilio/core/version.ts";
import type { Check, Finding } from "papilio/doctor/check.ts";
import { kernelspecFile } from "papilio/jupyter/kernelspec.ts";
import denoJson from "../../deno.json" with { type: "json" };

const gibibytes = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
const ok = (text: string) => ({ state: "ok", text }) as const;

export const versions: Check = {
  name: "versions",
  look: () =>
    Promise.resolve(ok([
      `papilio ${version}`,
      `deno ${Deno.version.deno}`,
      `V8 ${Deno.version.v8}`,
      `tfjs ${pinned("@tensorflow/tfjs")}`,
      `onnxruntime-node ${pinned("onnxruntime-node")}`,
      `sharp ${pinned("sharp")}`,
      `polars ${pinned("nodejs-polars")}`,
    ].join(", "))),
};

export const processor: Check = {
  name: "processor",
  look: () => {
    const { os, arch } = Deno.build;
    const count = navigator.hardwareConcurrency;
    const threads = counted(count, "thread");
    return Promise.resolve(ok(`${cpus()[0]?.model ?? "unknown"}, ${threads}, ${os} ${arch}`));
  },
};

/** A training step of the preset `laptop` takes so much. */
const memoryWanted = 3 * 2 ** 30;

export const memory: Check = {
  name: "memory",
  look: () => {
    const { total, available } = Deno.systemMemoryInfo();
    const text = `${gibibytes(total)}, of which ${gibibytes(available)} are free`;
    if (available >= memoryWanted) return Promise.resolve(ok(text));
    const remedy = "Close other programs, or train with smaller batches: --phase2.batch-size 2.";
    return Promise.resolve({ state: "note", text, remedy });
  },
};

/** NVIDIA's own word on its cards; other makers' stand with the engines. */
export const nvidia: Check = {
  name: "NVIDIA driver",
  async look() {
    const answer = await askNvidia();
    if (!answer) return ok("none (no nvidia-smi)");
    const text = new TextDecoder().decode(answer.stdout).trim();
    if (answer.success) return ok(text.replaceAll("\n", "; "));
    return { state: "note", text: "nvidia-smi fails", remedy: "Install NVIDIA's driver anew." };
  },
};

/** Nothing where there is no such program. */
async function askNvidia(): Promise<Deno.CommandOutput | undefined> {
  try {
    return await new Deno.Command("nvidia-smi", {
      args: ["--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"],
      stderr: "null",
    }).output();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Jupyter's entry of Deno's kernel. */
export function kernel(env: (name: string) => string | undefined = Deno.env.get): Check {
  const remedy = "Run `deno task lab` once; `deno task notebooks` does without it.";
  return {
    name: "notebook kernel",
    async look() {
      const file = kernelspecFile(Deno.build.os, env);
      if (!await exists(file)) return { state: "note", text: `not installed (${file})`, remedy };
      const { argv: [program = ""] = [] } = JSON.parse(await Deno.readTextFile(file));
      if (await exists(program)) return ok(`${file} starts ${program}`);
      return { state: "note", text: `${file} starts ${program}, which is gone`, remedy };
    },
    remedy,
  };
}

export function weights(folder: string = cacheFolder("weights")): Check {
  return {
    name: "ImageNet weights",
    async look() {
      const names = await exists(folder) ? await sortedNames(folder) : [];
      const whole = names.filter((name) => name.endsWith(".h5"));
      if (whole.length > 0) return ok(`${whole.join(", ")} in ${folder}`);
      return {
        state: "note",
        text: `none in ${folder}`,
        remedy:
          "They are downloaded by the first training that wants them; without a network, put " +
          "the file there, or give --encoder-weights none.",
      };
    },
  };
}

/** Whether an address answers in time; being offline is no fault. */
export function address(name: string, url: string, use: string): Check {
  return {
    name,
    async look() {
      try {
        const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(3000) });
        await response.body?.cancel();
        return ok(`${url} answers`);
      } catch (error) {
        if (error instanceof Deno.errors.NotCapable) throw error;
        const why = error instanceof DOMException ? "no answer within 3 s" : "no connection";
        const text = `${url}: ${why}`;
        return {
          state: "note",
          text,
          remedy: `It is needed for nothing but ${use}; look at proxy and firewall.`,
        };
      }
    },
  };
}

export const links: Check = {
  name: "@std/path",
  look: () => {
    const { links = [] } = denoJson as { links?: string[] };
    return Promise.resolve(
      links.length > 0
        ? ok(`served by ${links.join(", ")} (the line links in deno.json); JSR is not needed`)
        : ok("from JSR"),
    );
  },
};

/** Less is soon full with a data set, runs and their predictions. */
const diskWanted = 2 * 2 ** 30;

/** That a folder can be written to, and how much goes into it. */
export function folder(name: string, path: string, isEssential: boolean): Check {
  return {
    name,
    failure: isEssential ? "problem" : "note",
    remedy: `Give yourself the right to write to ${path}, or choose another folder` +
      (isEssential ? " with --out." : " by PAPILIO_CACHE."),
    async look() {
      const isNew = !await exists(path);
      await Deno.mkdir(path, { recursive: true });
      const probe = join(path, `.doctor-${Deno.pid}`);
      try {
        await Deno.writeTextFile(probe, "");
        await Deno.remove(probe);
        return await freeSpace(path);
      } finally {
        if (isNew) await Deno.remove(path).catch(() => {}); // It was there for the look alone.
      }
    },
  };
}

async function freeSpace(path: string): Promise<Omit<Finding, "name">> {
  const { bavail, bsize } = await statfs(path);
  const text = `${path} can be written to, ${gibibytes(bavail * bsize)} are free`;
  if (bavail * bsize >= diskWanted) return ok(text);
  return {
    state: "note",
    text,
    remedy: "Make room: a run with its predictions takes up to 2 GiB.",
  };
}
