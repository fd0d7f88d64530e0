import { basename, join, toFileUrl } from "@std/path";
import { z } from "zod";
import { PapilioError } from "papilio/core/errors.ts";
import { runDeno } from "papilio/jupyter/_deno.ts";
import { codeCells, type Notebook, readNotebook, textOf } from "papilio/jupyter/notebook_file.ts";

/** The cells of a notebook as one module. */
export interface ExtractedModule {
  text: string;
  /** For each line of the text, where it stands in the notebook. */
  places: string[];
}

/** As much of `deno lint --json` as is needed; the type check, too, says what cannot be parsed. */
const lintSchema = z.looseObject({
  diagnostics: z.array(z.looseObject({
    filename: z.string(),
    range: z.looseObject({ start: z.looseObject({ line: z.number() }) }),
    message: z.string(),
    code: z.string(),
  })),
});

/**
 * Checks types and imports in the cells of notebooks, and lints them: the kernel itself does neither.
 *
 * Each notebook becomes one module in a temporary folder, under the settings of the project at `root`.
 *
 * @throws {PapilioError} with each fault, its notebook, cell and line.
 */
export async function checkCode(paths: readonly string[], root: string): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "papilio-cells-" }));
  try {
    const modules = new Map<string, ExtractedModule>();
    for (const path of paths) {
      const module = extractModule(await readNotebook(path), basename(path));
      const file = join(folder, basename(path, ".ipynb") + ".ts");
      await Deno.writeTextFile(file, module.text);
      modules.set(file, module);
    }
    const faults = [...await typeFaults(modules, root), ...await lintFaults(modules, root)];
    if (faults.length > 0) throw faulty(faults);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All code cells below one another. */
export function extractModule(notebook: Notebook, name: string): ExtractedModule {
  const lines = codeCells(notebook).flatMap(({ id, source }) =>
    textOf(source).split("\n").map((text, i) => ({
      text,
      place: `${name}, cell "${id}", line ${i + 1}`,
    }))
  );
  return {
    text: lines.map(({ text }) => `${text}\n`).join(""),
    places: lines.map(({ place }) => place),
  };
}

type Modules = ReadonlyMap<string, ExtractedModule>;

/** The compiler's faults are blocks of lines, parted by empty ones. */
async function typeFaults(modules: Modules, root: string): Promise<string[]> {
  const { succeeded, stderr } = await denoOn(["check"], modules, root);
  if (succeeded) return [];
  const blocks = stderr.replace(/^Check .*\n/gm, "").split(/\n{2,}/).map((block) => block.trim());
  const faults = blocks.filter((block) => /^TS\d+ |^error: (?!Type checking failed)/.test(block));
  return (faults.length > 0 ? faults : [stderr.trim()]).map((fault) => withPlaces(fault, modules));
}

async function lintFaults(modules: Modules, root: string): Promise<string[]> {
  const { stdout } = await denoOn(["lint", "--json"], modules, root);
  return lintSchema.parse(JSON.parse(stdout)).diagnostics
    .map(({ message, code, filename, range: { start } }) =>
      withPlaces(`${message} (${code})\n    at ${filename}:${start.line}:0`, modules)
    );
}

function denoOn(args: string[], modules: Modules, root: string) {
  return runDeno([...args, "--config", join(root, "deno.json"), ...modules.keys()], { cwd: root });
}

/** Puts the notebook, cell and line for each place in a module. */
function withPlaces(text: string, modules: Modules): string {
  let replaced = text;
  for (const [file, { places }] of modules) {
    const address = new RegExp(`${RegExp.escape(toFileUrl(file).href)}:(\\d+):\\d+`, "g");
    replaced = replaced.replace(address, (whole, line) => places[Number(line) - 1] ?? whole);
  }
  return replaced;
}

function faulty(faults: readonly string[]): PapilioError {
  return new PapilioError({
    cannot: "accept the notebooks",
    expected: "cells without faults",
    got: String(faults.length),
    remedy: `Correct the cells:\n${faults.join("\n")}`,
  });
}
