import { closest, distance } from "fastest-levenshtein";

/**
 * Rows of cells as lines of text, each column as wide as its widest cell; numbers may stand at the right.
 *
 * @example
 * ```ts
 * import { textTable } from "papilio/core/text.ts";
 * console.assert(textTable([["IoU", "0.9"], ["of", "1"]]) === "IoU  0.9\nof   1");
 * console.assert(textTable([["a", "10"], ["b", "1"]], { right: [1] }) === "a  10\nb   1");
 * ```
 */
export function textTable(
  rows: readonly (readonly string[])[],
  { right = [] }: { right?: readonly number[] } = {},
): string {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from(
    { length: columns },
    (_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const pad = (cell: string, column: number) =>
    right.includes(column)
      ? cell.padStart(widths[column] as number)
      : cell.padEnd(widths[column] as number);
  return rows.map((row) => row.map(pad).join("  ").trimEnd()).join("\n");
}

/**
 * A number of things.
 *
 * @example
 * ```ts
 * import { counted } from "papilio/core/text.ts";
 * console.assert(counted(1, "image") === "1 image" && counted(2, "image") === "2 images");
 * console.assert(counted(2, "class", "classes") === "2 classes");
 * ```
 */
export function counted(count: number, noun: string, nouns = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : nouns}`;
}

/**
 * A name of code as one of files.
 *
 * @example
 * ```ts
 * import { snakeCase } from "papilio/core/text.ts";
 * console.assert(snakeCase("boundaryF1") === "boundary_f1" && snakeCase("precision50") === "precision_50");
 * ```
 */
export function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
    .replace(/([a-z])(\d\d)$/, "$1_$2");
}

/**
 * A field's path as its option on the command line.
 *
 * @example
 * ```ts
 * import { optionName } from "papilio/core/text.ts";
 * console.assert(optionName(["phase1", "batchSize"]) === "--phase1.batch-size");
 * ```
 */
export function optionName(path: readonly string[]): string {
  return `--${kebabCase(path.join("."))}`;
}

/** `"phase1.batchSize"` as options are written: `"phase1.batch-size"`. */
export function kebabCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * An argument as a shell takes it for one word.
 *
 * @example
 * ```ts
 * import { quoted } from "papilio/core/text.ts";
 * console.assert(quoted("a b") === "'a b'" && quoted("a/b.png") === "a/b.png");
 * ```
 */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/**
 * The name that was meant, mostly, by one that is not known; nothing where none is near.
 *
 * @example
 * ```ts
 * import { nearestName } from "papilio/core/text.ts";
 * console.assert(nearestName("dise", ["bce", "dice"]) === "dice");
 * console.assert(nearestName("hinge", ["bce", "dice"]) === undefined);
 * ```
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const nearest = closest(name.toLowerCase(), known);
  const isNear = distance(name.toLowerCase(), nearest) <= Math.max(1, Math.floor(name.length / 3));
  return isNear ? nearest : undefined;
}
