import { Buffer } from "node:buffer";
import { join } from "@std/path";
import { expect } from "expect";
import pl from "nodejs-polars";
import { writeAnnotations } from "papilio/annotation/formats.ts";
import { objectTable } from "papilio/annotation/object_table.ts";
import { annotatePhoto } from "papilio/annotation/photo.ts";
import { inFolder } from "../data/_files.ts";
import { labelsOf } from "./_random_labels.ts";

const photoOf = (id: string, ...rows: string[]) =>
  annotatePhoto({ id, path: `${id}.png`, labels: labelsOf(...rows) });

Deno.test("a row for each object; colours only with the image", () => {
  const labels = labelsOf("112");
  const image = { data: Uint8Array.of(10, 0, 0, 20, 1, 0, 255, 255, 255), widthPx: 3, heightPx: 1 };
  const rows = objectTable(annotatePhoto({ id: "007", path: "007.png", labels, image }))
    .toRecords();
  expect(
    rows.map((
      { id, label, class: name, area_px, centroid_x_px, mean_red, mean_green },
    ) => [id, label, name, area_px, centroid_x_px, mean_red, mean_green]),
  ).toEqual([["007", 1, "object", 2, 1, 15, 0.5], ["007", 2, "object", 1, 2.5, 255, 255]]);
  expect(objectTable(photoOf("a", "1")).toRecords()[0]?.mean_red).toBeNaN();
});

Deno.test("grey images have one mean intensity, and no colours", () => {
  const image = { data: Uint8Array.of(10, 21, 255), widthPx: 3, heightPx: 1 };
  const table = objectTable(
    annotatePhoto({ id: "a", path: "a.png", labels: labelsOf("112"), image }),
  );
  expect(table.toRecords().map(({ mean_intensity }) => mean_intensity)).toEqual([15.5, 255]);
  expect(table.columns).not.toContain("mean_red");
});

Deno.test("CSV and Parquet hold the same rows of all photos, with one header", async () => {
  await inFolder(async (out) => {
    const photos = [photoOf("a", "..."), photoOf("b", "1.2", "1.."), photoOf('c "d", e', "3.1")];
    await writeAnnotations(photos, { out, formats: ["objects", "objects-parquet"] });
    const csv = pl.readCSV(Buffer.from(await Deno.readFile(join(out, "objects.csv"))));
    const parquet = pl.readParquet(Buffer.from(await Deno.readFile(join(out, "objects.parquet"))));
    const rowsOf = (frame: typeof csv) =>
      frame.toRecords().map((
        { id, label, area_px, eccentricity },
      ) => [id, Number(label), area_px, eccentricity]);
    expect(rowsOf(csv)).toEqual([
      ["b", 1, 2, 1],
      ["b", 2, 1, 0],
      ['c "d", e', 1, 1, 0],
      ['c "d", e', 3, 1, 0],
    ]);
    expect(rowsOf(parquet)).toEqual(rowsOf(csv));
  });
});
