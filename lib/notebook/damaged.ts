import { join } from "@std/path";
import sharp, { type Sharp } from "sharp";
import { present } from "papilio/core/assert.ts";
import { exists, sortedNames } from "papilio/core/files.ts";
import type { FaultKind } from "papilio/data/data_set.ts";
import { makeSyntheticDataSet } from "papilio/data/synthetic.ts";

/** Cases that stay whole. */
const SOUND = 6;

/** Of one size, so that an image can take another's place, and with one mask each. */
const drawing = { minSidePx: 128, maxSidePx: 128, maxButterflies: 1, jpegShare: 0 };

/** A case of the set: its folder, and that of a sound case to copy from. */
interface Place {
  folder: string;
  soundFolder: string;
}

/** What only a data set with lists, classes, lossy masks, 16 bits or a choice of channels can have. */
type UnusualKind =
  | "listed but absent"
  | "absent class"
  | "absent value"
  | "unclaimed value"
  | "unclaimed masks"
  | "unclaimed file"
  | "label values"
  | "lossy labels"
  | "lossy mask"
  | "narrow range"
  | "other channels";

/** How each fault comes into the world, unusual ones apart. */
const damages: Record<Exclude<FaultKind, UnusualKind>, (place: Place) => Promise<void>> = {
  "missing image": async ({ folder }) => await Deno.remove(await imageIn(folder)),
  "several images": async ({ folder, soundFolder }) =>
    await Deno.copyFile(await imageIn(soundFolder), join(folder, "images", "second.png")),
  "missing masks": async ({ folder }) => await Deno.remove(await maskIn(folder)),
  "unreadable image": async ({ folder }) => {
    const path = await imageIn(folder);
    await Deno.truncate(path, Math.floor((await Deno.stat(path)).size / 2));
  },
  "unreadable mask": ({ folder }) => rewriteMask(folder, (mask) => mask.linear(3 / 255)),
  "size mismatch": ({ folder }) => rewriteMask(folder, (mask) => mask.resize(48, 48)),
  "grey mask": ({ folder }) => rewriteMask(folder, (mask) => mask.linear(0.6)),
  "empty mask": ({ folder }) => rewriteMask(folder, (mask) => mask.linear(0)),
  "duplicate image": async ({ folder, soundFolder }) => {
    await Deno.copyFile(await imageIn(soundFolder), await imageIn(folder));
    await Deno.copyFile(await maskIn(soundFolder), await maskIn(folder));
  },
  "stray file": async ({ folder }) =>
    await Deno.writeTextFile(join(folder, "masks", "notes.txt"), "redraw the left wing"),
};

/**
 * Makes a small data set of drawn butterflies in which each case has one fault and bears its name,
 * beside some that are sound. A folder that is there is left as it is.
 */
export async function makeDamagedDataSet(folder: string): Promise<void> {
  if (await exists(folder)) return;
  const kinds = Object.keys(damages) as (keyof typeof damages)[];
  const count = kinds.length + SOUND;
  const making = `${folder}.making`;
  if (await exists(making)) await Deno.remove(making, { recursive: true });
  await makeSyntheticDataSet(making, { ...drawing, count });
  const ids = await sortedNames(making, ({ isDirectory }) => isDirectory);
  const soundFolder = join(making, present(ids.at(-1)));
  for (const [index, kind] of kinds.entries()) {
    const caseFolder = join(making, kind.replaceAll(" ", "-"));
    await Deno.rename(join(making, present(ids[index])), caseFolder);
    await damages[kind]({ folder: caseFolder, soundFolder });
  }
  await Deno.rename(making, folder);
}

function imageIn(caseFolder: string): Promise<string> {
  return firstIn(join(caseFolder, "images"));
}

function maskIn(caseFolder: string): Promise<string> {
  return firstIn(join(caseFolder, "masks"));
}

async function firstIn(folder: string): Promise<string> {
  return join(folder, present((await sortedNames(folder))[0]));
}

async function rewriteMask(caseFolder: string, change: (mask: Sharp) => Sharp): Promise<void> {
  const path = await maskIn(caseFolder);
  const mask = sharp(await Deno.readFile(path));
  await Deno.writeFile(path, await change(mask).toColourspace("b-w").png().toBuffer());
}
