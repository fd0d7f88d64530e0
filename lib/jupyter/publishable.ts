import { toFileUrl } from "@std/path";
import { PapilioError } from "papilio/core/errors.ts";
import {
  codeCells,
  formatNotebook,
  type Notebook,
  type Output,
  textOf,
} from "papilio/jupyter/notebook_file.ts";

const mostOutputBytes = 300_000;
const mostNotebookBytes = 1_000_000;

/**
 * Checks that a notebook's outputs may be published: small enough, and without the paths of this machine.
 *
 * @throws {PapilioError} naming the cell.
 */
export function checkPublishable(
  name: string,
  notebook: Notebook,
  folders: readonly string[],
): void {
  for (const { id, outputs } of codeCells(notebook)) {
    const place = `${name}, cell "${id}"`;
    for (const output of outputs) {
      checkSize(output, place);
      checkPaths(output, folders, place);
    }
  }
  const sizeBytes = byteLength(formatNotebook(notebook));
  if (sizeBytes >= mostNotebookBytes) {
    throw tooLarge(name, "a notebook", sizeBytes, mostNotebookBytes);
  }
}

function checkSize(output: Output, place: string): void {
  const sizeBytes = byteLength(JSON.stringify(output));
  if (sizeBytes >= mostOutputBytes) throw tooLarge(place, "an output", sizeBytes, mostOutputBytes);
}

function checkPaths(output: Output, folders: readonly string[], place: string): void {
  for (const text of textsOf(output)) {
    const folder = folders.find((folder) => mentions(text, folder));
    if (folder === undefined) continue;
    throw new PapilioError({
      cannot: `publish the outputs of ${place}`,
      expected: "outputs that are the same on every machine",
      got: `the path of a folder of this one, ${folder}`,
      remedy: "Print a path relative to the project instead.",
    });
  }
}

/** Whether a text has the folder, as a path or an address, and not as the beginning of a longer name. */
function mentions(text: string, folder: string): boolean {
  const names = [folder, toFileUrl(folder).href].map((name) => RegExp.escape(name));
  return new RegExp(`(${names.join("|")})(?![\\p{L}\\p{N}_-])`, "u").test(text);
}

/** What may be read in an output; pictures are left out, whose letters mean nothing. */
function textsOf(output: Output): string[] {
  if (output.output_type === "stream") return [textOf(output.text)];
  if (output.output_type === "error") return [output.evalue, ...output.traceback];
  return Object.entries(output.data)
    .filter(([type]) => !/^image\/(?!svg)/.test(type))
    .map(([, value]) => typeof value === "string" ? value : textInside(value));
}

function textInside(value: unknown): string {
  if (Array.isArray(value) && value.every((line) => typeof line === "string")) return textOf(value);
  return JSON.stringify(value);
}

function tooLarge(
  place: string,
  thing: string,
  sizeBytes: number,
  limitBytes: number,
): PapilioError {
  const kilobytes = (bytes: number) => `${Math.round(bytes / 1000)} kB`;
  return new PapilioError({
    cannot: `publish the outputs of ${place}`,
    expected: `${thing} below ${kilobytes(limitBytes)}`,
    got: kilobytes(sizeBytes),
    remedy: "Show fewer or smaller figures, or shorter tables.",
  });
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length;
}
