import { PapilioError } from "papilio/core/errors.ts";
import { curvesSpec } from "papilio/report/_curves_spec.ts";
import type { DrawnClass } from "papilio/report/class_overlay.ts";
import { vegaToSvg } from "papilio/report/_vega.ts";
import { svgToPng } from "papilio/report/svg.ts";

/** One epoch of a training run, as `history.csv` holds it; what was not measured is NaN. */
export interface HistoryRow {
  /** 1: encoder frozen; 2: all layers. */
  phase: number;
  epoch: number;
  learningRate: number;
  loss: number;
  valLoss: number;
  dice: number;
  valDice: number;
  iou: number;
  valIou: number;
  /** With classes: each one's name and its IoU on the validation images. */
  valClassIou?: Readonly<Record<string, number>>;
}

export interface CurvesOptions {
  title?: string;
  /** Colours of the run's classes; by default those that classes of these names get. */
  classes?: readonly DrawnClass[];
  /** Pixels of the PNG to each unit of the drawing, which is about 700 wide; 2 is sharp in a notebook. */
  scale?: number;
}

/**
 * The PNG of a run's learning curves: loss, Dice and IoU, and the learning rate, over the epochs.
 *
 * Epochs are counted through both phases. A grey line parts the phases, and a ring marks the epoch with
 * the lowest validation loss.
 *
 * @throws {PapilioError} if no epoch has ended.
 */
export async function renderCurves(
  rows: readonly HistoryRow[],
  options: CurvesOptions = {},
): Promise<Uint8Array> {
  return svgToPng(await drawCurves(rows, options), options.scale ?? 2);
}

/** As `renderCurves`, as SVG text. */
export async function drawCurves(
  rows: readonly HistoryRow[],
  options: CurvesOptions = {},
): Promise<string> {
  if (rows.length === 0) throw noEpochs();
  return await vegaToSvg(curvesSpec(rows, options));
}

function noEpochs(): PapilioError {
  return new PapilioError({
    cannot: "draw learning curves",
    expected: "the history of at least one finished epoch",
    got: "none",
    remedy: "Train for an epoch first: `deno task train --help`.",
  });
}
