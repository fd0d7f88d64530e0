import type { Raster } from "papilio/report/raster.ts";
import { decodeWithin } from "papilio/data/decode.ts";
import { resizeMask } from "papilio/data/masks.ts";
import { dice, iou, metricText } from "papilio/metrics/counts.ts";
import type { CamWeighting } from "papilio/model/grad_cam.ts";
import type { ErrorDetection } from "papilio/predict/error_detection.ts";
import type { CaseExplanation, PlacedMap } from "papilio/predict/explain_case.ts";
import { forEachRow, type ProbabilityMap, type Size } from "papilio/predict/resize.ts";
import { errorLegend, renderErrorMap } from "papilio/report/error_map.ts";
import { fitIntoSquare, type GridOptions, type Panel, renderGrid } from "papilio/report/grid.ts";
import { renderHeatOverlay, type ScalarMap } from "papilio/report/heat_overlay.ts";
import { ignoredLegend } from "papilio/report/ignored.ts";
import { renderOverlay } from "papilio/report/overlay.ts";

/** A probability of 0 in one half of the views and of 1 in the other deviates by this. */
const MOST_DEVIATION = 0.5;

export type ExplanationSheetOptions = Pick<
  GridOptions,
  "columns" | "panelPx" | "scale" | "palette" | "title"
>;

/**
 * The PNG of all pictures of an explanation side by side: photo with contours, probability, deviation over
 * the views, errors, and Grad-CAM at each stage that was asked for, with the scales of their colours.
 *
 * @throws {PapilioError} if the photo cannot be read any more.
 */
export async function renderExplanation(
  explanation: CaseExplanation,
  options: ExplanationSheetOptions = {},
): Promise<Uint8Array> {
  const { panelPx = 256, scale = 1 } = options;
  const panels = await explanationPanels(explanation, panelPx * scale);
  const hasGradCam = explanation.gradCam.length > 0;
  return await renderGrid(panels, {
    ...(hasGradCam && { title: `What speaks for ${explanation.targetText}` }),
    ...options,
    colourBar: [
      { title: `probability of ${explanation.className ?? "foreground"}`, domain: [0, 1] },
      { title: "its deviation over the views", domain: [0, MOST_DEVIATION] },
      ...(hasGradCam
        ? [{ title: `${methods[explanation.weighting]}, of its maximum`, domain: [0, 1] } as const]
        : []),
    ],
    legend: explanation.truth ? errorLegend : [],
  });
}

/** The pictures of an explanation, each with its longer side at `sidePx`. */
export async function explanationPanels(
  explanation: CaseExplanation,
  sidePx: number,
): Promise<Panel[]> {
  const { item, intensityRange, map, deviation, gradCam, weighting } = explanation;
  const decoded = await decodeWithin(item.imagePath, sidePx, { caseId: item.id, intensityRange });
  const image = await fitIntoSquare(decoded, sidePx);
  return [
    outlinedPanel(explanation, image),
    { image: heat(map, image, [0, 1]), label: "probability" },
    {
      image: heat(deviation, image, [0, MOST_DEVIATION]),
      label: detectionText(explanation.errors),
    },
    ...errorPanel(explanation, image),
    ...gradCam.map((stage) => gradCamPanel(stage, image, methods[weighting])),
  ];
}

function outlinedPanel({ item, found, truth, counts }: CaseExplanation, image: Raster): Panel {
  const atSize = resizeMask(found, image.widthPx, image.heightPx);
  const options = truth ? { truth: resizeMask(truth, image.widthPx, image.heightPx) } : {};
  return {
    image: renderOverlay(image, atSize, options),
    legend: truth ? ignoredLegend([truth]) : [],
    label: counts ? `${item.id}\nDice ${metricText(dice(counts))}` : item.id,
  };
}

function errorPanel({ found, truth, counts }: CaseExplanation, image: Raster): Panel[] {
  if (!truth || !counts) return [];
  const atSize = (mask: Raster) => resizeMask(mask, image.widthPx, image.heightPx);
  return [{
    image: renderErrorMap(image, atSize(found), atSize(truth)),
    legend: ignoredLegend([truth]),
    label: `errors\nIoU ${metricText(iou(counts))}`,
  }];
}

const methods: Record<CamWeighting, string> = { mean: "Grad-CAM", local: "HiResCAM" };

function gradCamPanel(
  { stage, map, shareOnTarget }: PlacedMap,
  image: Raster,
  method: string,
): Panel {
  const most = map.data.reduce((a, b) => Math.max(a, b), 0);
  const share = most === 0 ? "0 everywhere" : `${percent(shareOnTarget)} on the target`;
  return {
    image: renderHeatOverlay(image, atSize(map, image), { domain: [0, most || 1] }),
    label: `${method}, ${stage.name}\n${stage.sidePx}×${stage.sidePx}, ${share}`,
  };
}

function heat(map: ProbabilityMap, image: Raster, domain: readonly [number, number]): Raster {
  return renderHeatOverlay(image, atSize(map, image), { domain, strength: 1 });
}

/** A map at a picture's size, interpolated between the centres of its values. */
function atSize(map: ProbabilityMap, { widthPx, heightPx }: Size): ScalarMap {
  const data = new Float32Array(widthPx * heightPx);
  forEachRow(map, { widthPx, heightPx }, "bilinear", (row, start) => data.set(row, start));
  return { data, widthPx, heightPx };
}

function detectionText(errors: ErrorDetection | undefined): string {
  if (!errors || Number.isNaN(errors.mostCapture)) return "deviation";
  const { share, capture, mostCapture } = errors;
  const held = `${percent(capture.deviation)} of errors (best ${percent(mostCapture)})`;
  return `deviation; its top ${percent(share)} hold\n${held}`;
}

function percent(value: number): string {
  return `${Math.round(100 * value)} %`;
}
