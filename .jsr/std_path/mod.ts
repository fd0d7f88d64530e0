/**
 * Stand-in for `jsr:@std/path` where JSR is out of reach: the same names and meanings, by `node:path`.
 *
 * Remove the `links` line in `deno.json` to use the published package instead.
 */
import * as path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const {
  basename,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  relative,
  resolve,
} = path;
export const SEPARATOR = path.sep;
export const DELIMITER = path.delimiter;

/** The path of a `file:` URL. */
export function fromFileUrl(url: string | URL): string {
  return fileURLToPath(url);
}

/** The `file:` URL of a path. */
export function toFileUrl(filePath: string): URL {
  return pathToFileURL(filePath);
}
