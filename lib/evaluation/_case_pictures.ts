import { Buffer } from "node:buffer";
import sharp from "sharp";
import { IGNORED } from "papilio/core/classes.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { Case, ClassMask, RgbImage } from "papilio/data/case.ts";
import { decodeWithin, imageSize } from "papilio/data/decode.ts";
import { labelParts } from "papilio/data/labels.ts";
import { classOutlines } from "papilio/evaluation/_class_pictures.ts";
import { outlinePath } from "papilio/evaluation/_outline_path.ts";
import { judgedObjects } from "papilio/metrics/ignored.ts";
import { maskOfClass } from "papilio/predict/class_mask.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { decodeFor, maskByRecipe, predictMap, type Recipe } from "papilio/predict/recipe.ts";
import { readObjects, readTruth } from "papilio/predict/truth.ts";
import type { CasePicture, ClassPicture } from "papilio/report/page/report.ts";

/** Enough to look closely, and 36 of them stay a light page. */
const LONGEST_SIDE_PX = 640;
const WEBP_QUALITY = 70;

/** A picture without its words. */
export type OutlinedPhoto = Omit<CasePicture, "metrics"> | Omit<ClassPicture, "metrics">;

export interface PictureOptions {
  recipe: Recipe;
  /** Called after each picture. */
  onPicture?: (done: number) => void;
}

/** Photos with the outlines of their predicted and true objects, in the order of the cases. */
export async function outlinedPhotos(
  predictor: Predictor,
  cases: readonly Case[],
  { recipe, onPicture }: PictureOptions,
): Promise<OutlinedPhoto[]> {
  const photos: OutlinedPhoto[] = [];
  for await (const photo of mapAhead(cases, (item) => outlined(predictor, item, recipe), 2)) {
    photos.push(photo);
    onPicture?.(photos.length);
  }
  return photos;
}

async function outlined(
  predictor: Predictor,
  item: Case,
  recipe: Recipe,
): Promise<OutlinedPhoto> {
  const { id, imagePath: path } = item;
  const { intensityRange } = predictor;
  const size = await imageSize(path, { caseId: id });
  const image = await decodeFor(path, predictor, { ...recipe, caseId: id });
  const map = await predictMap(predictor, image, recipe);
  const found = await maskByRecipe(map, { path, size }, recipe);
  const shown = await decodeWithin(path, LONGEST_SIDE_PX, { caseId: id, intensityRange });
  const scale = shown.widthPx / size.widthPx;
  const picture = {
    id,
    photo: await dataUri(shown),
    widthPx: shown.widthPx,
    heightPx: shown.heightPx,
  };
  if (recipe.classes) {
    const truth = await readTruth(item, size, predictor.classTable);
    const classes = classOutlines(found.mask, truth, { shown, names: recipe.classes });
    return { ...picture, classes };
  }
  const truth = await readObjects(item, size, predictor.classTable);
  return {
    ...picture,
    predicted: outlinePath(judgedObjects(found, truth.mask), scale),
    truth: outlinePath(truth.labels, scale),
    ignored: ignoredPath(truth.mask, scale),
  };
}

function ignoredPath(truth: ClassMask, scale: number): string {
  if (!truth.data.includes(IGNORED)) return "";
  return outlinePath(labelParts(maskOfClass(truth, IGNORED)), scale);
}

async function dataUri({ data, widthPx, heightPx }: RgbImage): Promise<string> {
  const raw = { width: widthPx, height: heightPx, channels: 3 as const };
  const webp: Buffer = await sharp(data, { raw }).webp({ quality: WEBP_QUALITY }).toBuffer();
  return `data:image/webp;base64,${webp.toString("base64")}`;
}
