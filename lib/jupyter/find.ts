import { basename, join } from "@std/path";
import { PapilioError } from "papilio/core/errors.ts";
import { sortedNames } from "papilio/core/files.ts";

/**
 * The paths of the notebooks in a folder that are meant: by number (`3`, `03`) or file name, in the order
 * given; all of them, in order, where none is named.
 *
 * @throws {PapilioError} for a name that fits none.
 */
export async function findNotebooks(folder: string, wanted: readonly string[]): Promise<string[]> {
  const names = await sortedNames(folder, ({ name, isFile }) => isFile && name.endsWith(".ipynb"));
  if (names.length === 0) throw notFound("a notebook in notebooks/", "none");
  const chosen = wanted.length === 0 ? names : wanted.map((name) => findOne(names, name));
  return [...new Set(chosen)].map((name) => join(folder, name));
}

function findOne(names: readonly string[], wanted: string): string {
  const file = basename(wanted);
  const found = names.find((name) =>
    /^\d+$/.test(wanted)
      ? parseInt(name) === Number(wanted)
      : [file, `${file}.ipynb`].includes(name)
  );
  if (found !== undefined) return found;
  throw notFound(`one out of ${names.join(", ")}`, `"${wanted}"`);
}

function notFound(expected: string, got: string): PapilioError {
  return new PapilioError({
    cannot: "find a notebook",
    expected,
    got,
    remedy: "Give its number or its file name.",
  });
}
