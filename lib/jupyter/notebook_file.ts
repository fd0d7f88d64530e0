import { basename } from "@std/path";
import { z } from "zod";
import { PapilioError } from "papilio/core/errors.ts";
import { writeFileAtomically } from "papilio/core/files.ts";

/** A text, as one string or as lines with their ends: both occur in files. */
const multiline = z.union([z.string(), z.array(z.string())]);
const anyObject = z.record(z.string(), z.unknown());
const count = z.number().int().nonnegative().nullable();

const outputSchema = z.discriminatedUnion("output_type", [
  z.strictObject({ output_type: z.literal("stream"), name: z.string(), text: multiline }),
  z.strictObject({ output_type: z.literal("display_data"), data: anyObject, metadata: anyObject }),
  z.strictObject({
    output_type: z.literal("execute_result"),
    execution_count: count,
    data: anyObject,
    metadata: anyObject,
  }),
  z.strictObject({
    output_type: z.literal("error"),
    ename: z.string(),
    evalue: z.string(),
    traceback: z.array(z.string()),
  }),
]);

const cellId = z.string().regex(
  /^[a-zA-Z0-9_-]{1,64}$/,
  "an id is 1 to 64 of a-z, A-Z, 0-9, - and _",
);
const anyCell = { id: cellId, metadata: anyObject, source: multiline };
const attachments = anyObject.optional();

const cellSchema = z.discriminatedUnion("cell_type", [
  z.strictObject({ cell_type: z.literal("markdown"), ...anyCell, attachments }),
  z.strictObject({ cell_type: z.literal("raw"), ...anyCell, attachments }),
  z.strictObject({
    cell_type: z.literal("code"),
    ...anyCell,
    execution_count: count,
    outputs: z.array(outputSchema),
  }),
]);

/** Front ends pick the kernel by this, and the formatter the language. */
const metadataSchema = z.looseObject({
  kernelspec: z.looseObject({ name: z.literal("deno") }),
  language_info: z.looseObject({ name: z.literal("typescript") }),
});

const notebookSchema = z.strictObject({
  nbformat: z.literal(4),
  nbformat_minor: z.number().int().min(5, "older than nbformat 4.5, where cells got their ids"),
  metadata: metadataSchema,
  cells: z.array(cellSchema).refine(
    (cells) => new Set(cells.map((cell) => cell.id)).size === cells.length,
    "two cells have the same id",
  ),
});

/** What a cell shows, as nbformat stores it. */
export type Output = z.output<typeof outputSchema>;
export type Cell = z.output<typeof cellSchema>;
export type CodeCell = Extract<Cell, { cell_type: "code" }>;
/** A notebook in the form nbformat 4.5. */
export type Notebook = z.output<typeof notebookSchema>;

/** The notebook in this text; `name` stands in the error. */
export function parseNotebook(text: string, name: string): Notebook {
  const result = notebookSchema.safeParse(parseJson(text, name));
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) =>
    `${path.join(".") || "at the top"}: ${message}`
  );
  throw notANotebook(name, issues.join("; "));
}

/** @throws {PapilioError} if the file is no notebook of nbformat 4.5; it says where it differs. */
export async function readNotebook(path: string): Promise<Notebook> {
  return parseNotebook(await Deno.readTextFile(path), basename(path));
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw notANotebook(name, `no JSON (${error instanceof Error ? error.message : error})`);
  }
}

function notANotebook(name: string, got: string): PapilioError {
  return new PapilioError({
    cannot: `read the notebook ${name}`,
    expected: "Jupyter's nbformat 4.5, for Deno's kernel",
    got,
    remedy: "Save it again from Jupyter or VS Code, or restore it from the repository.",
  });
}

/** The file's text as Jupyter itself writes it: sorted keys, texts as lines, one space of indent. */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) => ({
    ...cell,
    source: toLines(cell.source),
    ...cell.cell_type === "code" ? { outputs: cell.outputs.map(outputInLines) } : {},
  }));
  return `${JSON.stringify(sortKeys({ ...notebook, cells }), null, 1)}\n`;
}

export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  await writeFileAtomically(path, formatNotebook(notebook));
}

/** A text that may be stored as lines. */
export function textOf(text: string | readonly string[]): string {
  return typeof text === "string" ? text : text.join("");
}

/** The cells that run: code cells that are not empty. */
export function codeCells(notebook: Notebook): CodeCell[] {
  return notebook.cells.filter((cell): cell is CodeCell =>
    cell.cell_type === "code" && textOf(cell.source).trim() !== ""
  );
}

/** Media types whose texts are stored as lines. */
const typesInLines = /^(text\/.*|image\/svg\+xml|application\/javascript)$/;

function outputInLines(output: Output): Output {
  if (output.output_type === "stream") return { ...output, text: toLines(output.text) };
  if (output.output_type === "error") return output;
  const data = Object.entries(output.data).map(([type, value]) => [
    type,
    typeof value === "string" && typesInLines.test(type) ? toLines(value) : value,
  ]);
  return { ...output, data: Object.fromEntries(data) };
}

function toLines(text: string | readonly string[]): string[] {
  return textOf(text).match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([key, below]) => [key, sortKeys(below)]));
}
