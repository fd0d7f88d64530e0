import { dirname, join, resolve } from "@std/path";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";

export interface OutputOptions {
  /** That names another place: `"--out"`. */
  option?: string | undefined;
}

/**
 * Makes a folder to write to, and proves that it can be written.
 *
 * @throws {PapilioError} if it cannot.
 */
export async function makeOutputFolder(path: string, options: OutputOptions = {}): Promise<void> {
  try {
    await proveWritable(path);
  } catch (error) {
    throw await cannotWrite(path, path, { ...options, error });
  }
}

/**
 * Proves that a folder can be made and written, and leaves no trace: for before work that takes long.
 *
 * @throws {PapilioError} if it cannot.
 *
 * @example
 * ```ts
 * import { checkOutputFolder } from "papilio/core/output.ts";
 * const refusal = await checkOutputFolder("/proc/papilio", { option: "--out" }).catch(String);
 * if (Deno.build.os === "linux") console.assert(refusal?.includes("Give another place with --out."));
 * ```
 */
export async function checkOutputFolder(path: string, options: OutputOptions = {}): Promise<void> {
  await checkFolder(path, path, options);
}

/**
 * As `checkOutputFolder`, for a file.
 *
 * @throws {PapilioError} if it cannot be written, or is a folder.
 */
export async function checkOutputFile(path: string, options: OutputOptions = {}): Promise<void> {
  const status = await Deno.stat(path).catch(() => undefined);
  if (status?.isDirectory) {
    throw refusal(path, { ...options, expected: "the name of a file", got: "a folder" });
  }
  await checkFolder(dirname(resolve(path)), path, options);
}

/**
 * As `checkOutputFolder`, for one that is put in its place as a whole: its parent has to be writable too.
 *
 * @throws {PapilioError} if one of them is not.
 */
export async function checkNewFolder(path: string, options: OutputOptions = {}): Promise<void> {
  await checkFolder(path, path, options);
  await checkFolder(dirname(resolve(path)), path, options);
}

/** `named` is what the error is about. */
async function checkFolder(path: string, named: string, options: OutputOptions): Promise<void> {
  const missing: string[] = [];
  try {
    missing.push(...await missingFolders(path));
    await proveWritable(path);
  } catch (error) {
    throw await cannotWrite(path, named, { ...options, error });
  } finally {
    // One that another process has begun to fill stays.
    for (const folder of missing) await Deno.remove(folder).catch(() => {});
  }
}

/** The folders that would have to be made, innermost first. */
async function missingFolders(path: string): Promise<string[]> {
  const missing: string[] = [];
  let folder = resolve(path);
  while (!await exists(folder) && folder !== dirname(folder)) {
    missing.push(folder);
    folder = dirname(folder);
  }
  return missing;
}

let probeCount = 0;

async function proveWritable(path: string, triesLeft = 3): Promise<void> {
  const probe = join(path, `.papilio-${Deno.pid}-${probeCount++}.partial`);
  try {
    await Deno.mkdir(path, { recursive: true });
    await Deno.writeFile(probe, new Uint8Array(1));
    await Deno.remove(probe);
  } catch (error) {
    // Another process that checks the same folder may have taken it away again.
    if (!(error instanceof Deno.errors.NotFound) || triesLeft <= 1) throw error;
    await proveWritable(path, triesLeft - 1);
  }
}

async function cannotWrite(
  path: string,
  named: string,
  { error, ...options }: OutputOptions & { error: unknown },
): Promise<PapilioError> {
  const expected = "a folder that can be written";
  return refusal(named, { ...options, expected, got: await reasonOf(error, path), cause: error });
}

async function reasonOf(error: unknown, path: string): Promise<string> {
  const { code } = error as { code?: unknown };
  if (code === "EROFS") return "a read-only file system";
  const { NotCapable, PermissionDenied } = Deno.errors;
  const isForbidden = error instanceof PermissionDenied || error instanceof NotCapable;
  if (isForbidden) return "no permission to write there";
  let folder = resolve(path);
  const statusOf = (path: string) => Deno.stat(path).catch(() => undefined);
  while (!await statusOf(folder) && folder !== dirname(folder)) folder = dirname(folder);
  const isFolder = (await statusOf(folder))?.isDirectory;
  if (!isFolder) return `a file at ${folder}`;
  if (error instanceof Deno.errors.NotFound) return `${folder}, in which none can be made`;
  return messageOf(error);
}

function refusal(
  path: string,
  { option, expected, got, cause }: OutputOptions & {
    expected: string;
    got: string;
    cause?: unknown;
  },
): PapilioError {
  return new PapilioError({
    cannot: `write to ${path}`,
    expected,
    got,
    remedy: option === undefined ? "Give another place." : `Give another place with ${option}.`,
    cause,
  });
}
