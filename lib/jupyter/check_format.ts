import { basename } from "@std/path";
import { PapilioError } from "papilio/core/errors.ts";
import { writeFileAtomically } from "papilio/core/files.ts";
import { runDeno } from "papilio/jupyter/_deno.ts";

/**
 * The notebooks that are not formatted as the project at `root` formats.
 *
 * `deno fmt --check` itself says so of nearly every notebook: it compares each cell with one that has a
 * line's end added, which it strips when it writes.
 */
export async function unformattedNotebooks(
  paths: readonly string[],
  root: string,
): Promise<string[]> {
  const found: string[] = [];
  for (const path of paths) {
    if (await Deno.readTextFile(path) !== await formatted(path, root)) found.push(path);
  }
  return found;
}

/** @throws {PapilioError} naming the notebooks that are not formatted. */
export async function checkFormat(paths: readonly string[], root: string): Promise<void> {
  const names = (await unformattedNotebooks(paths, root)).map((path) => basename(path));
  if (names.length === 0) return;
  throw new PapilioError({
    cannot: "accept the notebooks",
    expected: "cells as Deno's formatter writes them",
    got: `others in ${names.join(", ")}`,
    remedy: `Format them: deno task notebooks ${names.join(" ")} --format`,
  });
}

/** Formats the cells of those that need it; returns their paths. */
export async function formatNotebooks(paths: readonly string[], root: string): Promise<string[]> {
  const changed = await unformattedNotebooks(paths, root);
  for (const path of changed) await writeFileAtomically(path, await formatted(path, root));
  return changed;
}

async function formatted(path: string, root: string): Promise<string> {
  const stdin = await Deno.readTextFile(path);
  const result = await runDeno(["fmt", "--ext", "ipynb", "-"], { cwd: root, stdin });
  if (result.succeeded) return result.stdout;
  throw new PapilioError({
    cannot: `format ${basename(path)}`,
    expected: "cells of correct TypeScript and Markdown",
    got: result.stderr.trim(),
    remedy: "Correct the cell that is named here.",
  });
}
