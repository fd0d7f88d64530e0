import { type Html, html } from "papilio/report/page/_html.ts";

const words: Record<string, string> = {
  "true positive, TP": "foreground in truth and in the prediction",
  "false positive, FP": "predicted foreground that is background",
  "false negative, FN": "foreground that was not predicted",
  IoU: "intersection over union of predicted and true foreground, 0 to 1",
  Dice:
    "twice the intersection over the sum of both areas, the F1 score of pixels; never below IoU",
  precision: "share of the predicted foreground that is right",
  recall: "share of the true foreground that was found",
  specificity: "share of the true background that was left alone",
  MCC: "Matthews’ correlation coefficient of prediction and truth, −1 to 1, 0 by chance",
  "boundary F1": "F1 score of border pixels, which agree if they lie within the tolerance",
  "Hausdorff 95 %": "the distance that 95 % of the border pixels of both masks do not exceed",
  "mean surface distance": "how far the two borders lie apart on average",
  "DSB score": "TP / (TP + FP + FN) of objects, averaged over least IoUs from 0.5 to 0.95",
  "AP at IoU": "TP / (TP + FP + FN) of objects at one least IoU",
  "PQ, SQ, RQ":
    "panoptic quality: how well matched objects are covered, times how many are matched",
  AJI: "aggregated Jaccard index: IoU of all objects with their best predictions, errors included",
  "macro, micro": "mean of the images’ values; value of all images’ pixels together",
  "95 % interval": "bootstrap over images: what other images of the same kind might have given",
  "left out":
    "an image for which a metric is not defined, as the precision where nothing was predicted, is in no mean",
  threshold: "the probability from which on a pixel is foreground, itself included",
  ECE: "expected calibration error: how far probabilities lie from shares, on average",
  phase: "of training: first with the encoder frozen, then all layers",
  epoch: "one pass over all training images",
  validation: "cases that choose the best epoch; test cases choose nothing",
  ignored: "pixels that the true masks say nothing of: they are in no figure",
};

/** Beside these, where there are several classes; a class against the rest is what foreground is above. */
const classWords: Record<string, string> = {
  class:
    "what a pixel can be of; each one’s metrics take it for foreground, and the others for background",
  "mean over classes":
    "of all but the background; a class for which a metric is not defined is left out, and named",
  "likeliest class": "the one that a pixel is predicted to be of; of equal probabilities the first",
  "confusion matrix": "how many pixels of each true class were found to be of which",
};

/** Each term in a line. */
export function glossary({ hasClasses = false }: { hasClasses?: boolean } = {}): Html {
  return html`<dl class="glossary">${
    Object.entries(hasClasses ? { ...words, ...classWords } : words).map(([word, meaning]) =>
      html`
        <div>
          <dt>${word}</dt>
          <dd>${meaning}</dd>
        </div>
      `
    )
  }</dl>`;
}
