import { extname, join, parse } from "@std/path";
import { messageOf, PapilioError } from "papilio/core/errors.ts";

/** What is taken for a picture by its name; whether it can be decoded is found out later. */
const IMAGE_EXTENSIONS = new Set(
  [".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".gif", ".tif", ".tiff", ".avif", ".bmp"]
    .concat([".heic", ".heif", ".jp2", ".pgm", ".pnm", ".ppm"]),
);

/** Left behind by operating systems: nobody's data. Names that begin with a dot are, too. */
const SYSTEM_FILES = new Set(["Thumbs.db", "desktop.ini"]);

/** The names in a folder, sorted, without hidden and system files; links are followed. */
export interface Listing {
  path: string;
  images: string[];
  folders: string[];
  /** Whatever is neither. */
  others: string[];
}

/** Lists a folder; one that does not exist is empty. */
export async function listFolder(path: string): Promise<Listing> {
  const listing: Listing = { path, images: [], folders: [], others: [] };
  for (const entry of await entriesOf(path)) {
    const { name } = entry;
    if (name.startsWith(".") || SYSTEM_FILES.has(name)) continue;
    if (await isFolder(path, entry)) listing.folders.push(name);
    else if (IMAGE_EXTENSIONS.has(extname(name).toLowerCase())) listing.images.push(name);
    else listing.others.push(name);
  }
  return listing;
}

/** The name without its extension. */
export function stemOf(name: string): string {
  return parse(name).name;
}

/** Sorted by code unit, so that the order is the same on every machine. */
async function entriesOf(path: string): Promise<Deno.DirEntry[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(path));
    return entries.sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return [];
    }
    throw new PapilioError({
      cannot: `list the folder ${path}`,
      expected: "one that can be read",
      got: messageOf(error),
      remedy: "Check its permissions.",
      cause: error,
    });
  }
}

async function isFolder(parent: string, entry: Deno.DirEntry): Promise<boolean> {
  if (!entry.isSymlink) return entry.isDirectory;
  try {
    return (await Deno.stat(join(parent, entry.name))).isDirectory;
  } catch {
    return false; // A broken or circular link: reading it will say so.
  }
}
