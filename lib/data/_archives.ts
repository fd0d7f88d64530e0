import { crc32 } from "node:zlib";
import { dirname, join } from "@std/path";
import { extract, type ReadEntry } from "tar";
// @ts-types="npm:@types/yauzl@3.4.0"
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { messageOf, PapilioError } from "papilio/core/errors.ts";

/** Tar warnings that leave every file as it should be. */
const harmlessTarCodes = ["TAR_ENTRY_INFO", "TAR_ENTRY_UNSUPPORTED"];
const plainTarTypes = ["File", "OldFile", "ContiguousFile", "Directory", "GNUDumpDir"];

/**
 * Unpacks a `.zip`, or else a tar archive (`.tar.gz`), into a folder; nothing is written outside it.
 *
 * @throws {PapilioError} for a broken archive, and for one with an entry that is a link or a device, or
 * whose path is absolute or has `..` in it; the message names the entry.
 */
export async function extractArchive(archive: string, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  try {
    if (archive.toLowerCase().endsWith(".zip")) await extractZip(archive, folder);
    else await extractTar(archive, folder);
  } catch (error) {
    throw isOfTheSystem(error) ? error : badArchive(archive, error);
  }
}

async function extractTar(archive: string, folder: string): Promise<void> {
  let failure: Error | undefined;
  const isFine = (name: string, entry: ReadEntry) => {
    const refusal = refusalOf(name, plainTarTypes.includes(entry.type));
    if (refusal !== null) failure ??= new Error(refusal);
    return failure === undefined;
  };
  await extract({
    file: archive,
    cwd: folder,
    filter: (name, entry) => isFine(name, entry as ReadEntry), // When extracting, never a Stats.
    onwarn(code, message, data) {
      if (harmlessTarCodes.includes(code)) return;
      failure ??= data instanceof Error ? data : new Error(String(message));
    },
  });
  if (failure) throw failure;
}

async function extractZip(archive: string, folder: string): Promise<void> {
  const zip = await openPromise(archive);
  try {
    for await (const entry of zip.eachEntry()) await extractZipEntry(zip, entry, folder);
  } finally {
    zip.close();
  }
}

async function extractZipEntry(zip: ZipFile, entry: Entry, folder: string): Promise<void> {
  const refusal = refusalOf(entry.fileName, !isZipLink(entry));
  if (refusal !== null) throw new Error(refusal);
  const path = join(folder, entry.fileName);
  if (entry.fileName.endsWith("/")) return await Deno.mkdir(path, { recursive: true });
  await Deno.mkdir(dirname(path), { recursive: true });
  const bytes = await zip.openReadStreamPromise(entry);
  await Deno.writeFile(path, ReadableStream.from(checkedBytes(bytes, entry)));
}

/** The bytes as they come, and an error at the end if they are not those that were packed. */
async function* checkedBytes(
  bytes: AsyncIterable<Uint8Array<ArrayBuffer>>,
  entry: Entry,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let checksum = 0;
  for await (const chunk of bytes) {
    checksum = crc32(chunk, checksum);
    yield chunk;
  }
  if (checksum !== entry.crc32) throw new Error(`entry ${entry.fileName} with a wrong checksum`);
}

/** The upper half of the attributes is the Unix mode; its file type says symbolic link. */
function isZipLink(entry: Entry): boolean {
  return ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}

/** Why an entry may not be written, or null. */
function refusalOf(name: string, isPlain: boolean): string | null {
  const path = name.replaceAll("\\", "/");
  if (!isPlain) return `entry ${name}, which is a link or a device`;
  if (path.startsWith("/") || /^[a-z]:/i.test(path)) return `entry ${name}, an absolute path`;
  if (path.split("/").includes("..")) return `entry ${name}, which leaves the folder`;
  return null;
}

/** Whether the machine failed (a full disk, missing rights) and not the archive. */
function isOfTheSystem(error: unknown): boolean {
  const isNode = error instanceof Error && "syscall" in error;
  return isNode || Object.values(Deno.errors).some((kind) => error instanceof kind);
}

function badArchive(archive: string, cause: unknown): PapilioError {
  return new PapilioError({
    cannot: `unpack ${archive}`,
    expected: "a whole archive of plain files and folders that stay in their folder",
    got: messageOf(cause),
    remedy: "The archive was removed. Download it again, or look at where it came from.",
    cause,
  });
}
