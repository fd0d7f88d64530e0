import type { BinaryMask, Case, ChannelImage } from "papilio/data/case.ts";
import { decodeResized, imageSize } from "papilio/data/decode.ts";
import type { IntensityRange } from "papilio/data/intensities.ts";
import { resizeMask, type Size } from "papilio/data/masks.ts";
import { countPixels, type Counts } from "papilio/metrics/counts.ts";
import { type CaseViews, judged, predictViews, truthOf } from "papilio/predict/_case_views.ts";
import { classNumber } from "papilio/predict/class_mask.ts";
import { detectErrors, type ErrorDetection } from "papilio/predict/error_detection.ts";
import {
  countOf,
  type ExplainTarget,
  meanWeights,
  targetPixels,
  targetText,
} from "papilio/predict/explain_target.ts";
import type { CamWeighting } from "papilio/model/grad_cam.ts";
import type { GradCamMap, GradCamNetwork } from "papilio/predict/grad_cam_network.ts";
import type { AugmentedOptions } from "papilio/predict/postprocess/augmented_prediction.ts";
import type { Predictor } from "papilio/predict/predictor.ts";
import { forEachRow, type SquareMap } from "papilio/predict/resize.ts";

/** What explains: the network of a run, and the same with its gradients. */
export interface Explainers {
  predictor:
    & Pick<Predictor, "inputSidePx" | "threshold" | "predict" | "predictBatch">
    & Partial<
      Pick<
        Predictor,
        "inputChannels" | "intensityRange" | "classes" | "classTable" | "foregroundChannel"
      >
    >;
  /** Left out, there are no maps of it. */
  gradCam?: Pick<GradCamNetwork, "stages" | "explain"> | undefined;
}

export interface ExplainOptions {
  /** Of a network of several classes, the one to look at; by default the first that is not the background. */
  className?: string | undefined;
  /** The pixels whose logits Grad-CAM explains; by default the predicted mask. */
  target?: ExplainTarget;
  /** What speaks for background there, in place of foreground. */
  against?: boolean;
  /** By default those of `defaultStages`. */
  stageNames?: readonly string[];
  /** By default Grad-CAM's `mean` for the predicted mask, and `local` for parts of the photo. */
  weighting?: CamWeighting;
  /** The views of which the deviation is taken. */
  views?: AugmentedOptions;
  /** Of all pixels, that are looked at in `errorCapture`. */
  share?: number;
}

/** A map of Grad-CAM, and how much of it lies where the explained pixels are. */
export interface PlacedMap extends GradCamMap {
  /**
   * The share of the map's sum on the target's pixels, 0…1; NaN of a map that is 0 everywhere. Known as the
   * energy-based pointing game (Wang et al., Score-CAM, 2020, section 4.3), with a mask for the box. What
   * is larger than the target, a place of a coarse stage, has most of its sum outside.
   */
  shareOnTarget: number;
}

/** All that is known of a prediction; maps have the network's size, masks the photo's. */
export interface CaseExplanation {
  item: Case;
  photo: Size;
  /** As the network sees the photo, it is drawn. */
  intensityRange?: IntensityRange | undefined;
  /** Of a network of several classes, the one that all this is about. */
  className?: string;
  /** Probabilities of the photo as it is. */
  map: SquareMap;
  /** Mean and standard deviation of the probability over the views. */
  mean: SquareMap;
  deviation: SquareMap;
  found: BinaryMask;
  /** Of these, only a photo with a mask has any. What is `IGNORED` is not judged. */
  truth?: BinaryMask;
  counts?: Counts;
  errors?: ErrorDetection;
  /** What Grad-CAM looks for, in words. */
  targetText: string;
  weighting: CamWeighting;
  /** Empty if there is nothing to explain, or no network to ask. */
  gradCam: readonly PlacedMap[];
}

/**
 * Looks at a prediction from all sides: the mask and its errors, how much views of the photo disagree, and
 * which places speak for the mask.
 *
 * `renderExplanation` draws it. A case without mask files has no errors.
 *
 * @throws {PapilioError} if a file cannot be read, the target does not fit, or there is no class of that
 * name.
 *
 * @example
 * ```ts ignore
 * const predictor = await Predictor.open(run);
 * const gradCam = await GradCamNetwork.open(run);
 * const explanation = await explainCase({ predictor, gradCam }, item, { target: "missed" });
 * await Deno.writeFile("explained.png", await renderExplanation(explanation));
 * ```
 */
export async function explainCase(
  { predictor, gradCam }: Explainers,
  item: Case,
  options: ExplainOptions = {},
): Promise<CaseExplanation> {
  const { inputSidePx: sidePx, inputChannels = 3, classes = [], classTable = [] } = predictor;
  const chosen = classNumber(classes, options.className);
  const number = classes.length > 1 ? chosen : undefined;
  const { target = "prediction", against = false } = options;
  const { weighting = target === "prediction" ? "mean" : "local" } = options;
  const { intensityRange } = predictor;
  const decoding = { caseId: item.id, channels: inputChannels, intensityRange };
  const image = await decodeResized(item.imagePath, sidePx, decoding);
  const photo = await imageSize(item.imagePath, { caseId: item.id });
  const views = await predictViews(predictor, image, { number, views: options.views });
  const found = views.found(photo);
  const truth = await truthOf(item, photo, { number, classTable });
  const trueSquare = truth && resizeMask(truth, sidePx, sidePx);
  const explained = { found: views.found(image), truth: trueSquare, photo, image };
  const className = number === undefined ? undefined : classes[number];
  const channel = number ?? predictor.foregroundChannel;
  const camOptions = { ...options, target, against, weighting, channel };
  return {
    item,
    photo: { widthPx: photo.widthPx, heightPx: photo.heightPx },
    intensityRange,
    ...(className !== undefined && { className }),
    map: views.map,
    mean: views.mean,
    deviation: views.deviation,
    found,
    ...(truth && trueSquare && {
      truth,
      counts: countPixels(found.data, truth.data),
      errors: errorsOf(views, trueSquare.data, options),
    }),
    targetText: targetText(target, { against, className }),
    weighting,
    gradCam: gradCam ? await explainTarget(gradCam, explained, camOptions) : [],
  };
}

function errorsOf(
  { decision: { probability, threshold }, deviation }: CaseViews,
  truth: Uint8Array,
  { share }: ExplainOptions,
): ErrorDetection {
  const maps = {
    probability: judged(probability, truth),
    deviation: judged(deviation.data, truth),
  };
  return detectErrors(maps, judged(truth, truth), { threshold, share });
}

/**
 * The stages that are worth a look first: the two coarsest taps, the bottleneck, and the decoder's last.
 *
 * At the bottleneck a place stands for a whole region, and the network knows most of what is in it: so
 * Grad-CAM, and Seg-Grad-CAM after it, look there. Objects that are not much larger than its stride are
 * lost in it, and found at a finer tap. The finest taps hold mere edges; the decoder comes ever nearer to
 * the mask itself, and its last stage stands for all of it.
 */
export function defaultStages({ stages }: Pick<GradCamNetwork, "stages">): string[] {
  const end = stages.findIndex(({ role }) => role === "bottleneck") + 1;
  return [...stages.slice(Math.max(0, end - 3), end), ...stages.slice(-1)].map(({ name }) => name);
}

interface Explained {
  image: ChannelImage;
  photo: Size;
  found: BinaryMask;
  truth: BinaryMask | undefined;
}

type CamOptions =
  & Required<Pick<ExplainOptions, "target" | "against" | "weighting">>
  & Pick<ExplainOptions, "stageNames">
  & { channel: number | undefined };

async function explainTarget(
  gradCam: Pick<GradCamNetwork, "stages" | "explain">,
  explained: Explained,
  { target, against, weighting, channel, stageNames = defaultStages(gradCam) }: CamOptions,
): Promise<PlacedMap[]> {
  const pixels = targetPixels(target, explained);
  if (countOf(pixels.data) === 0) return [];
  const weights = meanWeights(pixels, { against });
  const options = { stageNames, weighting, ...(channel !== undefined && { channel }) };
  const maps = await gradCam.explain(explained.image, weights, options);
  return maps.map((each) => ({ ...each, shareOnTarget: shareOn(pixels, each.map) }));
}

/** The share of a map's sum, enlarged by interpolation, that lies on a mask. */
function shareOn(mask: BinaryMask, map: SquareMap): number {
  let [on, all] = [0, 0];
  forEachRow(map, mask, "bilinear", (row, start) => {
    for (let x = 0; x < row.length; x++) {
      all += row[x] as number;
      if (mask.data[start + x] !== 0) on += row[x] as number;
    }
  });
  return on / all;
}
