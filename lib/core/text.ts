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
