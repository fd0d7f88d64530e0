import { PapilioError } from "papilio/core/errors.ts";
import type { BinaryMask } from "papilio/data/case.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { type Size, sizeText } from "papilio/data/masks.ts";
import type { MaskObject } from "papilio/data/objects.ts";

/**
 * Runs of foreground pixels, column by column, flat: `start0, length0, start1, length1, …`.
 *
 * Pixel `(column, row)` has the number `column · heightPx + row`, from 0; a run goes on in the next column.
 */
export type Runs = readonly number[];

/**
 * The runs of one object.
 *
 * @example
 * ```ts
 * import { columnRuns } from "papilio/annotation/rle.ts";
 * import { describeObjects } from "papilio/data/objects.ts";
 * const labels = { data: Int32Array.of(0, 1, 1, 1), widthPx: 2, heightPx: 2, count: 1 };
 * const [region] = describeObjects(labels);
 * console.assert(columnRuns(labels, 1, region!.box).join() === "1,3");
 * ```
 */
export function columnRuns(
  { data, widthPx, heightPx }: LabelImage,
  label: number,
  { leftPx, topPx, ...box }: MaskObject["box"],
): Runs {
  const runs: number[] = [];
  let [start, end] = [-1, -1];
  for (let x = leftPx; x < leftPx + box.widthPx; x++) {
    for (let y = topPx; y < topPx + box.heightPx; y++) {
      if (data[y * widthPx + x] !== label) continue;
      const position = x * heightPx + y;
      if (position !== end) {
        if (start >= 0) runs.push(start, end - start);
        start = position;
      }
      end = position + 1;
    }
  }
  if (start >= 0) runs.push(start, end - start);
  return runs;
}

/**
 * The mask of some runs.
 *
 * @throws {PapilioError} if they leave the image.
 */
export function fillRuns(runs: Runs, { widthPx, heightPx }: Size): BinaryMask {
  const data = new Uint8Array(widthPx * heightPx);
  for (let i = 0; i < runs.length; i += 2) {
    const [start, length] = [runs[i] as number, runs[i + 1] as number];
    if (!(start >= 0 && length >= 0 && start + length <= data.length)) {
      throw notRuns(`runs within ${sizeText({ widthPx, heightPx })} pixels`, `${start} ${length}`);
    }
    for (let position = start; position < start + length; position++) {
      data[(position % heightPx) * widthPx + Math.floor(position / heightPx)] = 1;
    }
  }
  return { data, widthPx, heightPx };
}

/**
 * COCO's counts: lengths of background and foreground by turns, the first of background.
 *
 * Source: cocodataset/cocoapi, `maskApi.c`, `rleEncode`.
 */
export function toCounts(runs: Runs, { widthPx, heightPx }: Size): number[] {
  const counts: number[] = [];
  let end = 0;
  for (let i = 0; i < runs.length; i += 2) {
    const [start, length] = [runs[i] as number, runs[i + 1] as number];
    counts.push(start - end, length);
    end = start + length;
  }
  const rest = widthPx * heightPx - end;
  return rest > 0 || counts.length === 0 ? [...counts, rest] : counts;
}

/** The runs of COCO's counts. */
export function fromCounts(counts: readonly number[]): Runs {
  const runs: number[] = [];
  let position = 0;
  for (const [index, count] of counts.entries()) {
    if (index % 2 === 1 && count > 0) runs.push(position, count);
    position += count;
  }
  return runs;
}

/**
 * COCO's counts as a string: from the fourth on each less the one before the last, in groups of five
 * bits, the lowest first, the sixth bit saying that more follow; characters from `0` on.
 *
 * Source: cocodataset/cocoapi, `maskApi.c`, `rleToString`.
 *
 * @example
 * ```ts
 * import { packCounts, unpackCounts } from "papilio/annotation/rle.ts";
 * console.assert(packCounts([6, 1, 40, 4, 5, 4, 5, 4, 21]) === "61X13mN000`0");
 * console.assert(unpackCounts("61X13mN000`0").join() === "6,1,40,4,5,4,5,4,21");
 * ```
 */
export function packCounts(counts: readonly number[]): string {
  return counts.map((count, i) => packNumber(i > 2 ? count - (counts[i - 2] as number) : count))
    .join("");
}

/**
 * The counts of COCO's string.
 *
 * @throws {PapilioError} if it is none.
 */
export function unpackCounts(text: string): number[] {
  const counts: number[] = [];
  let [value, shift] = [0, 0];
  for (const character of text) {
    const code = character.charCodeAt(0) - 48;
    if (code < 0 || code > 63) {
      throw notRuns("a string of COCO's counts", JSON.stringify(character));
    }
    value += (code & 31) * 2 ** shift;
    shift += 5;
    if ((code & 32) !== 0) continue;
    if ((code & 16) !== 0) value -= 2 ** shift;
    counts.push(counts.length > 2 ? value + (counts.at(-2) as number) : value);
    [value, shift] = [0, 0];
  }
  return counts;
}

/** In arithmetic rather than by bits, which would end at 31 of them. */
function packNumber(value: number): string {
  let text = "";
  for (let rest = value;;) {
    const low = ((rest % 32) + 32) % 32;
    rest = Math.floor(rest / 32);
    const isLast = (low & 16) === 0 ? rest === 0 : rest === -1;
    text += String.fromCharCode(48 + low + (isLast ? 0 : 32));
    if (isLast) return text;
  }
}

/**
 * The runs as in the Data Science Bowl 2018: pairs of start, from 1, and length.
 *
 * @example
 * ```ts
 * import { fromStartLengths, toStartLengths } from "papilio/annotation/rle.ts";
 * console.assert(toStartLengths([0, 3, 9, 5]) === "1 3 10 5");
 * console.assert(fromStartLengths("1 3 10 5").join() === "0,3,9,5");
 * ```
 */
export function toStartLengths(runs: Runs): string {
  return runs.map((value, index) => index % 2 === 0 ? value + 1 : value).join(" ");
}

/**
 * The runs of pairs of start and length.
 *
 * @throws {PapilioError} if the text is none.
 */
export function fromStartLengths(text: string): Runs {
  const values = text.trim() === "" ? [] : text.trim().split(/\s+/).map(Number);
  const isSound = values.length % 2 === 0 && values.every(Number.isInteger);
  if (!isSound) throw notRuns("pairs of start and length", JSON.stringify(text.slice(0, 40)));
  return values.map((value, index) => index % 2 === 0 ? value - 1 : value);
}

function notRuns(expected: string, got: string): PapilioError {
  return new PapilioError({
    cannot: "read a run-length encoded mask",
    expected,
    got,
    remedy: "Write the file again with the program that made it.",
  });
}
