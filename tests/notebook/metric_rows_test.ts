import { expect } from "expect";
import type { MetricSummary } from "papilio/evaluation/summary.ts";
import { evaluationMetric } from "papilio/evaluation/metric_table.ts";
import type { ComparisonRow } from "papilio/evaluation/comparison.ts";
import {
  comparedNetworkRows,
  comparisonRows,
  largestGain,
  metricRows,
  type ShownNetwork,
  sweepRows,
} from "papilio/notebook/metric_rows.ts";
import type { SweepRow } from "papilio/predict/postprocess/sweep.ts";

const interval = (value: number, low: number, high: number) => ({ value, low, high, resamples: 9 });

Deno.test("metrics stand in the order asked for; of distances there is no micro average", () => {
  const summaryOf = (name: string, rest: object) =>
    ({ ...evaluationMetric(name), ...rest }) as unknown as MetricSummary;
  const metrics = [
    summaryOf("iou", {
      macro: { ...interval(0.76543, 0.7, 0.8), images: 3 },
      micro: interval(0.7, 0.6, 0.8),
    }),
    summaryOf("hausdorff_95_px", { macro: { ...interval(30.46, 9.5, NaN), images: 2 } }),
  ];
  expect(metricRows(metrics, ["hausdorff_95_px", "iou"])).toEqual([
    {
      metric: "Hausdorff 95 % (px)",
      "mean over images": "30.5",
      "95 %": "9.5000 … –",
      images: 2,
      "all as one image": "",
      "its 95 %": "",
    },
    {
      metric: "IoU",
      "mean over images": "0.7654",
      "95 %": "0.7000 … 0.8000",
      images: 3,
      "all as one image": "0.7000",
      "its 95 %": "0.6000 … 0.8000",
    },
  ]);
});

function sweepRow(setting: string, iou: number, hausdorff: number): SweepRow {
  const macro = { dice: 0.9, iou: 0.8, boundaryF1: 0.7, hausdorff95Px: 5, dsbScore: 0.6 };
  const gain = {
    dice: interval(0, 0, 0),
    iou: interval(iou, iou - 0.01, iou + 0.01),
    boundaryF1: interval(0, 0, 0),
    hausdorff95Px: interval(hausdorff, hausdorff - 1, hausdorff + 1),
    dsbScore: interval(0, 0, 0),
  };
  return { options: {}, setting, micro: { dice: 0.9, iou: 0.8 }, macro, gain };
}

const rows = [sweepRow("none", 0, 0), sweepRow("open=2", -0.02, -3), sweepRow("close=2", 0.005, 4)];

Deno.test("a sweep's gains carry their sign, interval and verdict; doing nothing gains nothing", () => {
  expect(sweepRows(rows, ["iou"])).toEqual([
    { setting: "none", IoU: "0.8000", "gain in IoU": "" },
    { setting: "open=2", IoU: "0.8000", "gain in IoU": "-0.0200 (-0.0300 … -0.0100) worse" },
    { setting: "close=2", IoU: "0.8000", "gain in IoU": "+0.0050 (-0.0050 … +0.0150) unclear" },
  ]);
});

Deno.test("the largest gain is the highest, of distances the lowest, and never doing nothing", () => {
  expect(largestGain(rows, "iou").setting).toBe("close=2");
  expect(largestGain(rows, "hausdorff95Px").setting).toBe("open=2");
  expect(largestGain(rows.slice(0, 2), "iou").setting).toBe("open=2");
});

Deno.test("a comparison shows means over images, the second less the first", () => {
  const test = { pValue: 0.25, isExact: true } as ComparisonRow["comparison"]["test"];
  const row = (averaging: "micro" | "macro", first: number): ComparisonRow => ({
    metric: evaluationMetric("iou"),
    averaging,
    first,
    second: 0.8,
    comparison: { images: 2, difference: interval(0.1, -0.1, 0.3), test },
  });
  expect(comparisonRows([row("micro", 0.6), row("macro", 0.7)], ["dice", "iou"])).toEqual([{
    metric: "IoU",
    first: "0.7000",
    second: "0.8000",
    difference: "+0.1000",
    "95 %": "-0.1000 … +0.3000",
    p: "0.2500",
  }]);
});

Deno.test("compared networks: accuracy with intervals beside the costs; the first differs from none", () => {
  const metric = (value: number) => ({ ...interval(value, value - 0.1, value + 0.1), images: 9 });
  const network = (name: string, iou: number): ShownNetwork => ({
    name,
    metrics: { iou: metric(iou), dice: metric(0.9), boundary_f1: metric(0.5) },
    ...{
      parameters: 1_234_567,
      multiplyAdds: 89_600_000,
      milliseconds: 2.345,
      trainingSeconds: 7.6,
    },
  });
  const second = {
    ...network("SegNet", 0.6),
    difference: { ...interval(-0.2, -0.3, 0.1), pValue: 0.2 },
  };
  const costs = {
    ...{ "boundary F1": "0.5000", "parameters (M)": "1.23", "multiply-adds (M)": 90 },
    ...{ ms: "2.3", "training (s)": 8 },
  };
  expect(comparedNetworkRows([network("U-Net", 0.8), second])).toEqual([
    {
      ...{ network: "U-Net", IoU: "0.8000", "95 %": "0.7000 … 0.9000" },
      ...{ "to the first": "", "its 95 %": "" },
      ...costs,
    },
    {
      ...{ network: "SegNet", IoU: "0.6000", "95 %": "0.5000 … 0.7000" },
      ...{ "to the first": "-0.2000", "its 95 %": "-0.3000 … +0.1000" },
      ...costs,
    },
  ]);
});
