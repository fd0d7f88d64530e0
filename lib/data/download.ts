import { join } from "@std/path";
import { downloadBar, downloadFile, type DownloadOptions } from "papilio/core/download.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists, isFolder, writeFileAtomically } from "papilio/core/files.ts";
import { checkNewFolder } from "papilio/core/output.ts";
import { extractArchive } from "papilio/data/_archives.ts";
import type { PublishedDataSet, PublishedFile } from "papilio/data/datasets.ts";

/** Says which data set a folder holds; it is there only when the set is whole. */
const markName = "source.json";

export interface GetOptions extends Pick<DownloadOptions, "attempts" | "retryDelayMs"> {
  /** A folder on the web that offers the same files under the same names. */
  mirror?: string;
  /** Hears what is done, line by line. */
  say?: (line: string) => void;
}

/**
 * Downloads a published data set, checks it and unpacks it into a folder.
 *
 * Archives lie in `<folder>.download` until the data set is whole, so that a later call goes on where
 * this one was stopped; `folder` appears at the end. A data set that is there already is left as it is.
 *
 * @throws {PapilioError} if the folder holds something else, a download fails (its message says how to
 * go on), a size or hash is wrong, or an archive is broken or unsafe.
 */
export async function getDataSet(
  dataSet: PublishedDataSet,
  folder: string,
  options: GetOptions = {},
): Promise<{ downloaded: boolean }> {
  const say = options.say ?? (() => {});
  const archives = `${folder}.download`;
  const unpacked = `${folder}.partial`;
  if (await isThere(dataSet, folder)) {
    // A kill after the set got its name, and before the end, has left these.
    for (const path of [archives, unpacked]) await removeIfThere(path);
    return { downloaded: false };
  }
  await checkNewFolder(folder, { option: "--to" });
  say(`${dataSet.title}\nLicence: ${dataSet.licence}`);
  for (const file of dataSet.files) await fetchArchive(dataSet, file, archives, options);
  await removeIfThere(unpacked);
  try {
    for (const { name } of dataSet.files) {
      say(`Unpacking ${name}`);
      await unpack(join(archives, name), unpacked);
    }
    await publish(dataSet, unpacked, folder);
  } finally {
    await removeIfThere(unpacked);
  }
  await removeIfThere(archives);
  return { downloaded: true };
}

async function isThere(dataSet: PublishedDataSet, folder: string): Promise<boolean> {
  if (!await isFolder(folder)) return false;
  const mark = await Deno.readTextFile(join(folder, markName)).catch(() => null);
  if (mark === markText(dataSet)) return true;
  if ((await Array.fromAsync(Deno.readDir(folder))).length === 0) return false;
  throw new PapilioError({
    cannot: `download ${dataSet.name} to ${folder}`,
    expected: "a new or empty folder",
    got: mark === null
      ? "a folder with other things in it"
      : `a folder with ${markName} of another set`,
    remedy: "Give another folder with --to.",
  });
}

function markText(dataSet: PublishedDataSet): string {
  const { name, title, licence, files } = dataSet;
  return `${JSON.stringify({ name, title, licence, files }, null, 2)}\n`;
}

async function fetchArchive(
  dataSet: PublishedDataSet,
  file: PublishedFile,
  archives: string,
  options: GetOptions,
): Promise<void> {
  const { mirror, say, ...settings } = options;
  const { name, sizeBytes, sha256, md5 } = file;
  if (sha256 === undefined && md5 === undefined) {
    say?.(`No checksum is published for ${name}; the archive's own checksums are checked`);
  }
  const url = mirror === undefined ? file.url : `${mirror.replace(/\/+$/, "")}/${name}`;
  const bar = downloadBar(name);
  try {
    const facts = { sizeBytes, sha256, md5, progress: bar.progress };
    await downloadFile(url, join(archives, name), { ...settings, ...facts });
  } catch (error) {
    throw error instanceof PapilioError ? withMirrors(error, dataSet) : error;
  } finally {
    bar.stop();
  }
}

function withMirrors(error: PapilioError, { mirrors }: PublishedDataSet): PapilioError {
  if (mirrors.length === 0) return error;
  const advice = `Or take a mirror: --mirror ${mirrors.join(" or ")}.`;
  return new PapilioError({ ...error.problem, remedy: `${error.problem.remedy} ${advice}` });
}

/** Unpacks an archive; one that is broken or unsafe is removed, so that it is not taken again. */
async function unpack(archive: string, folder: string): Promise<void> {
  try {
    await extractArchive(archive, folder);
  } catch (error) {
    if (error instanceof PapilioError) await Deno.remove(archive);
    throw error;
  }
}

/** Gives the data set its name. */
async function publish(dataSet: PublishedDataSet, unpacked: string, folder: string): Promise<void> {
  const root = await findRoot(dataSet, unpacked);
  await writeFileAtomically(join(root, markName), markText(dataSet));
  if (await exists(folder)) await Deno.remove(folder);
  await Deno.rename(root, folder);
}

/** The folder that holds the contents: the unpacked one, or one in it. */
async function findRoot(dataSet: PublishedDataSet, unpacked: string): Promise<string> {
  const entries = await Array.fromAsync(Deno.readDir(unpacked));
  const inside = entries.filter((entry) => entry.isDirectory).map(({ name }) =>
    join(unpacked, name)
  );
  for (const root of [unpacked, ...inside]) {
    const found = await Promise.all(dataSet.contents.map((name) => exists(join(root, name))));
    if (found.every(Boolean)) return root;
  }
  throw new PapilioError({
    cannot: `use the archives of ${dataSet.name}`,
    expected: `the folders ${dataSet.contents.join(" and ")} in them`,
    got: entries.map(({ name }) => name).sort().join(", ") || "nothing",
    remedy: "The publisher has changed the archives; unpack them by hand and name the layout.",
  });
}

async function removeIfThere(path: string): Promise<void> {
  if (await exists(path)) await Deno.remove(path, { recursive: true });
}
