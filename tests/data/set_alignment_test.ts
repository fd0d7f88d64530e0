import { join } from "@std/path";
import { expect } from "expect";
import { shiftMask } from "papilio/data/alignment.ts";
import type { BinaryMask, Case } from "papilio/data/case.ts";
import {
  examineAlignment,
  examineProfile,
  summarizeAlignment,
} from "papilio/data/set_alignment.ts";
import { inFolder, writePng } from "./_files.ts";

/** A disc in the middle. */
function disc(widthPx: number, heightPx: number, radiusPx = widthPx / 8): BinaryMask {
  const data = Uint8Array.from({ length: widthPx * heightPx }, (_, i) => {
    const [x, y] = [i % widthPx - widthPx / 2, Math.floor(i / widthPx) - heightPx / 2];
    return Math.hypot(x, y) < radiusPx ? 1 : 0;
  });
  return { data, widthPx, heightPx };
}

/** Writes a case that shows a disc, with the mask given. */
async function writeCase(
  folder: string,
  id: string,
  truth: BinaryMask,
  mask = truth,
): Promise<Case> {
  const pixels = [...truth.data].flatMap((value) => Array(3).fill(40 + 120 * value));
  const imagePath = await writePng(join(folder, `${id}.png`), truth.widthPx, pixels, 3);
  const values = mask.data.map((value) => 255 * value);
  const maskPath = await writePng(join(folder, `${id}_mask.png`), mask.widthPx, values);
  return { id, imagePath, maskPaths: [maskPath], maskEncoding: { kind: "threshold" } };
}

Deno.test("of a set, the one mask that was moved is found, and what has no border passed over", () =>
  inFolder(async (folder) => {
    const truth = disc(64, 48);
    const cases = [
      await writeCase(folder, "a", truth),
      await writeCase(folder, "b", truth, shiftMask(truth, { dx: 3, dy: -2 })),
      await writeCase(folder, "empty", truth, { ...truth, data: new Uint8Array(64 * 48) }),
      await writeCase(folder, "c", truth),
    ];
    const { rows, meanScores } = await examineAlignment(cases, { radiusPx: 4 });
    expect(rows.map(({ id, best }) => [id, best.dx, best.dy])).toEqual([
      ["a", 0, 0],
      ["b", -3, 2],
      ["c", 0, 0],
    ]);
    expect(rows.map(({ gain }) => gain > 1.2)).toEqual([false, true, false]);
    expect(rows[0]?.gain).toBe(1);
    expect(Math.max(...meanScores.flat())).toBe(meanScores[4]?.[4]);
    expect(meanScores.map((row) => row.length)).toEqual(Array(9).fill(9));
  }));

Deno.test("masks can be moved on purpose, to see whether that is found", () =>
  inFolder(async (folder) => {
    const cases = [await writeCase(folder, "a", disc(64, 48))];
    const { rows } = await examineAlignment(cases, { radiusPx: 4, shiftedBy: { dx: 4, dy: 1 } });
    expect(rows).toMatchObject([{ best: { dx: -4, dy: -1 }, scale: 1 }]);
  }));

Deno.test("a large photo is compared at half its size, and says so", () =>
  inFolder(async (folder) => {
    const truth = disc(2048, 64);
    const cases = [await writeCase(folder, "a", truth, shiftMask(truth, { dx: 6, dy: 0 }))];
    const { rows } = await examineAlignment(cases, { radiusPx: 4 });
    expect(rows).toMatchObject([{ best: { dx: -3, dy: 0 }, scale: 2 }]);
  }));

Deno.test("the mean profile tells how much too large the masks are", () =>
  inFolder(async (folder) => {
    const cases = [await writeCase(folder, "a", disc(64, 48, 9), disc(64, 48, 12))];
    const { distancesPx, strengths, peakPx } = await examineProfile(cases, 5);
    expect(distancesPx).toEqual([-5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5]);
    expect(Math.max(...strengths)).toBe(strengths[2]);
    expect(peakPx).toBe(-3);
  }));

Deno.test("the summary: medians, and how many shifts are within a tolerance", () => {
  const shifts = [[0, 0], [2, 0], [0, -1], [3, 4], [-6, -8]] as const;
  const rows = shifts.map(([dx, dy]) => ({
    ...{ id: "", scale: 1, gain: 1, scoreInPlace: 1 },
    best: { dx, dy },
  }));
  expect(summarizeAlignment(rows)).toEqual({ median: { dx: 0, dy: 0 }, withinShare: 0.6 });
  expect(summarizeAlignment(rows, { tolerancePx: 5 }).withinShare).toBe(0.8);
  const far = rows.slice(3, 4);
  expect(summarizeAlignment(far)).toEqual({ median: { dx: 3, dy: 4 }, withinShare: 0 });
});

Deno.test("a set without a single border is refused", () =>
  inFolder(async (folder) => {
    const truth = disc(16, 16);
    const empty = await writeCase(folder, "a", truth, { ...truth, data: new Uint8Array(256) });
    await expect(examineAlignment([empty])).rejects.toThrow(
      "expected a mask with foreground and background, got none in 1 case.",
    );
  }));
