import { join } from "@std/path";
import { z } from "zod";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { runDeno } from "papilio/jupyter/_deno.ts";

/** What `deno jupyter --install` writes: the command by which front ends start the kernel. */
const specSchema = z.looseObject({ argv: z.array(z.string()).min(1) });

/** The entry of Deno's kernel in Jupyter's list for this user. */
export interface Kernelspec {
  /** Where it stands. */
  file: string;
  /** The program that it starts. */
  program: string;
  /** What had to be done. */
  change: "none" | "installed" | "repaired";
}

/** Where Deno puts its entry, by the system and its environment variables. */
export function kernelspecFile(
  os: typeof Deno.build.os,
  env: (name: string) => string | undefined,
): string {
  const home = env("HOME") ?? "";
  const data = os === "darwin"
    ? join(home, "Library", "Jupyter")
    : os === "windows"
    ? join(env("APPDATA") ?? "", "jupyter")
    : join(env("XDG_DATA_HOME") ?? join(home, ".local", "share"), "jupyter");
  return join(data, "kernels", "deno", "kernel.json");
}

/**
 * Installs Deno's kernel for this user, unless an entry is there whose program exists.
 *
 * Environment variables that are given hold instead of the process's own.
 *
 * @throws {PapilioError} if Deno cannot write it.
 */
export async function ensureKernelspec(
  variables: Record<string, string> = {},
): Promise<Kernelspec> {
  const env = (name: string) => variables[name] ?? Deno.env.get(name);
  const file = kernelspecFile(Deno.build.os, env);
  const isThere = await exists(file);
  const program = isThere ? await programOf(file) : undefined;
  if (program !== undefined && await exists(program)) return { file, program, change: "none" };
  const flags = isThere ? ["--install", "--force"] : ["--install"];
  const { stderr } = await runDeno(["jupyter", ...flags], { cwd: Deno.cwd(), env: variables });
  const installed = await programOf(file);
  if (installed === undefined) throw notInstalled(file, stderr);
  return { file, program: installed, change: isThere ? "repaired" : "installed" };
}

async function programOf(file: string): Promise<string | undefined> {
  try {
    return specSchema.parse(JSON.parse(await Deno.readTextFile(file))).argv[0];
  } catch {
    return undefined;
  }
}

function notInstalled(file: string, words: string): PapilioError {
  return new PapilioError({
    cannot: "install Deno's kernel for Jupyter",
    expected: `Deno to write ${file}`,
    got: words.trim(),
    remedy: "Look whether the folder may be written.",
  });
}
