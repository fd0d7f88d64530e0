import { Buffer } from "node:buffer";
import pl from "nodejs-polars";
import { messageOf } from "papilio/core/errors.ts";
import type { BinaryMask } from "papilio/data/case.ts";
import type { Size } from "papilio/data/masks.ts";
import type { AnnotationSink, SetOptions } from "papilio/annotation/format.ts";
import { notOfFormat } from "papilio/annotation/_parse.ts";
import { columnRuns, fillRuns, fromStartLengths, toStartLengths } from "papilio/annotation/rle.ts";
import { StreamedFile } from "papilio/annotation/_streamed_file.ts";

const HEADER = "ImageId,EncodedPixels";

/**
 * Begins a CSV file as the Data Science Bowl 2018 wanted it: a row for each object, `ImageId` and
 * `EncodedPixels`, pairs of start and length down the columns, from 1. A photo without objects is one
 * row with an empty cell. Where there are several classes, a third column `class` holds each object's;
 * what reads columns by their names passes over it, as over those of `stage1_solution.csv`.
 *
 * What the format cannot hold: sizes, borders finer than pixels.
 *
 * Source: kaggle.com/c/data-science-bowl-2018, "Evaluation", submission file.
 */
export function openDsbCsv(path: string, { classNames }: SetOptions): AnnotationSink {
  const hasClasses = classNames.length > 1;
  const file = new StreamedFile(path, `${HEADER}${hasClasses ? ",class" : ""}\n`);
  return {
    async add({ id, labels, regions, objects }) {
      const names = new Map(objects.map(({ label, className }) => [label, className]));
      const classCell = (label: number) => hasClasses ? `,${quoted(names.get(label) ?? "")}` : "";
      const rows = regions.flatMap(({ areaPx, box }, index) => {
        if (areaPx === 0) return [];
        return [toStartLengths(columnRuns(labels, index + 1, box)) + classCell(index + 1)];
      });
      const none = hasClasses ? "," : "";
      for (const row of rows.length === 0 ? [none] : rows) {
        await file.write(`${quoted(id)},${row}\n`);
      }
    },
    async finish() {
      await file.close();
    },
    abandon: (reason) => file.abandon(reason),
  };
}

/**
 * Reads such a file: the masks of each photo's objects, in the file's order.
 *
 * The file does not say how large a photo is: `sizeOf` does, by its id. Columns beside the two are
 * allowed, as in `stage1_solution.csv`.
 *
 * @throws {PapilioError} if it is no such file, or a run leaves its photo.
 */
export async function readDsbCsv(
  path: string,
  sizeOf: (id: string) => Size,
): Promise<Map<string, BinaryMask[]>> {
  const masks = new Map<string, BinaryMask[]>();
  for (const { ImageId, EncodedPixels: text } of await readRows(path)) {
    const id = String(ImageId);
    const objects = masks.get(id) ?? [];
    if (typeof text === "string" && text.trim() !== "") {
      objects.push(fillRuns(fromStartLengths(text), sizeOf(id)));
    }
    masks.set(id, objects);
  }
  return masks;
}

/** As texts, so that an id of 0010001 keeps its zeros. */
async function readRows(path: string): Promise<Record<string, unknown>[]> {
  const what = `a table with the columns ${HEADER}`;
  const csv = Buffer.from(await Deno.readFile(path));
  try {
    const table = pl.readCSV(csv, { inferSchemaLength: 0 });
    const isThere = HEADER.split(",").every((name) => table.columns.includes(name));
    if (!isThere) throw new Error(`the columns ${table.columns.join(", ")}`);
    return table.toRecords();
  } catch (error) {
    throw notOfFormat(path, what, messageOf(error), error);
  }
}

function quoted(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
