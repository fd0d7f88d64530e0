import { expect } from "expect";
import pl from "nodejs-polars";
import { numbersOf, pointsOf, textsOf } from "papilio/notebook/columns.ts";

const frame = pl.DataFrame([
  pl.Series("width", [300, null, 200], pl.Float64).cast(pl.Int32),
  pl.Series("foreground", [0.5, 0.25, null], pl.Float64),
  pl.Series("split", ["train", null, "test"], pl.Utf8),
]);

Deno.test("columns are numbers and texts, and what is missing stays so", () => {
  expect(numbersOf(frame, "width")).toEqual([300, null, 200]);
  expect(textsOf(frame, "split")).toEqual(["train", "", "test"]);
  const counts = frame.groupBy("split").agg(pl.col("width").count().cast(pl.Int64).alias("n"));
  expect(numbersOf(counts, "n").toSorted()).toEqual([0, 1, 1]); // A bigint to polars.
});

Deno.test("rows become points, with a group where one is asked for", () => {
  expect(pointsOf(frame, { x: "width", y: "foreground" })).toEqual([
    { x: 300, y: 0.5 },
    { x: null, y: 0.25 },
    { x: 200, y: null },
  ]);
  const grouped = pointsOf(frame, { x: "width", y: "foreground", group: "split" });
  expect(grouped.map(({ group }) => group)).toEqual(["train", "", "test"]);
});
