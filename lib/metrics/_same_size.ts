import { PapilioError } from "papilio/core/errors.ts";
import { sameSize, type Size, sizeText } from "papilio/data/masks.ts";

/** @throws {PapilioError} if a prediction and its truth have different sizes. */
export function requireSameSize(prediction: Size, truth: Size): void {
  if (sameSize(prediction, truth)) return;
  throw new PapilioError({
    cannot: "compare a prediction with the truth",
    expected: `${sizeText(truth)} pixels, the size of the truth`,
    got: `${sizeText(prediction)} pixels`,
    remedy: "Bring the prediction to the truth's size first, by nearest neighbour.",
  });
}
