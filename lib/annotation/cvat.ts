import { XMLBuilder, XMLParser } from "fast-xml-parser";
import { z } from "zod";
import { messageOf } from "papilio/core/errors.ts";
import type { BinaryMask } from "papilio/data/case.ts";
import { cropObject } from "papilio/annotation/_crop.ts";
import type { AnnotationSink, SetOptions } from "papilio/annotation/format.ts";
import {
  isPlain,
  maskPolygons,
  notOfFormat,
  toPoints,
  toPolygon,
} from "papilio/annotation/_parse.ts";
import type { AnnotatedObject, AnnotatedPhoto, LabelledPhoto } from "papilio/annotation/photo.ts";
import type { Polygon } from "papilio/annotation/polygons.ts";
import { StreamedFile } from "papilio/annotation/_streamed_file.ts";

const PREFIX = "@_";
const builder = new XMLBuilder({
  ignoreAttributes: false,
  attributeNamePrefix: PREFIX,
  format: true,
  suppressEmptyNode: true,
});

/**
 * Begins a file of "CVAT for images 1.1", one for all photos.
 *
 * An object that is one area without holes is a polygon; any other is a mask within its box. What the
 * format cannot hold: borders finer than pixels around holes or of several areas; labels come back in
 * the file's order. CVAT finds a photo by its file name.
 *
 * Source: docs.cvat.ai, "XML annotation format", version 1.1.
 */
export function openCvat(path: string, options: SetOptions): AnnotationSink {
  const file = new StreamedFile(path, headOf(options));
  let images = 0;
  return {
    async add(photo) {
      await file.write(builder.build({ image: imageOf(photo, images++) }));
    },
    async finish() {
      await file.write("</annotations>\n");
      await file.close();
    },
    abandon: (reason) => file.abandon(reason),
  };
}

function headOf({ classNames, classColours = [] }: SetOptions): string {
  const label = classNames.map((name, i) => {
    const color = classColours[i];
    return { name, ...(color !== undefined && { color }), attributes: "" };
  });
  const meta = builder.build({ meta: { task: { mode: "annotation", labels: { label } } } });
  return `<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n${meta}`;
}

function attributes(values: Record<string, string | number>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [PREFIX + name, String(value)]),
  );
}

function imageOf(photo: LabelledPhoto, id: number) {
  const { fileName: name, widthPx: width, heightPx: height, objects } = photo;
  return {
    ...attributes({ id, name, width, height }),
    polygon: objects.filter(({ polygons }) => isPlain(polygons)).map(polygonOf),
    mask: objects.filter(({ polygons }) => !isPlain(polygons))
      .map((object) => maskOf(photo, object)),
  };
}

function polygonOf({ className, polygons }: AnnotatedObject) {
  const points = toPoints((polygons[0] as Polygon).outer).map((point) => point.join(",")).join(";");
  return attributes({ label: className, source: "auto", occluded: 0, points, z_order: 0 });
}

function maskOf({ labels, regions }: LabelledPhoto, { label, className }: AnnotatedObject) {
  const region = regions[label - 1];
  if (region === undefined) throw new Error(`Internal mistake: no region of label ${label}`);
  const { leftPx, topPx, widthPx, heightPx } = region.box;
  return attributes({
    label: className,
    source: "auto",
    occluded: 0,
    rle: rowCounts(cropObject(labels, label, region)).join(", "),
    left: leftPx,
    top: topPx,
    width: widthPx,
    height: heightPx,
    z_order: 0,
  });
}

/** Lengths of background and foreground by turns, row by row, the first of background. */
function rowCounts({ data }: BinaryMask): number[] {
  const counts: number[] = [];
  let [value, length] = [0, 0];
  for (const pixel of data) {
    if (pixel !== value) {
      counts.push(length);
      [value, length] = [pixel, 0];
    }
    length++;
  }
  return [...counts, length];
}

/** One, several or none of an element come as a value, a list, or nothing. */
const several = <T extends z.ZodType>(item: T) =>
  z.union([z.array(item), item.transform((value) => [value])]).default([]);

const number = z.coerce.number();
const polygonSchema = z.object({ "@_label": z.string(), "@_points": z.string() });
const maskSchema = z.object({
  "@_label": z.string(),
  "@_rle": z.string(),
  "@_left": number,
  "@_top": number,
  "@_width": number,
  "@_height": number,
});
const imageSchema = z.object({
  "@_name": z.string(),
  "@_width": number,
  "@_height": number,
  polygon: several(polygonSchema),
  mask: several(maskSchema),
});
const cvatSchema = z.object({ annotations: z.object({ image: several(imageSchema) }) });

/**
 * Reads the polygons and masks of a "CVAT for images" file; polygons come before masks.
 *
 * @throws {PapilioError} if it is none.
 */
export async function readCvat(path: string): Promise<AnnotatedPhoto[]> {
  const { annotations } = await parse(path);
  return annotations.image.map((image) => {
    const shapes = [
      ...image.polygon.map((shape) => ({
        className: shape["@_label"],
        polygons: [toPolygon(pointsOf(shape["@_points"]))],
      })),
      ...image.mask.map((shape) => ({ className: shape["@_label"], polygons: maskShape(shape) })),
    ];
    return {
      fileName: image["@_name"],
      widthPx: image["@_width"],
      heightPx: image["@_height"],
      objects: shapes.map((shape, index) => ({ label: index + 1, ...shape })),
    };
  });
}

async function parse(path: string): Promise<z.output<typeof cvatSchema>> {
  const text = await Deno.readTextFile(path);
  try {
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: PREFIX,
      parseAttributeValue: false,
      parseTagValue: false,
    });
    return cvatSchema.parse(parser.parse(text, true));
  } catch (error) {
    throw notOfFormat(path, "CVAT for images 1.1", messageOf(error), error);
  }
}

function pointsOf(text: string): number[][] {
  return text.split(";").map((pair) => pair.split(",").map(Number));
}

function maskShape(shape: z.output<typeof maskSchema>): Polygon[] {
  const [widthPx, heightPx] = [shape["@_width"], shape["@_height"]];
  const data = new Uint8Array(widthPx * heightPx);
  let position = 0;
  for (const [index, count] of shape["@_rle"].split(",").map(Number).entries()) {
    data.fill(index % 2, position, position + count);
    position += count;
  }
  return maskPolygons({ data, widthPx, heightPx }, shape["@_left"], shape["@_top"]);
}
