import * as tf from "@tensorflow/tfjs";
import { makeLoss } from "papilio/train/losses/mod.ts";

/** A line of a chart. */
export interface Curve {
  label: string;
  x: readonly number[];
  y: readonly number[];
}

/** Side of the masks that curves are made of: 1,024 pixels, beside which a smoothing 1 is little. */
const sidePx = 32;
const pixels = sidePx ** 2;

/**
 * Losses and their pull over how wrong a network is: a whole mask is foreground, and all of its pixels have the
 * logit `z = -wrongness`.
 *
 * With `p = sigmoid(z)` cross-entropy is `-log p`, the Dice loss `1 - 2p / (1 + p)`, the Jaccard loss
 * `1 - p`. The pull is minus the slope by the common logit: what a step has to go by.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { lossesOfWrong } from "papilio/notebook/loss_curves.ts";
 * await tf.setBackend("cpu");
 * const { losses: [bce], pulls: [pull] } = lossesOfWrong(["bce"], [0]);
 * console.assert(bce?.y[0]?.toFixed(3) === "0.693" && pull?.y[0]?.toFixed(3) === "0.500");
 * ```
 */
export function lossesOfWrong(
  names: readonly string[],
  wrongness: readonly number[],
): { losses: Curve[]; pulls: Curve[] } {
  const curves = names.map((label) => {
    const points = wrongness.map((wrong) => atLogit(label, -wrong));
    return { label, points };
  });
  const toCurve = (of: "loss" | "pull") => ({ label, points }: typeof curves[number]): Curve => ({
    label,
    x: wrongness,
    y: points.map((point) => point[of]),
  });
  return { losses: curves.map(toCurve("loss")), pulls: curves.map(toCurve("pull")) };
}

function atLogit(name: string, logit: number): { loss: number; pull: number } {
  return tf.tidy(() => {
    const masks = tf.ones([1, sidePx, sidePx, 1]) as tf.Tensor4D;
    const loss = makeLoss(name);
    const { value, grad } = tf.valueAndGrad((z) => loss(z as tf.Tensor4D, masks))(
      tf.fill(masks.shape, logit),
    );
    return { loss: numberOf(value), pull: -numberOf(tf.sum(grad)) };
  });
}

/**
 * Losses over the share of an object that is missed; the rest is found, and nothing beside it, all of it surely
 * (logits of ±`sureness`).
 *
 * @param objectPx of the 1,024 pixels.
 */
export function lossesOverMissed(
  names: readonly string[],
  shares: readonly number[],
  { objectPx, sureness = 8 }: { objectPx: number; sureness?: number },
): Curve[] {
  const found = (missed: number) => (i: number) => i < Math.round((1 - missed) * objectPx);
  const truth = (i: number) => i < objectPx;
  return names.map((label) => ({
    label,
    x: shares,
    y: shares.map((share) => lossOf(label, { isFound: found(share), isThere: truth, sureness })),
  }));
}

/**
 * A table of losses that a network has which finds nothing (all logits are minus its sureness), by the size
 * of the object; an object of 0 pixels is an empty mask, of which that is right.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { lossesOfNothing } from "papilio/notebook/loss_curves.ts";
 * await tf.setBackend("cpu");
 * const [row] = lossesOfNothing(["bce"], [{ objectPx: 512, sureness: 0 }]);
 * console.assert(row?.["512 px"] === "0.693");
 * ```
 */
export function lossesOfNothing(
  names: readonly string[],
  cases: readonly { objectPx: number; sureness: number; label?: string }[],
): Record<string, string>[] {
  return names.map((loss) => ({
    loss,
    ...Object.fromEntries(
      cases.map(({ objectPx, sureness, label = `${objectPx} px` }) => {
        const isThere = (i: number) => i < objectPx;
        return [label, lossOf(loss, { isFound: () => false, isThere, sureness }).toFixed(3)];
      }),
    ),
  }));
}

function lossOf(
  name: string,
  { isFound, isThere, sureness }: {
    isFound: (pixel: number) => boolean;
    isThere: (pixel: number) => boolean;
    sureness: number;
  },
): number {
  const picture = (valueOf: (pixel: number) => number) =>
    tf.tensor4d(Float32Array.from({ length: pixels }, (_, i) => valueOf(i)), [
      1,
      sidePx,
      sidePx,
      1,
    ]);
  return tf.tidy(() => {
    const logits = picture((i) => isFound(i) ? sureness : -sureness);
    return numberOf(makeLoss(name)(logits, picture((i) => isThere(i) ? 1 : 0)));
  });
}

function numberOf(scalar: tf.Tensor): number {
  return Number(scalar.dataSync()[0]);
}
