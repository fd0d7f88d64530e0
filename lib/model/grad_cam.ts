import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { applyLayer } from "papilio/model/_apply_layer.ts";
import { type Stage, stagedModel, stagesOf } from "papilio/model/stages.ts";

export interface GradCamInputs {
  /** `[1, S, S, channels]`, as the network takes it. */
  image: tf.Tensor4D;
  /**
   * `[1, S, S, C]`, of C logits a pixel: what each counts in the score; 1 / n at each of n pixels for their
   * mean.
   */
  pixelWeights: tf.Tensor4D;
}

export interface GradCamOptions {
  /** Layers whose feature maps are weighed, of any size. */
  layerNames: readonly string[];
  /** The layer that gives logits; `"mask"`, or what crops it, as `buildSegmentation` calls them. */
  logitsName?: string;
  /** `"mean"` if not given. */
  weighting?: CamWeighting | undefined;
}

/**
 * What a feature counts at a place: `mean` is the mean of its gradients over all places, as in Grad-CAM;
 * `local` the gradient at that place, as in HiResCAM.
 *
 * With `mean`, a place far from the pixels that are explained counts as much as theirs, if the same features
 * are there: right for a whole mask, misleading for a part of it. At the decoder's last stage such a map does
 * not depend on the pixels at all, but for its scale.
 */
export type CamWeighting = "mean" | "local";

/**
 * Which places of a feature map speak for the logits of some pixels: Grad-CAM for segmentation.
 *
 * `score = Σ pixelWeights · logits`, `weight[k] = mean over y, x of ∂ score / ∂ features[y, x, k]`,
 * `map = ReLU(Σ_k weight[k] · features[y, x, k])`, the network in inference mode; see `CamWeighting` for
 * weights of each place. All ways from a
 * feature map to the logits count, through deeper layers and through skip connections. A pure tfjs
 * function: an engine can compile it.
 *
 * Shapes: returns `[s, s]` float32 for each layer, by its name; `s` is the side of its feature map.
 * Units: logits; of the score's size, as weights and features are those of the network.
 * Source: Selvaraju et al., Grad-CAM (2017, arXiv 1610.02391), section 3; Vinogradova et al., Towards
 * Interpretable Semantic Segmentation via Gradient-weighted Class Activation Mapping (2020, arXiv
 * 2002.11434), equation 2, with weights for the pixels in place of a set of them; Draelos & Carin, Use
 * HiResCAM instead of Grad-CAM (2020, arXiv 2011.08891), section 3, for `local`.
 * @throws {PapilioError} if the model has no layer of such a name.
 */
export function gradCam(
  model: tf.LayersModel,
  { image, pixelWeights }: GradCamInputs,
  { layerNames, logitsName = logitsOf(model), weighting = "mean" }: GradCamOptions,
): Record<string, tf.Tensor2D> {
  checkNames(model, [...layerNames, logitsName]);
  return tf.tidy(() => {
    const until = { image, logitsName };
    const features = layerNames.map((name) => present(outputsOf(model, until).get(name)));
    // The gradient for a 0 that is added to a feature map is that for the map, with all that follows.
    const gradients = tf.grads((...zeros) => {
      const added = new Map(layerNames.map((name, i) => [name, present(zeros[i])]));
      const logits = present(outputsOf(model, { ...until, added }).get(logitsName));
      return tf.sum(tf.mul(logits, pixelWeights));
    })(features.map((map) => tf.zeros(map.shape)));
    return Object.fromEntries(
      layerNames.map((
        name,
        i,
      ) => [name, weighed(present(features[i]), present(gradients[i]), weighting)]),
    );
  });
}

function logitsOf({ layers }: tf.LayersModel): string {
  return layers.some(({ name }) => name === "cropping") ? "cropping" : "mask";
}

/** The stages whose feature maps can be weighed: the encoder's taps, the bottleneck, the decoder's stages. */
export function explainableStages(model: tf.LayersModel): Stage[] {
  return stagesOf(stagedModel(model)).filter(({ role }) => role !== "input" && role !== "head");
}

/** The positive part of the sum of all channels, each with its weight. */
function weighed(
  features: tf.Tensor,
  gradients: tf.Tensor,
  weighting: CamWeighting,
): tf.Tensor2D {
  const weights = weighting === "mean" ? tf.mean(gradients, [1, 2], true) : gradients;
  return tf.squeeze(tf.relu(tf.sum(tf.mul(features, weights), 3)), [0]);
}

interface Passage {
  image: tf.Tensor4D;
  /** The last layer to run. */
  logitsName: string;
  /** Summands of layers' outputs. */
  added?: ReadonlyMap<string, tf.Tensor>;
}

/** What each layer gives for an image, in inference mode, up to the logits. */
function outputsOf(
  { layers }: tf.LayersModel,
  { image, logitsName, added }: Passage,
): Map<string, tf.Tensor> {
  const outputs = new Map<string, tf.Tensor>();
  for (const layer of layers) {
    const inputs = (layer.inboundNodes[0]?.inboundLayers ?? [])
      .map(({ name }) => present(outputs.get(name), name));
    const output = inputs.length === 0 ? image : applyLayer(layer, inputs);
    const summand = added?.get(layer.name);
    outputs.set(layer.name, summand ? tf.add(output, summand) : output);
    if (layer.name === logitsName) break;
  }
  return outputs;
}

function checkNames(model: tf.LayersModel, wanted: readonly string[]): void {
  const names = new Set(model.layers.map(({ name }) => name));
  const unknown = wanted.filter((name) => !names.has(name));
  if (unknown.length === 0) return;
  throw new PapilioError({
    cannot: "explain a prediction",
    expected: `layers of the model "${model.name}"`,
    got: unknown.join(", "),
    remedy: "Take the names of `explainableStages`.",
  });
}
