import { extname, join } from "@std/path";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { sortedNames } from "papilio/core/files.ts";

/** What is taken for a photo by its name; its content decides how it is decoded. */
const PHOTO_EXTENSIONS = new Set([
  ...[".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".tif", ".tiff", ".avif"],
  ...[".heic", ".heif", ".bmp", ".jp2"],
]);

/** The photos below a folder, and what else was there. */
export interface FolderListing {
  /** Below the folder, with `/` between names, sorted. */
  photos: string[];
  /** Files that are no photos by their extension. Hidden files are not counted. */
  skipped: string[];
}

/**
 * Lists the photos below a folder and its subfolders, links included.
 *
 * Hidden files and folders (and macOS' `._` files) are passed over, and so is `excluded`, for masks
 * that are written below the folder of photos. A folder reached twice, by a link or a loop of links, is
 * read once. A broken link with a photo's name is listed, and so is a subfolder that cannot be read:
 * reading it will say what is wrong.
 *
 * @throws {PapilioError} if the folder itself cannot be read.
 */
export async function listPhotos(folder: string, excluded?: string): Promise<FolderListing> {
  const visited = new Set<string>();
  if (excluded !== undefined) visited.add(await realPathOr(excluded));
  const listing: FolderListing = { photos: [], skipped: [] };
  await walk(folder, "", visited, listing);
  listing.photos.sort();
  return listing;
}

async function walk(
  folder: string,
  prefix: string,
  visited: Set<string>,
  listing: FolderListing,
): Promise<void> {
  const real = await realPathOr(folder);
  if (visited.has(real)) return;
  visited.add(real);
  for (const name of await namesOf(folder)) {
    const path = join(folder, name);
    const relativePath = prefix + name;
    if (await isFolder(path)) {
      await walk(path, `${relativePath}/`, visited, listing)
        .catch(() => listing.photos.push(relativePath));
    } else if (PHOTO_EXTENSIONS.has(extname(name).toLowerCase())) {
      listing.photos.push(relativePath);
    } else {
      listing.skipped.push(relativePath);
    }
  }
}

async function namesOf(folder: string): Promise<string[]> {
  try {
    return await sortedNames(folder, ({ name }) => !name.startsWith("."));
  } catch (error) {
    throw new PapilioError({
      cannot: `list the photos in ${folder}`,
      expected: "a folder that can be read",
      got: messageOf(error),
      remedy: "Check the path and its permissions.",
      cause: error,
    });
  }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isDirectory;
  } catch {
    return false; // A broken or circular link.
  }
}

async function realPathOr(path: string): Promise<string> {
  return await Deno.realPath(path).catch(() => path);
}
