import pl, { type DataFrame } from "nodejs-polars";
import { produceFileAtomically } from "papilio/core/files.ts";
import type { AnnotationSink } from "papilio/annotation/format.ts";
import { type Measurements, measureObjects } from "papilio/annotation/measurements.ts";
import type { LabelledPhoto } from "papilio/annotation/photo.ts";
import { channelsOf } from "papilio/data/channels.ts";
import { StreamedFile } from "papilio/annotation/_streamed_file.ts";

/** Columns of numbers, each with where it comes from; NaN where there is none. */
type Columns = Record<string, (values: Measurements) => number>;

const shapes: Columns = {
  area_px: ({ areaPx }) => areaPx,
  perimeter_px: ({ perimeterPx }) => perimeterPx,
  centroid_x_px: ({ centroid }) => centroid.xPx,
  centroid_y_px: ({ centroid }) => centroid.yPx,
  left_px: ({ box }) => box.leftPx,
  top_px: ({ box }) => box.topPx,
  width_px: ({ box }) => box.widthPx,
  height_px: ({ box }) => box.heightPx,
  equivalent_diameter_px: ({ equivalentDiameterPx }) => equivalentDiameterPx,
  major_axis_px: ({ majorAxisPx }) => majorAxisPx,
  minor_axis_px: ({ minorAxisPx }) => minorAxisPx,
  eccentricity: ({ eccentricity }) => eccentricity,
  orientation_rad: ({ orientationRad }) => orientationRad,
  solidity: ({ solidity }) => solidity,
};

const colours: Columns = {
  mean_red: ({ colour }) => colour?.[0] ?? NaN,
  mean_green: ({ colour }) => colour?.[1] ?? NaN,
  mean_blue: ({ colour }) => colour?.[2] ?? NaN,
};

const intensities: Columns = { mean_intensity: ({ intensity }) => intensity ?? NaN };

/**
 * A row for each object of a photo: its id, label and class, and its `Measurements`.
 *
 * A grey image has a mean intensity, RGB mean colours; these are NaN if the photo came without its image.
 */
export function objectTable({ id, labels, regions, image, objects }: LabelledPhoto): DataFrame {
  const all = measureObjects(labels, { regions, ...(image ? { image } : {}) });
  const isGrey = image !== undefined && channelsOf(image) === 1;
  const columns = { ...shapes, ...(isGrey ? intensities : colours) };
  const rows = objects.map(({ label }) => all[label - 1] as Measurements);
  return pl.DataFrame([
    pl.Series("id", objects.map(() => id), pl.Utf8),
    pl.Series("label", objects.map(({ label }) => label), pl.Int32),
    pl.Series("class", objects.map(({ className }) => className), pl.Utf8),
    ...Object.entries(columns).map(([name, value]) => pl.Series(name, rows.map(value), pl.Float64)),
  ]);
}

/** Begins a CSV file of all photos' objects; it is written as the photos come. */
export function openObjectCsv(path: string): AnnotationSink {
  const file = new StreamedFile(path);
  let isFirst = true;
  return {
    async add(photo) {
      const table = objectTable(photo);
      if (!isFirst && table.shape.height === 0) return;
      await file.write(table.writeCSV({ includeHeader: isFirst }).toString());
      isFirst = false;
    },
    async finish() {
      await file.close();
    },
    abandon: (reason) => file.abandon(reason),
  };
}

/** Begins a Parquet file of all photos' objects; their rows, 20 values each, are kept until the end. */
export function openObjectParquet(path: string): AnnotationSink {
  const tables: DataFrame[] = [];
  return {
    add(photo) {
      tables.push(objectTable(photo));
      return Promise.resolve();
    },
    async finish() {
      if (tables.length === 0) return;
      const all = pl.concat(tables);
      await produceFileAtomically(path, (temporary) => {
        all.writeParquet(temporary);
        return Promise.resolve();
      });
    },
    abandon: () => Promise.resolve(),
  };
}
