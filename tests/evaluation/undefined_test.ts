import { expect } from "expect";
import { tallyMask, truthOfMask } from "papilio/metrics/mask_tally.ts";
import { evaluationMetrics } from "papilio/evaluation/metric_table.ts";

const row = (marks: string) => ({
  data: Uint8Array.from(marks, (mark) => mark === "#" ? 1 : 0),
  widthPx: marks.length,
  heightPx: 1,
});

/** The metrics that are not defined, by reason. */
function gapsOf(found: string, truth: string): Record<string, string[]> {
  const tally = tallyMask({ mask: row(found) }, truthOfMask(row(truth)));
  const gaps = evaluationMetrics.flatMap(({ name, gapsOf }) =>
    gapsOf(tally).map(({ reason }) => ({ name, reason }))
  );
  const groups = Object.groupBy(gaps, ({ reason }) => reason);
  return Object.fromEntries(
    Object.entries(groups).map(([reason, some = []]) => [reason, some.map(({ name }) => name)]),
  );
}

const distances = ["hausdorff_95_px", "hausdorff_px", "mean_surface_distance_px"];

Deno.test("metrics are not defined for lack of something else, there or predicted, and say which", () => {
  expect(gapsOf("####", "####")).toEqual({ "nothing else there": ["specificity", "matthews"] });
  expect(gapsOf("##..", "####")).toMatchObject({
    "nothing else there": ["specificity", "matthews"],
  });
  expect(gapsOf("####", "##..")).toMatchObject({ "nothing else predicted": ["matthews"] });
});

Deno.test("metrics are not defined for lack of a mask, there or predicted, and say which", () => {
  expect(gapsOf("....", ".##.")).toEqual({
    "nothing predicted": [
      ...["precision", "matthews", "boundary_precision", ...distances],
      "segmentation_quality",
    ],
  });
  const absent = gapsOf(".##.", "....")["nothing there"];
  expect(absent).toEqual(
    expect.arrayContaining(["recall", "matthews", "boundary_recall", ...distances]),
  );
  const { "nothing there, nothing predicted": neither = [], ...others } = gapsOf("....", "....");
  expect(others).toEqual({});
  const defined = evaluationMetrics.map(({ name }) => name).filter((name) =>
    !neither.includes(name)
  );
  expect(defined).toEqual(["specificity", "accuracy"]);
});
