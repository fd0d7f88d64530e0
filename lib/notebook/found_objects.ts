import pl, { type DataFrame } from "nodejs-polars";
import { objectTable } from "papilio/annotation/object_table.ts";
import { annotatePhoto, type LabelledPhoto } from "papilio/annotation/photo.ts";
import { present } from "papilio/core/assert.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { Case } from "papilio/data/case.ts";
import { decodeWithin, imageSize } from "papilio/data/decode.ts";
import { type LabelImage, labelParts, readLabels } from "papilio/data/labels.ts";
import { type CaseRecord, recordCases } from "papilio/evaluation/case_record.ts";
import { predictCase } from "papilio/predict/predict_cases.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { maskByRecipe, type Recipe } from "papilio/predict/recipe.ts";
import { type NumberedPlace, renderObjects } from "papilio/report/numbered_objects.ts";
import type { Raster } from "papilio/report/raster.ts";

/** Numbers on more objects would hide them. */
const MOST_NUMBERS = 30;

/** The objects of a case that a recipe finds; without splitting, the connected parts of its mask. */
export async function findObjectsOf(
  predictor: Predictor,
  item: Case,
  recipe: Recipe,
): Promise<LabelledPhoto> {
  const { map, truth } = await predictCase(predictor, item, { recipe });
  const photo = { path: item.imagePath, size: truth };
  const { mask, labels } = await maskByRecipe(map, photo, recipe);
  return annotatePhoto({ id: item.id, path: item.imagePath, labels: labels ?? labelParts(mask) });
}

/** The true objects of a case. */
export async function trueObjectsOf(item: Case): Promise<LabelledPhoto> {
  const labels = await readLabels(item, await imageSize(item.imagePath, { caseId: item.id }));
  return annotatePhoto({ id: item.id, path: item.imagePath, labels });
}

/** The measurements of the objects of many cases in one table. */
export async function measureCases(
  cases: readonly Case[],
  objectsOf: (item: Case) => Promise<LabelledPhoto>,
): Promise<DataFrame> {
  const tables: DataFrame[] = [];
  for await (const photo of mapAhead(cases, objectsOf, 2)) tables.push(objectTable(photo));
  return pl.concat(tables);
}

/** A photo within `sidePx` with its objects in colours, and their numbers if they are few. */
export async function pictureOfObjects(
  { path, labels, regions }: LabelledPhoto,
  sidePx: number,
): Promise<Raster> {
  const image = await decodeWithin(path, sidePx);
  const [across, down] = [image.widthPx / labels.widthPx, image.heightPx / labels.heightPx];
  const numbers = regions.map(({ centroid }, index): NumberedPlace => ({
    label: index + 1,
    xPx: centroid.xPx * across,
    yPx: centroid.yPx * down,
  }));
  return await renderObjects(image, shrunk(labels, image), {
    numbers: numbers.length > MOST_NUMBERS ? [] : numbers,
  });
}

/** In how many images too few, as many or too many objects were found as there are. */
export function countVerdicts(
  records: readonly CaseRecord[],
): Record<"too few" | "as many" | "too many", number> {
  const verdicts = { "too few": 0, "as many": 0, "too many": 0 };
  for (const { instances: { trueObjects, predictedObjects } } of records) {
    if (predictedObjects < trueObjects) verdicts["too few"]++;
    else if (predictedObjects === trueObjects) verdicts["as many"]++;
    else verdicts["too many"]++;
  }
  return verdicts;
}

/** By nearest neighbour. */
function shrunk(
  { data, widthPx, heightPx }: LabelImage,
  to: { widthPx: number; heightPx: number },
): Int32Array {
  return Int32Array.from({ length: to.widthPx * to.heightPx }, (_, i) => {
    const x = Math.floor(((i % to.widthPx) + 0.5) * widthPx / to.widthPx);
    const y = Math.floor((Math.floor(i / to.widthPx) + 0.5) * heightPx / to.heightPx);
    return data[y * widthPx + x] as number;
  });
}

/**
 * The id of the image with the most true objects that can still be told apart in a picture, out of those
 * in which too few were found; out of all, if there are none.
 *
 * @throws {Error} if there is no image.
 */
export function pickCrowded(records: readonly CaseRecord[]): string {
  const few = records.filter(({ instances }) => instances.trueObjects <= MOST_NUMBERS);
  const merged = few.filter(({ instances }) => instances.predictedObjects < instances.trueObjects);
  const candidates = [merged, few, records].find(({ length }) => length > 0) ?? [];
  const [most] = candidates.toSorted((a, b) => b.instances.trueObjects - a.instances.trueObjects);
  return present(most, "an image").id;
}

/** The records of the same cases for several recipes, by name. */
export async function recordWays(
  predictor: Predictor,
  cases: readonly Case[],
  ways: Readonly<Record<string, Recipe>>,
): Promise<Record<string, CaseRecord[]>> {
  const records: Record<string, CaseRecord[]> = {};
  for (const [name, recipe] of Object.entries(ways)) {
    records[name] = (await recordCases(predictor, cases, { recipe })).records;
  }
  return records;
}

/**
 * The name of the way that found as many objects as there are in the most images; of several, the one
 * whose numbers are nearest to the true ones, and then the first.
 */
export function mostOftenRight(ways: Readonly<Record<string, readonly CaseRecord[]>>): string {
  const right = (records: readonly CaseRecord[]) => countVerdicts(records)["as many"];
  const wrongBy = (records: readonly CaseRecord[]) =>
    records.reduce((sum, { instances: { predictedObjects, trueObjects } }) => {
      return sum + Math.abs(predictedObjects - trueObjects);
    }, 0);
  const [best] = Object.entries(ways)
    .toSorted(([, a], [, b]) => right(b) - right(a) || wrongBy(a) - wrongBy(b));
  return present(best, "a way to find objects")[0];
}
