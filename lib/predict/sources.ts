import { basename, dirname, extname, isAbsolute, relative, resolve, SEPARATOR } from "@std/path";
import { present } from "papilio/core/assert.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { counted } from "papilio/core/text.ts";
import { type LayoutName, readDataSet } from "papilio/data/layouts.ts";
import type { Case } from "papilio/data/case.ts";
import type { Split, SplitPart } from "papilio/data/split.ts";
import { listPhotos } from "papilio/predict/photo_folder.ts";
import { photoIds, safeIds } from "papilio/predict/photo_ids.ts";
import { casesOfRun } from "papilio/predict/run_cases.ts";

/** An image to predict. */
export interface Photo {
  /** Names its outputs; unique, and safe on every file system. */
  id: string;
  /** Whole path. */
  path: string;
}

/** What was found to predict. */
export interface PhotoSet {
  photos: Photo[];
  /** One line for people: what it is and how many. */
  description: string;
}

export interface InputOptions {
  /** `photos`: every photo below a folder; the name of a data set's layout; `auto` looks. */
  layout?: LayoutName | "auto" | "photos";
  /** Passed over, if it lies below the folder of photos. */
  out?: string;
}

/**
 * The photos of a part of the data that a run was trained on.
 *
 * @throws {PapilioError} if the run has no such part, or its data are gone.
 */
export async function photosOfRun(path: string, part: SplitPart): Promise<PhotoSet> {
  const elsewhere = "say with --input which photos to predict: a folder, a list or a photo";
  const split = await casesOfRun(path, { elsewhere });
  if (split[part].length === 0) throw emptyPart(path, part, split);
  return photosOfCases(split[part], `${part} split of ${path}`);
}

/**
 * The photos of a path: a data set, a folder of photos, a list (`.txt`, `.csv`), or one photo.
 *
 * Ids come from the cases of a data set, else from the paths below the folder, as `photoIds` says. For
 * a list that is the list's own folder, or the nearest one that holds all its photos.
 *
 * @throws {PapilioError} if there is nothing to predict.
 */
export async function photosAt(path: string, options: InputOptions = {}): Promise<PhotoSet> {
  const { layout = "auto", out } = options;
  if (await isFile(path)) {
    const isList = [".txt", ".csv"].includes(extname(path).toLowerCase());
    return isList ? await photosOfList(path) : photosOfPaths(dirname(path), [basename(path)], path);
  }
  if (layout === "photos") return await photosOfFolder(path, out);
  try {
    const { cases, layout: found } = await readDataSet(path, layout);
    return photosOfCases(cases, `data set ${path}, layout ${found}`);
  } catch (error) {
    if (layout === "auto" && error instanceof PapilioError) return await photosOfFolder(path, out);
    throw error;
  }
}

async function photosOfFolder(folder: string, out?: string): Promise<PhotoSet> {
  const { photos, skipped } = await listPhotos(folder, out);
  if (photos.length === 0) throw noPhotos(folder, describeSkipped(skipped) || "none");
  const others = skipped.length === 0 ? "" : `; skipped ${describeSkipped(skipped)}`;
  return photosOfPaths(folder, photos, `folder ${folder}`, others);
}

function describeSkipped(names: readonly string[]): string {
  if (names.length === 0) return "";
  const shown = names.slice(0, 3).join(", ") + (names.length > 3 ? ", …" : "");
  return `${counted(names.length, "other file")} (${shown})`;
}

async function photosOfList(path: string): Promise<PhotoSet> {
  const folder = dirname(path);
  const text = (await Deno.readTextFile(path)).replace(/^\ufeff/, "");
  const lines = text.split(/\r?\n/).map(unquote).filter((line) => line.trim() !== "");
  const listed = extname(path).toLowerCase() === ".csv" && lines[0] === "path"
    ? lines.slice(1)
    : lines;
  if (listed.length === 0) throw noPhotos(path, "no line");
  const paths = [...new Set(listed.map((line) => resolve(folder, line)))];
  const base = folderOfAll(resolve(folder), paths);
  return photosOfPaths(base, paths.map((photo) => relative(base, photo)), `list ${path}`);
}

/** The list's own folder, or the nearest one below which all the photos lie. */
function folderOfAll(listFolder: string, paths: readonly string[]): string {
  const holdsAll = (folder: string) => paths.every((path) => isBelow(folder, path));
  if (holdsAll(listFolder)) return listFolder;
  let folder = dirname(present(paths[0]));
  while (!holdsAll(folder) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

function isBelow(folder: string, path: string): boolean {
  const [first] = relative(folder, path).split(SEPARATOR);
  return first !== ".." && !isAbsolute(relative(folder, path));
}

/** A CSV field may stand in quotes. */
function unquote(line: string): string {
  return /^".*"$/.test(line) ? line.slice(1, -1).replaceAll('""', '"') : line;
}

function photosOfPaths(
  folder: string,
  relativePaths: readonly string[],
  source: string,
  note = "",
): PhotoSet {
  const ids = photoIds(relativePaths.map((path) => path.split(SEPARATOR).join("/")));
  const photos = relativePaths.map((path, index) => ({
    id: ids[index] as string,
    path: resolve(folder, path),
  }));
  return { photos, description: `${counted(photos.length, "photo")} (${source})${note}` };
}

function photosOfCases(cases: readonly Case[], source: string): PhotoSet {
  const ids = safeIds(cases.map(({ id, imagePath }) => ({ name: id, path: imagePath })));
  const photos = cases.map(({ imagePath }, index) => ({
    id: ids[index] as string,
    path: resolve(imagePath),
  }));
  return { photos, description: `${counted(photos.length, "photo")} (${source})` };
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    throw new PapilioError({
      cannot: "find photos to predict",
      expected: "a folder, a list or a photo",
      got: error instanceof Deno.errors.NotFound
        ? `nothing at ${path}`
        : `${path}: ${messageOf(error)}`,
      remedy: "Check the path.",
      cause: error,
    });
  }
}

function noPhotos(path: string, got: string): PapilioError {
  return new PapilioError({
    cannot: `find photos to predict in ${path}`,
    expected: "files such as .jpg, .png, .tif or .webp, or a list of such files",
    got,
    remedy: "Check the path; files with other extensions can be named in a list.",
  });
}

function emptyPart(path: string, part: SplitPart, split: Split): PapilioError {
  const choices = Object.entries(split).filter(([, { length }]) => length > 0)
    .map(([name, { length }]) => `${name} (${length})`).join(", ");
  return new PapilioError({
    cannot: `predict the ${part} split of ${path}`,
    expected: "at least one case in it",
    got: `none; the run has ${choices || "no cases"}`,
    remedy: "Choose a split with --split, or give other photos with --input.",
  });
}
