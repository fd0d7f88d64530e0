import { Buffer } from "node:buffer";
import sharp from "sharp";
import { counted } from "papilio/core/text.ts";
import { compact } from "papilio/notebook/compact.ts";
import { UNITS_PER_INCH } from "papilio/report/svg.ts";

/** What a front end takes of an output: the same thing in one or more media types. */
export interface Bundle {
  data: Record<string, string>;
  metadata: Record<string, unknown>;
}

/** PNG bytes, Markdown, or a polars frame. */
export type Showable = Uint8Array | string | Frame;

/** As much of a polars frame as is needed to show it. */
export interface Frame {
  toRecords(): Record<string, unknown>[];
}

export interface ShowOptions {
  /** Names a place: what is shown there again, also by another cell, takes the place of what stood. */
  place?: string;
}

const MOST_ROWS = 20;

/** Places of this kernel in which something stands already. */
const taken = new Set<string>();

/**
 * Shows a figure, a text or a table below the running cell.
 *
 * Await it: what is still on its way when the cell ends may be lost.
 *
 * @throws {Error} outside of a notebook's kernel.
 */
export async function show(thing: Showable, { place }: ShowOptions = {}): Promise<void> {
  const bundle = await toBundle(thing);
  const isUpdate = place !== undefined && taken.has(place);
  if (place !== undefined) taken.add(place);
  const transient = place === undefined ? {} : { display_id: place };
  const type = isUpdate ? "update_display_data" : "display_data";
  await Deno.jupyter.broadcast(type, { ...bundle, transient });
}

/** What `show` sends to the front end. */
export async function toBundle(thing: Showable): Promise<Bundle> {
  if (typeof thing === "string") return { data: { "text/markdown": thing }, metadata: {} };
  if (!(thing instanceof Uint8Array)) return { data: tableData(thing.toRecords()), metadata: {} };
  const { width, height, density = UNITS_PER_INCH } = await sharp(thing).metadata();
  const shown = {
    width: Math.round(width * UNITS_PER_INCH / density),
    height: Math.round(height * UNITS_PER_INCH / density),
  };
  const { type, bytes } = await compact(thing);
  return {
    data: {
      [type]: Buffer.from(bytes).toString("base64"),
      "text/plain": `figure, ${width}×${height} pixels`,
    },
    metadata: { [type]: shown },
  };
}

function tableData(rows: readonly Record<string, unknown>[]): Record<string, string> {
  const names = Object.keys(rows[0] ?? {});
  const shown = rows.slice(0, MOST_ROWS).map((row) => names.map((name) => cellText(row[name])));
  const cells = (tag: string, texts: readonly string[]) =>
    `<tr>${texts.map((text) => `<${tag}>${escapeHtml(text)}</${tag}>`).join("")}</tr>`;
  const left = rows.length - shown.length;
  const more = left > 0 ? `<p>and ${counted(left, "more row")}</p>` : "";
  const body = shown.map((row) => cells("td", row)).join("");
  return {
    "text/html": `<table><thead>${cells("th", names)}</thead><tbody>${body}</tbody></table>${more}`,
    "text/plain": [names, ...shown].map((row) => row.join("\t")).join("\n"),
  };
}

/** Numbers with four digits behind the point at most; nothing for what is missing. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "number" ? String(Number(value.toFixed(4))) : String(value);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
