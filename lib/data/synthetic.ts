import { dirname, join } from "@std/path";
import sharp from "sharp";
import { z } from "zod";
import { PapilioError } from "papilio/core/errors.ts";
import { exists, isFolder, writeFileAtomically } from "papilio/core/files.ts";
import { checkNewFolder } from "papilio/core/output.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import { Random } from "papilio/core/random.ts";
import { partNames } from "papilio/data/_butterfly.ts";
import { drawScene, labelMapSvg, partNumber, type Scene, sceneSvg } from "papilio/data/_scene.ts";

const settingsSchema = z.strictObject({
  count: z.number().int().positive().default(120),
  seed: z.number().int().default(42),
  minSidePx: z.number().int().min(32).default(224),
  maxSidePx: z.number().int().min(32).default(448),
  maxButterflies: z.number().int().positive().default(4),
  jpegShare: z.number().min(0).max(1).default(0.25),
});

/** What a synthetic data set is made from; the same settings give the same bytes. */
export type SyntheticSettings = z.output<typeof settingsSchema>;

/** Settings, and who wants to hear how far it is. */
export type SyntheticOptions = z.input<typeof settingsSchema> & {
  onProgress?: (done: number, total: number) => void;
};

/** Raised when the pictures change, so that an older set is not taken for a present one. */
const makerVersion = 2;
const markName = "sample.json";

/**
 * Makes a data set of drawn butterflies, as instance folders.
 *
 * One to `maxButterflies` in an image, in varied poses, before meadows, leaves, flowers, lights or
 * stones; sides from `minSidePx` to `maxSidePx`. For each case there are `<id>/images/<id>.png` (or
 * `.jpg`), a mask `<id>/masks/<id>_<k>.png` for each butterfly (what is hidden by another one is not in
 * it), and `<id>/parts/{wings,body,antennae}.png` for all of them; masks hold 0 and 255. The settings
 * stand in `sample.json`. A folder that holds a whole set of the same settings is left as it is.
 *
 * @throws {PapilioError} for a folder with anything else in it, and for settings out of range.
 */
export async function makeSyntheticDataSet(
  folder: string,
  options: SyntheticOptions = {},
): Promise<{ made: boolean; settings: SyntheticSettings }> {
  const { onProgress, ...given } = options;
  const settings = checkSettings(given);
  if (await isMadeAlready(folder, settings)) return { made: false, settings };
  await checkNewFolder(folder);
  const temporary = `${folder}.partial`;
  if (await exists(temporary)) await Deno.remove(temporary, { recursive: true });
  const indices = Array.from({ length: settings.count }, (_, i) => i);
  let done = 0;
  for await (const _ of mapAhead(indices, (i) => writeCase(temporary, i, settings), 3)) {
    onProgress?.(++done, settings.count);
  }
  await writeFileAtomically(join(temporary, markName), markText(settings));
  if (await exists(folder)) await Deno.remove(folder);
  await Deno.rename(temporary, folder);
  return { made: true, settings };
}

function checkSettings(given: z.input<typeof settingsSchema>): SyntheticSettings {
  const result = settingsSchema.refine((settings) => settings.minSidePx <= settings.maxSidePx, {
    message: "minSidePx is above maxSidePx",
  }).safeParse(given);
  if (result.success) return result.data;
  throw new PapilioError({
    cannot: "make a synthetic data set",
    expected: "settings in their range",
    got: result.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`.trim())
      .join("; "),
    remedy: "`deno task data:sample --help` lists them.",
  });
}

function markText(settings: SyntheticSettings): string {
  return `${
    JSON.stringify({ maker: "papilio data:sample", makerVersion, ...settings }, null, 2)
  }\n`;
}

async function isMadeAlready(folder: string, settings: SyntheticSettings): Promise<boolean> {
  if (!await isFolder(folder)) return false;
  const mark = await Deno.readTextFile(join(folder, markName)).catch(() => null);
  if (mark === markText(settings)) return true;
  const isEmpty = (await Array.fromAsync(Deno.readDir(folder))).length === 0;
  if (isEmpty) return false;
  throw new PapilioError({
    cannot: `make a synthetic data set in ${folder}`,
    expected: "a new or empty folder, or a set of the same settings",
    got: mark === null
      ? "a folder with other things in it"
      : `a set of other settings: ${mark.replaceAll(/\s+/g, " ").trim()}`,
    remedy: "Give another folder, or remove this one.",
  });
}

async function writeCase(folder: string, index: number, settings: SyntheticSettings) {
  const random = Random.from(settings.seed, "synthetic", index);
  const id = `sample_${String(index + 1).padStart(4, "0")}`;
  const scene = drawScene(settings, random);
  const isJpeg = random.chance(settings.jpegShare);
  const image = sharp(new TextEncoder().encode(sceneSvg(scene))).removeAlpha();
  const encoded = isJpeg
    ? await image.jpeg({ quality: 90 }).toBuffer()
    : await image.png({ compressionLevel: 6 }).toBuffer();
  const caseFolder = join(folder, id);
  await writeFile(join(caseFolder, "images", `${id}.${isJpeg ? "jpg" : "png"}`), encoded);
  await writeMasks(caseFolder, id, scene);
}

async function writeMasks(caseFolder: string, id: string, scene: Scene): Promise<void> {
  const labels = await sharp(new TextEncoder().encode(labelMapSvg(scene))).removeAlpha().raw()
    .toBuffer();
  const numbered = scene.butterflies.map((_, i) => maskWhere(labels, 0, i + 1));
  const visible = numbered.filter((mask) => mask.includes(255));
  await Promise.all([
    ...visible.map((mask, k) =>
      writeMask(join(caseFolder, "masks", `${id}_${k}.png`), mask, scene)
    ),
    ...partNames.map((part) =>
      writeMask(
        join(caseFolder, "parts", `${part}.png`),
        maskWhere(labels, 1, partNumber(part)),
        scene,
      )
    ),
  ]);
}

/** 255 where the channel of an RGB label map has the value. */
function maskWhere(labels: Uint8Array, channel: 0 | 1, value: number): Uint8Array {
  const mask = new Uint8Array(labels.length / 3);
  for (let i = 0; i < mask.length; i++) mask[i] = labels[i * 3 + channel] === value ? 255 : 0;
  return mask;
}

async function writeMask(path: string, mask: Uint8Array, scene: Scene): Promise<void> {
  const raw = { width: scene.widthPx, height: scene.heightPx, channels: 1 } as const;
  const image = sharp(mask, { raw }).toColourspace("b-w");
  await writeFile(path, await image.png({ compressionLevel: 6 }).toBuffer());
}

/** Not atomic: the whole folder gets its name at the end. */
async function writeFile(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, bytes);
}
