import { Buffer } from "node:buffer";
import sharp from "sharp";
import { pixelContours } from "papilio/annotation/contours.ts";
import { simplifyPolygon } from "papilio/annotation/simplify.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { Case, RgbImage } from "papilio/data/case.ts";
import { decodeWithin, imageSize } from "papilio/data/decode.ts";
import { type LabelImage, labelParts, readLabels } from "papilio/data/labels.ts";
import { describeObjects, type MaskObject } from "papilio/data/objects.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { decodeFor, maskByRecipe, predictMap, type Recipe } from "papilio/predict/recipe.ts";
import { pathAlong } from "papilio/report/page/path.ts";
import type { CasePicture } from "papilio/report/page/report.ts";

/** Enough to look closely, and 36 of them stay a light page. */
const LONGEST_SIDE_PX = 640;
const WEBP_QUALITY = 70;

/** Of a pixel of the picture, that outlines may be off: below a half they draw to the same pixels. */
const TOLERANCE = 0.45;

/** Parts smaller than this share of a pixel of the picture are not seen. */
const LEAST_AREA = 0.5;

/** A picture without its words. */
export type OutlinedPhoto = Omit<CasePicture, "metrics">;

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
    onPicture?.(photos.push(photo));
  }
  return photos;
}

async function outlined(
  predictor: Predictor,
  item: Case,
  recipe: Recipe,
): Promise<OutlinedPhoto> {
  const { id, imagePath: path } = item;
  const size = await imageSize(path, { caseId: id });
  const truth = await readLabels(item, size);
  const image = await decodeFor(path, predictor, { ...recipe, caseId: id });
  const map = await predictMap(predictor, image, recipe);
  const { mask, labels } = await maskByRecipe(map, { path, size }, recipe);
  const shown = await decodeWithin(path, LONGEST_SIDE_PX, { caseId: id });
  const scale = shown.widthPx / size.widthPx;
  return {
    id,
    photo: await dataUri(shown),
    widthPx: shown.widthPx,
    heightPx: shown.heightPx,
    predicted: outlinePath(labels ?? labelParts(mask), scale),
    truth: outlinePath(truth, scale),
  };
}

async function dataUri({ data, widthPx, heightPx }: RgbImage): Promise<string> {
  const raw = { width: widthPx, height: heightPx, channels: 3 as const };
  const webp: Buffer = await sharp(data, { raw }).webp({ quality: WEBP_QUALITY }).toBuffer();
  return `data:image/webp;base64,${webp.toString("base64")}`;
}

/** The outlines of all objects, in pixels of a picture at `scale` of the photo's size. */
export function outlinePath(labels: LabelImage, scale: number): string {
  const seen = (object: MaskObject) => object.areaPx * scale ** 2 >= LEAST_AREA;
  const objects = describeObjects(labels).map((one) => seen(one) ? one : { ...one, areaPx: 0 });
  const polygons = pixelContours(labels, objects).flat()
    .map((polygon) => simplifyPolygon(polygon, TOLERANCE / scale));
  return pathAlong(polygons.flatMap(({ outer, holes }) => [outer, ...holes]), { scale });
}
