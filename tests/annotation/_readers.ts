import { join } from "@std/path";
import { readCoco } from "papilio/annotation/coco.ts";
import { readCvat } from "papilio/annotation/cvat.ts";
import { readDsbCsv } from "papilio/annotation/dsb_csv.ts";
import type { AnnotationFormatName } from "papilio/annotation/formats.ts";
import { readGeoJson } from "papilio/annotation/geojson.ts";
import { readRoiZip } from "papilio/annotation/imagej_roi.ts";
import { readLabelImage } from "papilio/annotation/label_image.ts";
import { readLabelme } from "papilio/annotation/labelme.ts";
import type { AnnotatedPhoto } from "papilio/annotation/photo.ts";
import { redraw } from "papilio/annotation/rasterize.ts";
import type { LabelImage } from "papilio/data/labels.ts";

export type Reader = (folder: string, labels: LabelImage) => Promise<ArrayLike<number>>;

const drawn = (photo: AnnotatedPhoto | undefined, labels: LabelImage) => {
  const { data } = redraw(photo?.objects ?? [], labels);
  const own = photo?.objects.map(({ label }) => label) ?? [];
  return data.map((index) => index === 0 ? 0 : own[index - 1] as number);
};
const ofPhoto =
  (ending: string, read: (path: string) => Promise<AnnotatedPhoto>): Reader =>
  async (folder, labels) => drawn(await read(join(folder, "a", `a${ending}`)), labels);
const ofSet =
  (name: string, read: (path: string) => Promise<AnnotatedPhoto[]>): Reader =>
  async (folder, labels) => drawn((await read(join(folder, name)))[0], labels);

/** How each format that holds shapes is read back into labels. */
export const readers = {
  coco: ofSet("annotations_coco.json", readCoco),
  "coco-masks": ofSet("annotations_coco_masks.json", readCoco),
  cvat: ofSet("annotations_cvat.xml", readCvat),
  geojson: ofPhoto("_objects.geojson", readGeoJson),
  "geojson-annotations": ofPhoto("_annotations.geojson", readGeoJson),
  roi: ofPhoto("_rois.zip", readRoiZip),
  labelme: ofPhoto("_labelme.json", readLabelme),
  "labelme-masks": ofPhoto("_labelme_masks.json", readLabelme),
  "labels-png": async (folder) => (await readLabelImage(join(folder, "a", "a_labels.png"))).data,
  "labels-tiff": async (folder) => (await readLabelImage(join(folder, "a", "a_labels.tif"))).data,
  dsb: async (folder, labels) => {
    const masks = await readDsbCsv(join(folder, "annotations_dsb.csv"), () => labels);
    const data = new Int32Array(labels.data.length);
    for (const [index, mask] of (masks.get("a") ?? []).entries()) {
      for (let i = 0; i < data.length; i++) if (mask.data[i] === 1) data[i] = index + 1;
    }
    return data;
  },
} satisfies Partial<Record<AnnotationFormatName, Reader>>;

/** These count the objects anew. */
const renumbering = new Set<string>(["coco", "coco-masks", "cvat", "dsb"]);

/** Numbers in the order of the first pixels. */
function canonical(data: ArrayLike<number>): number[] {
  const next = new Map([[0, 0]]);
  return Array.from(data, (label) => {
    if (!next.has(label)) next.set(label, next.size);
    return next.get(label) as number;
  });
}

/** The pixels' numbers, as far as a format keeps them. */
export function comparable(name: string, data: ArrayLike<number>): number[] {
  return renumbering.has(name) ? canonical(data) : Array.from(data);
}
