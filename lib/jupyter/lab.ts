import { DELIMITER, join } from "@std/path";
import { exists } from "papilio/core/files.ts";
import type { Kernelspec } from "papilio/jupyter/kernelspec.ts";

/** The programs that show notebooks in a browser, the better one first. */
const programs = ["jupyter-lab", "jupyter-notebook"];

/** The first of Jupyter's programs in the folders of a `PATH`; `undefined` if there is none. */
export async function findJupyter(
  pathVariable: string = Deno.env.get("PATH") ?? "",
  suffix: string = Deno.build.os === "windows" ? ".exe" : "",
): Promise<string | undefined> {
  const folders = pathVariable.split(DELIMITER).filter((folder) => folder !== "");
  const paths = programs.flatMap((name) => folders.map((folder) => join(folder, name + suffix)));
  for (const path of paths) if (await exists(path)) return path;
  return undefined;
}

/** Runs one of Jupyter's programs in a folder until it ends; returns its exit code. */
export async function runJupyter(program: string, folder: string, args: string[]): Promise<number> {
  const ignore = () => {}; // Ctrl-C is for Jupyter, which asks before it ends.
  Deno.addSignalListener("SIGINT", ignore);
  try {
    return (await new Deno.Command(program, { args, cwd: folder }).spawn().status).code;
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
  }
}

/** What a person should know of the kernel that front ends will start. */
export function describeKernelspec({ file, program, change }: Kernelspec): string {
  const what = {
    none: `Deno's kernel is installed (${file})`,
    installed: `Deno's kernel is now installed for this user (${file})`,
    repaired: `Deno's kernel pointed to a program that is gone; it is installed again (${file})`,
  }[change];
  const isInNpxCache = /[\\/]_npx[\\/]/.test(program);
  const warning = "It lies in the cache of npx: when that is emptied, run this command again.";
  return `${what} and starts ${program}.${isInNpxCache ? ` ${warning}` : ""}`;
}
