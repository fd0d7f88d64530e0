import { z } from "zod";
import { writeFileAtomically } from "papilio/core/files.ts";
import { readJson, toPoints, toRing } from "papilio/annotation/_parse.ts";
import type { AnnotatedObject, AnnotatedPhoto, LabelledPhoto } from "papilio/annotation/photo.ts";
import { type Measurements, measureObjects } from "papilio/annotation/measurements.ts";
import { oriented, type Polygon, type Ring } from "papilio/annotation/polygons.ts";

/** Blue of the overlays; of objects whose class has no colour. */
const COLOUR = "#0072b2";

/** What QuPath makes of an object: annotations can be edited, detections come by the thousands. */
export type QuPathType = "annotation" | "detection";

/**
 * Writes a photo's objects as QuPath's GeoJSON: a FeatureCollection of detections or annotations, each a
 * Polygon or MultiPolygon with its holes, its class, and its measurements.
 *
 * In QuPath, from 0.4 on: drop the file on the opened photo. Coordinates are pixels, y down, from the corner of the
 * photo as stored; QuPath does not turn photos by their EXIF orientation. Rings are closed, and outer
 * ones have a positive area (RFC 7946, section 3.1.6). The file holds neither the photo's name nor its
 * size.
 *
 * Source: QuPath's documentation, "Exporting annotations", GeoJSON; RFC 7946.
 */
export async function writeGeoJson(
  photo: LabelledPhoto,
  path: string,
  { objectType = "detection" }: { objectType?: QuPathType } = {},
): Promise<void> {
  const measurements = measureObjects(photo.labels, {
    regions: photo.regions,
    ...(photo.image ? { image: photo.image } : {}),
  });
  const features = photo.objects.map((object) =>
    JSON.stringify(featureOf(object, objectType, measurements[object.label - 1]))
  );
  const list = features.length === 0 ? "" : `\n${features.join(",\n")}\n`;
  await writeFileAtomically(path, `{"type":"FeatureCollection","features":[${list}]}\n`);
}

function featureOf(
  { label, className, colour = COLOUR, polygons }: AnnotatedObject,
  objectType: QuPathType,
  measurements: Measurements | null | undefined,
) {
  const coordinates = polygons.map(({ outer, holes }) => [outer, ...holes].map(closed));
  return {
    type: "Feature",
    geometry: coordinates.length === 1
      ? { type: "Polygon", coordinates: coordinates[0] }
      : { type: "MultiPolygon", coordinates },
    properties: {
      objectType,
      name: String(label),
      classification: { name: className, color: [...Uint8Array.fromHex(colour.slice(1))] },
      measurements: measurements ? named(measurements) : {},
    },
  };
}

function closed(ring: Ring): [number, number][] {
  const points = toPoints(ring);
  return [...points, points[0] as [number, number]];
}

/** The names that QuPath's own detections carry, where there are any. */
function named(values: Measurements): Record<string, number> {
  const colour = values.colour === undefined ? {} : {
    "Red: Mean": values.colour[0],
    "Green: Mean": values.colour[1],
    "Blue: Mean": values.colour[2],
  };
  const intensity = values.intensity === undefined ? {} : { "Intensity: Mean": values.intensity };
  return {
    "Area px^2": values.areaPx,
    "Perimeter px": values.perimeterPx,
    "Equivalent diameter px": values.equivalentDiameterPx,
    "Major axis px": values.majorAxisPx,
    "Minor axis px": values.minorAxisPx,
    Eccentricity: values.eccentricity,
    "Orientation rad": values.orientationRad,
    Solidity: values.solidity,
    ...colour,
    ...intensity,
  };
}

const ringSchema = z.array(z.array(z.number()).min(2)).min(4);
const featureSchema = z.object({
  geometry: z.discriminatedUnion("type", [
    z.object({ type: z.literal("Polygon"), coordinates: z.array(ringSchema).min(1) }),
    z.object({
      type: z.literal("MultiPolygon"),
      coordinates: z.array(z.array(ringSchema).min(1)),
    }),
  ]),
  properties: z.object({
    name: z.string().nullish(),
    classification: z.object({
      name: z.string().optional(),
      names: z.array(z.string()).optional(), // Classes with subclasses, from QuPath 0.5 on.
    }).nullish(),
  }).nullish(),
});
const collectionSchema = z.object({
  type: z.literal("FeatureCollection"),
  features: z.array(featureSchema),
});

/**
 * Reads the areas of QuPath's GeoJSON, a FeatureCollection or a bare list of features.
 *
 * Labels are those of the names where all are numbers, else 1, 2, … in the file's order.
 *
 * @throws {PapilioError} if it is none, or holds other shapes than areas.
 */
export async function readGeoJson(path: string): Promise<AnnotatedPhoto> {
  const schema = z.union([collectionSchema, z.array(featureSchema)]);
  const content = await readJson(path, schema, "GeoJSON of Polygons and MultiPolygons");
  const features = Array.isArray(content) ? content : content.features;
  const names = features.map(({ properties }) => Number(properties?.name));
  const areLabels = names.every((label) => Number.isInteger(label) && label > 0) &&
    new Set(names).size === names.length;
  const objects = features.map(({ geometry, properties }, index) => ({
    label: areLabels ? names[index] as number : index + 1,
    className: classOf(properties?.classification),
    polygons: geometry.type === "Polygon"
      ? [toPolygon(geometry.coordinates)]
      : geometry.coordinates.map(toPolygon),
  }));
  return { fileName: "", widthPx: 0, heightPx: 0, objects };
}

function classOf(
  classification: { name?: string | undefined; names?: string[] | undefined } | null | undefined,
): string {
  return classification?.name ?? classification?.names?.join(": ") ?? "object";
}

function toPolygon(rings: readonly number[][][]): Polygon {
  const [outer, ...holes] = rings.map(toRing) as [Ring, ...Ring[]];
  return oriented([outer, ...holes]);
}
