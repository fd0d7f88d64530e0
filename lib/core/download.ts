import { createHash } from "node:crypto";
import { dirname } from "@std/path";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { type Progress, startProgress } from "papilio/core/progress.ts";

/** What is known of a file before it is downloaded: each that is given is checked. */
export interface FileFacts {
  sizeBytes?: number | undefined;
  /** In hexadecimal. */
  sha256?: string | undefined;
  /** In hexadecimal. */
  md5?: string | undefined;
}

/** How a download is done. */
export interface DownloadOptions extends FileFacts {
  /** Hears how far it is; `totalBytes` is what the server says, if it says it. */
  progress?: ((doneBytes: number, totalBytes: number | undefined) => void) | undefined;
  /** Failures in a row, without a byte gained, after which it gives up. */
  attempts?: number;
  /** Wait before the second attempt; it doubles with each. */
  retryDelayMs?: number;
  /** A connection that is silent for so long has failed. */
  stallTimeoutMs?: number;
}

/** The network failed in a way that another attempt may mend. */
class NetworkFailure extends Error {}

/**
 * Downloads a file, which appears under its name only when it is whole and checked.
 *
 * Until then it is `<path>.partial`, and a later call goes on where this one was stopped, if the server
 * can (HTTP Range); otherwise from the beginning. A file that is there already, with the size and the
 * hashes given, is left as it is.
 *
 * @throws {PapilioError} if the server refuses, the network fails for good, or the size or a hash is
 * another than the one given; a file with a wrong size or hash is removed.
 */
export async function downloadFile(
  url: string,
  path: string,
  options: DownloadOptions = {},
): Promise<void> {
  if (await exists(path) && await differenceOf(path, options) === null) return;
  const partial = `${path}.partial`;
  await Deno.mkdir(dirname(path), { recursive: true });
  await fetchWithRetries(url, partial, options);
  // Another process may have finished the same download meanwhile, and taken the partial file with it.
  if (!await exists(partial) && await exists(path)) return;
  const difference = await differenceOf(partial, options);
  if (difference !== null) {
    await Deno.remove(partial);
    throw wrongFile(url, difference);
  }
  await Deno.rename(partial, path);
}

/**
 * The bar of a download in megabytes: give its `progress` to `downloadFile`, and stop it after.
 *
 * A file below a megabyte, or of unknown size, has none.
 */
export function downloadBar(label: string): {
  progress: (doneBytes: number, totalBytes: number | undefined) => void;
  stop: () => void;
} {
  const megabytes = (bytes: number) => Math.round(bytes / 1e6);
  let bar: Progress | undefined;
  return {
    progress(doneBytes, totalBytes) {
      if (totalBytes === undefined || totalBytes < 1e6) return;
      const start = megabytes(doneBytes);
      bar ??= startProgress(label, megabytes(totalBytes), { unit: "MB", start });
      bar.update(start);
    },
    stop: () => bar?.stop(),
  };
}

async function fetchWithRetries(
  url: string,
  partial: string,
  options: DownloadOptions,
): Promise<void> {
  const { attempts = 5, retryDelayMs = 1000 } = options;
  for (let failures = 0;;) {
    const sizeBefore = await sizeOf(partial);
    try {
      return await fetchRest(url, partial, options);
    } catch (error) {
      if (!(error instanceof NetworkFailure)) throw error;
      failures = await sizeOf(partial) > sizeBefore ? 1 : failures + 1;
      if (failures >= attempts) throw gaveUp(url, await sizeOf(partial), error);
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs * 2 ** (failures - 1)));
    }
  }
}

/** Appends what is missing to the partial file. */
async function fetchRest(url: string, partial: string, options: DownloadOptions): Promise<void> {
  const offset = await sizeOf(partial);
  if (offset > 0 && offset === options.sizeBytes) return;
  const stall = stallTimer(options.stallTimeoutMs ?? 60_000);
  try {
    const response = await request(url, offset, stall.signal);
    if (response.status === 416) return await leaveOrStartAgain(response, partial, offset);
    const { start, totalBytes } = rangeOf(response);
    if (start > offset) throw new NetworkFailure(`the server skipped to byte ${start}`);
    const end = await writeBody(response, partial, start, (doneBytes) => {
      stall.reset();
      options.progress?.(doneBytes, totalBytes);
    });
    if (totalBytes !== undefined && end < totalBytes) {
      throw new NetworkFailure(`the connection closed at ${end} of ${totalBytes} bytes`);
    }
  } finally {
    stall.stop();
  }
}

async function request(url: string, offset: number, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = { "Accept-Encoding": "identity" };
  if (offset > 0) headers.Range = `bytes=${offset}-`;
  const response = await orNetworkFailure(() => fetch(url, { headers, signal }), signal);
  if (response.ok || response.status === 416) return response;
  await response.body?.cancel();
  const status = `${response.status} ${response.statusText}`.trim();
  const isPassing = response.status >= 500 || [408, 425, 429].includes(response.status);
  if (isPassing) throw new NetworkFailure(`the server answered ${status}`);
  throw new PapilioError({
    cannot: `download ${url}`,
    expected: "a file at this address",
    got: `the server's answer ${status}`,
    remedy: "Look whether the address is still right in a browser, or use a mirror.",
  });
}

/** A 416 says that nothing follows the partial file: it is whole, or belongs to another version. */
async function leaveOrStartAgain(
  response: Response,
  partial: string,
  offset: number,
): Promise<void> {
  await response.body?.cancel();
  const total = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
  if (Number(total) === offset) return;
  await Deno.remove(partial);
  throw new NetworkFailure("the server's file is shorter than the part that was here");
}

/** Where the body begins in the file, and the size of the whole file. */
function rangeOf(response: Response): { start: number; totalBytes: number | undefined } {
  if (response.status === 206) {
    const range = /bytes (\d+)-\d+\/(\d+|\*)/.exec(response.headers.get("content-range") ?? "");
    if (range === null) throw new NetworkFailure("the server sent a part without saying which");
    return { start: Number(range[1]), totalBytes: range[2] === "*" ? undefined : Number(range[2]) };
  }
  const length = response.headers.get("content-length");
  return { start: 0, totalBytes: length === null ? undefined : Number(length) };
}

/** Writes the body at its place in the file; returns where it ended. */
async function writeBody(
  response: Response,
  partial: string,
  start: number,
  heard: (doneBytes: number) => void,
): Promise<number> {
  const file = await Deno.open(partial, { write: true, create: true });
  try {
    if (start === 0 && (await file.stat()).size > 0) await file.truncate();
    await file.seek(start, Deno.SeekMode.Start);
    let end = start;
    const reader = response.body?.getReader();
    while (reader) {
      const { done, value } = await orNetworkFailure(() => reader.read());
      if (done) break;
      await writeAll(file, value);
      end += value.length;
      heard(end);
    }
    return end;
  } finally {
    file.close();
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    written += await file.write(bytes.subarray(written));
  }
}

async function orNetworkFailure<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    const reason = signal?.aborted ? signal.reason : error;
    throw new NetworkFailure(fullMessageOf(reason), { cause: error });
  }
}

/** With its cause: `fetch failed` alone tells nobody why. */
function fullMessageOf(error: unknown): string {
  const hasCause = error instanceof Error && error.cause instanceof Error;
  return hasCause ? `${error.message} (${messageOf(error.cause)})` : messageOf(error);
}

function stallTimer(timeoutMs: number) {
  const controller = new AbortController();
  const abort = () => controller.abort(new Error(`nothing came for ${timeoutMs / 1000} s`));
  let timer = setTimeout(abort, timeoutMs);
  return {
    signal: controller.signal,
    /** Also closes a connection that was left in the middle; one that has ended does not mind. */
    stop() {
      clearTimeout(timer);
      controller.abort();
    },
    reset() {
      clearTimeout(timer);
      timer = setTimeout(abort, timeoutMs);
    },
  };
}

/** What about a file is not as it should be, or null. */
async function differenceOf(
  path: string,
  facts: FileFacts,
): Promise<{ expected: string; got: string } | null> {
  const sizeBytes = await sizeOf(path);
  if (facts.sizeBytes !== undefined && sizeBytes !== facts.sizeBytes) {
    return { expected: `${facts.sizeBytes} bytes`, got: `${sizeBytes} bytes` };
  }
  for (const algorithm of ["sha256", "md5"] as const) {
    const expected = facts[algorithm];
    if (expected === undefined) continue;
    const got = await hashOfFile(path, algorithm);
    if (got !== expected) {
      return { expected: `${algorithm} ${expected}`, got: `${algorithm} ${got}` };
    }
  }
  return null;
}

/** The hash of a file in hexadecimal, read as a stream. */
export async function hashOfFile(path: string, algorithm: "sha256" | "md5"): Promise<string> {
  const hash = createHash(algorithm);
  const file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return hash.digest("hex");
}

async function sizeOf(path: string): Promise<number> {
  return await exists(path) ? (await Deno.stat(path)).size : 0;
}

function wrongFile(url: string, difference: { expected: string; got: string }): PapilioError {
  return new PapilioError({
    cannot: `use the download of ${url}`,
    ...difference,
    remedy: "The file was removed. Try again; if it stays so, the published file has changed, or " +
      "something on the way alters it.",
  });
}

function gaveUp(url: string, doneBytes: number, cause: NetworkFailure): PapilioError {
  return new PapilioError({
    cannot: `download ${url}`,
    expected: "a connection that holds",
    got: `after ${doneBytes} bytes: ${cause.message}`,
    remedy: "Check the network and give the command again; it goes on where it stopped.",
    cause,
  });
}
