import { join } from "@std/path";
import sharp from "sharp";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import type { BinaryMask } from "papilio/data/case.ts";
import { signedDistances } from "papilio/data/distances.ts";
import { emptyMask, readMaskFile } from "papilio/data/masks.ts";

/** The labels of the Oxford pets' trimaps. */
export const trimapLabels = { object: 1, background: 2, border: 3 } as const;

/** A map of `trimapLabels`: row-major `[heightPx, widthPx]`. */
export interface Trimap {
  data: Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** A mask as a trimap, with a border of `borderPx` on each side of the mask's own. */
export function toTrimap(mask: BinaryMask, borderPx: number): Trimap {
  const { object, background, border } = trimapLabels;
  const distances = signedDistances(mask);
  const data = mask.data.map((value, i) => {
    if (Math.abs(distances[i] as number) < borderPx) return border;
    return value === 1 ? object : background;
  });
  return { ...mask, data };
}

/** A trimap as it is stored: its labels, one by one. */
export async function readTrimap(path: string): Promise<Trimap> {
  const { object, background, border } = trimapLabels;
  let trimap: Trimap | null = null;
  for (const label of [object, background, border]) {
    const mask = await readMaskFile(path, { kind: "labels", foreground: [label] });
    trimap ??= emptyMask(mask);
    for (let i = 0; i < mask.data.length; i++) if (mask.data[i] === 1) trimap.data[i] = label;
  }
  return present(trimap);
}

/** The mask of those labels. */
export function maskOfLabels(trimap: Trimap, labels: readonly number[]): BinaryMask {
  return { ...trimap, data: trimap.data.map((label) => labels.includes(label) ? 1 : 0) };
}

/** What the reader of masks says when it is given a trimap as if it were one. */
export async function complaintAbout(trimap: Trimap): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "trimap.png");
    const raw = { width: trimap.widthPx, height: trimap.heightPx, channels: 1 } as const;
    await Deno.writeFile(
      path,
      await sharp(trimap.data, { raw }).toColourspace("b-w").png().toBuffer(),
    );
    await readMaskFile(path, { kind: "threshold" });
    return "";
  } catch (error) {
    if (!(error instanceof PapilioError)) throw error;
    return `expected ${error.problem.expected}, got ${error.problem.got}`;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
