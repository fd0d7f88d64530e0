import { dirname, join } from "@std/path";

let temporaryCount = 0;

/** A name beside `path` that no other file of this process, nor of another, has. */
function temporaryBeside(path: string): string {
  return `${path}.${Deno.pid}-${temporaryCount++}.partial`;
}

/**
 * Writes a file that appears under its name only when it is whole.
 *
 * The bytes go to a temporary file in the same folder, which is renamed at the end; a kill at any
 * moment leaves the old file or the new one. Missing folders are made.
 */
export async function writeFileAtomically(path: string, data: Uint8Array | string): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  await produceFileAtomically(path, (temporary) => Deno.writeFile(temporary, bytes));
}

/** As `writeFileAtomically`, for a writer that wants a path: `produce` writes to the path it is given. */
export async function produceFileAtomically(
  path: string,
  produce: (temporaryPath: string) => Promise<unknown>,
): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const temporary = temporaryBeside(path);
  try {
    await produce(temporary);
    const file = await Deno.open(temporary, { read: true, write: true });
    try {
      await file.syncData();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/** Whether something is at this path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}

/** Whether a folder is at this path. */
export async function isFolder(path: string): Promise<boolean> {
  return await exists(path) && (await Deno.stat(path)).isDirectory;
}

/** The names in a folder, sorted by code unit so that the order is the same on every machine. */
export async function sortedNames(
  folder: string,
  keep: (entry: Deno.DirEntry) => boolean = () => true,
): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) if (keep(entry)) names.push(entry.name);
  return names.sort();
}

/** A folder for things that may be downloaded again: `PAPILIO_CACHE`, else the system's own place. */
export function cacheFolder(...parts: string[]): string {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE") ?? ".";
  const base = Deno.env.get("PAPILIO_CACHE") ??
    join(
      Deno.env.get("XDG_CACHE_HOME") ?? Deno.env.get("LOCALAPPDATA") ?? join(home, ".cache"),
      "papilio",
    );
  return join(base, ...parts);
}
