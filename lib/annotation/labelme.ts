import { Buffer } from "node:buffer";
import { dirname, relative } from "@std/path";
import sharp from "sharp";
import { z } from "zod";
import { writeFileAtomically } from "papilio/core/files.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import { cropObject } from "papilio/annotation/_crop.ts";
import {
  maskPolygons,
  notOfFormat,
  readJson,
  toPoints,
  toPolygon,
} from "papilio/annotation/_parse.ts";
import type { AnnotatedObject, AnnotatedPhoto, LabelledPhoto } from "papilio/annotation/photo.ts";
import type { Polygon } from "papilio/annotation/polygons.ts";
import { counted } from "papilio/core/text.ts";

/** The version whose files hold masks; later ones read it. */
const VERSION = "5.2.1";

/** Masks encoded at the same time. */
const OBJECTS_AHEAD = 4;

/**
 * Writes a photo's objects as LabelMe's JSON, which points at the photo by its relative path.
 *
 * An object is a polygon, or several with the same `group_id`, its label; one with holes, which polygons
 * here cannot say, is a mask within its box. What the format cannot hold: a border finer than pixels
 * around a hole. LabelMe draws the lines that it is given; but its own converter to masks also takes
 * pixels that a line touches, and so makes objects up to a pixel wider and higher. Under `masksOnly` all
 * objects are masks, which it leaves as they are.
 *
 * Source: wkentaro/labelme, `label_file.py`, `shape.py`.
 */
export async function writeLabelme(
  photo: LabelledPhoto,
  path: string,
  { masksOnly = false }: { masksOnly?: boolean } = {},
): Promise<void> {
  const work = (object: AnnotatedObject) => shapesOf(photo, object, masksOnly);
  const shapes = await Array.fromAsync(mapAhead(photo.objects, work, OBJECTS_AHEAD));
  const content = {
    version: VERSION,
    flags: {},
    shapes: shapes.flat(),
    imagePath: relative(dirname(path), photo.path).replaceAll("\\", "/"),
    imageData: null,
    imageHeight: photo.heightPx,
    imageWidth: photo.widthPx,
  };
  await writeFileAtomically(path, JSON.stringify(content, null, 1) + "\n");
}

async function shapesOf(
  photo: LabelledPhoto,
  { label, className, polygons }: AnnotatedObject,
  masksOnly: boolean,
) {
  const common = { label: className, group_id: label, description: "", flags: {} };
  if (!masksOnly && polygons.every(({ holes }) => holes.length === 0)) {
    return polygons.map(({ outer }) => ({
      ...common,
      points: toPoints(outer),
      shape_type: "polygon",
      mask: null,
    }));
  }
  return [{ ...common, shape_type: "mask", ...await maskOf(photo, label) }];
}

/** The mask as PNG of 0 and 1; its corner points are the first and the last pixel. */
async function maskOf({ labels, regions }: LabelledPhoto, label: number) {
  const region = regions[label - 1];
  if (region === undefined) throw new Error(`Internal mistake: no region of label ${label}`);
  const { leftPx, topPx, widthPx: width, heightPx: height } = region.box;
  const { data } = cropObject(labels, label, region);
  const png = await sharp(data, { raw: { width, height, channels: 1 } }).toColourspace("b-w")
    .png().toBuffer();
  const points = [[leftPx, topPx], [leftPx + width - 1, topPx + height - 1]];
  return { points, mask: png.toString("base64") };
}

const shapeSchema = z.object({
  label: z.string(),
  points: z.array(z.tuple([z.number(), z.number()])),
  group_id: z.number().nullish(),
  shape_type: z.string().default("polygon"),
  mask: z.string().nullish(),
});
type Shape = z.output<typeof shapeSchema>;

const labelmeSchema = z.object({
  imagePath: z.string(),
  imageHeight: z.number(),
  imageWidth: z.number(),
  shapes: z.array(shapeSchema),
});

/**
 * Reads LabelMe's JSON: polygons, rectangles and masks. Shapes of one class and `group_id` are one object.
 *
 * @throws {PapilioError} if it is none, or holds other shapes.
 */
export async function readLabelme(path: string): Promise<AnnotatedPhoto> {
  const content = await readJson(path, labelmeSchema, "LabelMe's JSON");
  const groups = Map.groupBy(
    content.shapes.entries(),
    ([index, { group_id, label }]) => group_id == null ? `shape ${index}` : `${group_id} ${label}`,
  );
  const members = [...groups.values()].map((group) => group.map(([, shape]) => shape));
  const ids = members.map(([shape]) => shape?.group_id ?? 0);
  const areLabels = ids.every((id) => id > 0) && new Set(ids).size === ids.length;
  const objects = await Promise.all(members.map(async (shapes, index) => ({
    label: areLabels ? ids[index] as number : index + 1,
    className: shapes[0]?.label ?? "",
    polygons: (await Promise.all(shapes.map((shape) => polygonsOf(path, shape)))).flat(),
  })));
  const { imagePath: fileName, imageWidth: widthPx, imageHeight: heightPx } = content;
  return { fileName, widthPx, heightPx, objects };
}

async function polygonsOf(path: string, { shape_type, points, mask }: Shape): Promise<Polygon[]> {
  const [[left = 0, top = 0] = [], [right = 0, bottom = 0] = []] = points;
  if (shape_type === "polygon" && points.length >= 3) return [toPolygon(points)];
  if (shape_type === "rectangle") {
    return [toPolygon([[left, top], [right, top], [right, bottom], [left, bottom]])];
  }
  if (shape_type !== "mask" || !mask) {
    const got = `a ${shape_type} of ${counted(points.length, "point")}`;
    throw notOfFormat(path, "polygons, rectangles and masks", got);
  }
  const { data, info } = await sharp(Buffer.from(mask, "base64")).toColourspace("b-w").raw()
    .toBuffer({ resolveWithObject: true });
  const pixels = Uint8Array.from(data, (value) => value > 0 ? 1 : 0);
  return maskPolygons({ data: pixels, widthPx: info.width, heightPx: info.height }, left, top);
}
