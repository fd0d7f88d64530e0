import { PapilioError } from "papilio/core/errors.ts";
import { median } from "papilio/core/median.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import { counted } from "papilio/core/text.ts";
import {
  type Alignment,
  alignment,
  type AlignmentOptions,
  around,
  edgeProfile,
  hasBorder,
  type Shift,
  shiftMask,
} from "papilio/data/alignment.ts";
import type { BinaryMask, Case, RgbImage } from "papilio/data/case.ts";
import { decodeWithin, imageSize } from "papilio/data/decode.ts";
import { readMask, resizeMask } from "papilio/data/masks.ts";

/** Photos are brought down to this: a shift matters beside the photo's size. */
const LONGEST_SIDE_PX = 1024;
const CASES_AHEAD = 2;

/** Where one mask of a set fits best. */
export interface CaseAlignment {
  id: string;
  /** The move after which it would fit best, in pixels of the size at which they were compared. */
  best: Shift;
  /** Pixels of the photo to one of those. */
  scale: number;
  /** The score there over that of the mask where it is: 1 if it cannot be bettered. */
  gain: number;
  /** The score of the mask where it is. */
  scoreInPlace: number;
}

/** How the masks of a set fit their images. */
export interface SetAlignment {
  /** One for each case whose mask has a border, in their order. */
  rows: CaseAlignment[];
  /** The mean of the score maps: noise of single images is averaged out. */
  meanScores: number[][];
}

/** How far the masks of a set are from fitting best, in a few numbers. */
export interface AlignmentSummary {
  /** Of each direction by itself. */
  median: Shift;
  /** Share of the masks that fit best where they are, or at most `tolerancePx` from there. */
  withinShare: number;
}

/** The mean edge profile of a set. */
export interface SetProfile {
  /** From the mask's border outwards; negative inside. */
  distancesPx: number[];
  /** The image's edges there, as a multiple of their mean over the image. */
  strengths: number[];
  /** The distance at which they are strongest. */
  peakPx: number;
}

/**
 * Compares every mask of a set with its image's edges, at shifts in both directions.
 *
 * Photos whose longer side exceeds 1024 pixels are brought down to that; all shifts are in pixels at that
 * size.
 *
 * @throws {PapilioError} if a case cannot be read, or no mask has a border.
 */
export async function examineAlignment(
  cases: readonly Case[],
  options: AlignmentOptions & { shiftedBy?: Shift } = {},
): Promise<SetAlignment> {
  const { shiftedBy = { dx: 0, dy: 0 } } = options;
  const rows: CaseAlignment[] = [];
  const maps: number[][][] = [];
  for await (const { item, image, mask, scale } of pairs(cases)) {
    const found = alignment(image, shiftMask(mask, shiftedBy), options);
    rows.push(rowOf(item, found, scale));
    maps.push(found.scores);
  }
  return { rows, meanScores: meanMap(maps) };
}

/**
 * How strong the images' edges are at each distance from the masks' borders, on average over a set.
 *
 * @throws {PapilioError} if a case cannot be read, or no mask has a border.
 */
export async function examineProfile(cases: readonly Case[], radiusPx = 12): Promise<SetProfile> {
  const profiles: number[][] = [];
  for await (const { image, mask } of pairs(cases)) {
    profiles.push(edgeProfile(image, mask, radiusPx));
  }
  const distancesPx = around(radiusPx);
  const strengths = distancesPx.map((_, i) => meanOf(profiles.map((profile) => profile[i] ?? NaN)));
  const peak = strengths.indexOf(Math.max(...strengths.filter((value) => !Number.isNaN(value))));
  return { distancesPx, strengths, peakPx: distancesPx[peak] ?? 0 };
}

/**
 * The medians of the best shifts, and how many of them are short.
 *
 * Weak edges mislead single images; that of a whole set whose masks fit is (0, 0).
 *
 * @example
 * ```ts
 * import { summarizeAlignment } from "papilio/data/set_alignment.ts";
 * const shifts = [{ dx: 0, dy: 0 }, { dx: 1, dy: 0 }, { dx: -9, dy: 4 }];
 * const rows = shifts.map((best) => ({ id: "", best, scale: 1, gain: 1, scoreInPlace: 2 }));
 * const { median, withinShare } = summarizeAlignment(rows);
 * console.assert(median.dx === 0 && withinShare === 2 / 3);
 * ```
 */
export function summarizeAlignment(
  rows: readonly CaseAlignment[],
  { tolerancePx = 2 }: { tolerancePx?: number } = {},
): AlignmentSummary {
  const within = rows.filter(({ best }) => Math.hypot(best.dx, best.dy) <= tolerancePx);
  const [dx, dy] = [rows.map(({ best }) => best.dx), rows.map(({ best }) => best.dy)];
  return {
    median: { dx: median(dx), dy: median(dy) },
    withinShare: within.length / rows.length,
  };
}

interface Pair {
  item: Case;
  image: RgbImage;
  mask: BinaryMask;
  /** Pixels of the photo to one of the image here. */
  scale: number;
}

/** Image and mask at the size at which they are compared; masks without a border are passed over. */
async function* pairs(cases: readonly Case[]): AsyncGenerator<Pair> {
  let count = 0;
  for await (const pair of mapAhead(cases, readPair, CASES_AHEAD)) {
    if (!hasBorder(pair.mask)) continue;
    count++;
    yield pair;
  }
  if (count === 0) throw noBorders(cases);
}

function noBorders(cases: readonly Case[]): PapilioError {
  return new PapilioError({
    cannot: "compare the masks of a set with their images",
    expected: "a mask with foreground and background",
    got: `none in ${counted(cases.length, "case")}`,
    remedy: "Give it cases whose masks have foreground.",
  });
}

async function readPair(item: Case): Promise<Pair> {
  const photo = await imageSize(item.imagePath, { caseId: item.id });
  const image = await decodeWithin(item.imagePath, LONGEST_SIDE_PX, { caseId: item.id });
  const mask = resizeMask(await readMask(item, photo), image.widthPx, image.heightPx);
  return { item, image, mask, scale: photo.widthPx / image.widthPx };
}

function rowOf({ id }: Case, found: Alignment, scale: number): CaseAlignment {
  const { best, bestScore, scoreInPlace } = found;
  return { id, best, scale, gain: bestScore / scoreInPlace, scoreInPlace };
}

function meanMap(maps: readonly number[][][]): number[][] {
  return maps[0]?.map((row, y) =>
    row.map((_, x) => meanOf(maps.map((map) => map[y]?.[x] ?? NaN)))
  ) ??
    [];
}

/** The mean of the values that there are. */
function meanOf(values: readonly number[]): number {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}
