import { basename } from "@std/path";
import type { StoredImage } from "papilio/data/intensities.ts";
import type { LabelImage } from "papilio/data/labels.ts";
import { describeObjects, type MaskObject } from "papilio/data/objects.ts";
import { pixelContours } from "papilio/annotation/contours.ts";
import type { Polygon } from "papilio/annotation/polygons.ts";
import { simplifyPolygon } from "papilio/annotation/simplify.ts";
import { type ProbabilityImage, subpixelContours } from "papilio/annotation/subpixel_contours.ts";

/** An object as the files hold it. */
export interface AnnotatedObject {
  /** From 1; unique in its photo. */
  label: number;
  className: string;
  /** Of the class, `"#56b4e9"`; where there is none, a format takes its own. */
  colour?: string;
  /** Apart from each other; in pixels of the upright photo, from its upper left corner. */
  polygons: readonly Polygon[];
}

/** The objects of one photo, as they are read from a file. */
export interface AnnotatedPhoto {
  /** As the file names the photo; empty where it does not. */
  fileName: string;
  /** Both 0 where the file does not say. */
  widthPx: number;
  heightPx: number;
  objects: readonly AnnotatedObject[];
}

/** The objects of one photo with their pixels: what the files are written from. */
export interface LabelledPhoto extends AnnotatedPhoto {
  /** Names the photo's own files. */
  id: string;
  /** Where the photo is. */
  path: string;
  labels: LabelImage;
  /** Size and place of label `l` at `l - 1`; of none for a number without pixels. */
  regions: readonly MaskObject[];
  /** Grey or RGB, for intensities or colours; left away, they are not measured. */
  image?: StoredImage;
}

/** What kind of object one is. */
export interface ObjectClass {
  name: string;
  /** `"#56b4e9"` */
  colour?: string;
}

export interface ContourOptions {
  /** Of all objects; default `"object"`. */
  className?: string;
  /** Instead, of each object: of label `l` at `l - 1`. */
  classes?: readonly ObjectClass[];
  /** Points are left out as long as the border moves no farther; default 0: all stay. */
  tolerancePx?: number;
  /** Draws the borders between the pixels' centres, where the probability is the threshold. */
  probability?: { image: ProbabilityImage; threshold: number };
}

/**
 * Draws the borders of a photo's objects.
 *
 * @throws {PapilioError} as `subpixelContours` does.
 *
 * @example
 * ```ts
 * import { annotatePhoto } from "papilio/annotation/photo.ts";
 * const labels = { data: Int32Array.of(0, 1, 1, 0), widthPx: 4, heightPx: 1, count: 1 };
 * const { fileName, objects } = annotatePhoto({ id: "a", path: "photos/a.jpg", labels });
 * console.assert(fileName === "a.jpg" && objects[0]?.polygons.length === 1);
 * ```
 */
export function annotatePhoto(
  photo: { id: string; path: string; fileName?: string; labels: LabelImage; image?: StoredImage },
  { className = "object", classes, tolerancePx = 0, probability }: ContourOptions = {},
): LabelledPhoto {
  const { labels, path, fileName = basename(path) } = photo;
  const regions = describeObjects(labels);
  const contours = probability
    ? subpixelContours(labels, probability.image, { ...probability, objects: regions })
    : pixelContours(labels, regions);
  const simplified = (polygons: Polygon[]) =>
    tolerancePx === 0 ? polygons : polygons.map((each) => simplifyPolygon(each, tolerancePx));
  const objects = contours
    .map((polygons, index) => {
      const { name, colour } = classes?.[index] ?? { name: className };
      const kind = { className: name, ...(colour !== undefined && { colour }) };
      return { label: index + 1, ...kind, polygons: simplified(polygons) };
    })
    .filter(({ polygons }) => polygons.length > 0);
  const { widthPx, heightPx } = labels;
  return { ...photo, fileName, widthPx, heightPx, regions, objects };
}
