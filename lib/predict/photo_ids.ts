import crc32c from "crc-32/crc32c";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";

/** Names that Windows keeps for devices, with or without an extension. */
const RESERVED_NAME = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
/** File systems allow 255 bytes; the id's files add up to 40 to it while they are written. */
const MAXIMUM_BYTES = 150;

/**
 * A unique id for each photo, from its path below the folder given (`/` between names); it names the
 * photo's folder and files, so it is safe on every file system.
 *
 * The rule: the extension is dropped and folders are joined by `__`, so `wings/a 1.jpg` becomes
 * `wings__a 1`. Characters that a file system may refuse become `_`. If that changed a name, made it
 * too long, or gave two photos the same id (`a.jpg` and `a.png`; on some file systems also `A.jpg`),
 * each of these gets `-` and eight digits that depend on its own path alone.
 *
 * @example
 * ```ts
 * import { photoIds } from "papilio/predict/photo_ids.ts";
 * console.assert(photoIds(["wings/a 1.jpg", "b.jpg"]).join() === "wings__a 1,b");
 * ```
 */
export function photoIds(relativePaths: readonly string[]): string[] {
  return safeIds(
    relativePaths.map((path) => ({ name: withoutExtension(path).replaceAll("/", "__"), path })),
  );
}

/** As `photoIds`, for names that are given, such as the ids of a data set's cases. */
export function safeIds(items: readonly { name: string; path: string }[]): string[] {
  const uses = new Map<string, number>();
  const safe = items.map(({ name }) => toSafeName(name));
  for (const id of safe) uses.set(folded(id), (uses.get(folded(id)) ?? 0) + 1);
  const ids = safe.map((id, index) => {
    const { name, path } = present(items[index]);
    return id === name && uses.get(folded(id)) === 1 ? id : `${id}-${digits(path)}`;
  });
  checkUnique(ids, items.map(({ path }) => path));
  return ids;
}

function checkUnique(ids: readonly string[], paths: readonly string[]): void {
  const owners = new Map<string, string>();
  ids.forEach((id, index) => {
    const path = present(paths[index]);
    const owner = owners.get(folded(id));
    if (owner !== undefined) throw sameId(id, owner, path);
    owners.set(folded(id), path);
  });
}

function sameId(id: string, first: string, second: string): PapilioError {
  return new PapilioError({
    cannot: "name the masks",
    expected: "a name of its own for each photo",
    got: `"${id}" for both ${first} and ${second}`,
    remedy: "Rename one of the two photos.",
  });
}

function withoutExtension(path: string): string {
  return path.replace(/(?<=[^/])\.[^./]*$/, "");
}

function toSafeName(name: string): string {
  const safe = name
    // deno-lint-ignore no-control-regex
    .replace(/[<>:"/\\|?*\u0000-\u001f\u007f]/g, "_")
    .replace(/^\.+|[. ]+$/g, "_");
  return shorten(RESERVED_NAME.test(safe) || safe === "" ? `_${safe}` : safe);
}

function shorten(name: string): string {
  let short = name;
  while (new TextEncoder().encode(short).length > MAXIMUM_BYTES) {
    short = [...short].slice(0, -1).join("");
  }
  return short;
}

/** As a file system sees a name that takes `A` and `a`, or the two ways to write `é`, as one. */
function folded(id: string): string {
  return id.normalize("NFC").toLowerCase();
}

function digits(path: string): string {
  return (crc32c.str(path) >>> 0).toString(16).padStart(8, "0");
}
