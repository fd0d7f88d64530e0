import * as tf from "@tensorflow/tfjs";
import { PapilioError } from "papilio/core/errors.ts";
import { nearestName } from "papilio/core/text.ts";
import type { Loss } from "papilio/train/losses/loss.ts";
import type { LossSettings } from "papilio/train/losses/settings.ts";
import { type LossName, lossTerms } from "papilio/train/losses/table.ts";

/** One loss of a sum. */
export interface LossTerm {
  name: LossName;
  weight: number;
}

/**
 * The terms of a loss as the configuration writes it: names with `+` between, each perhaps with a weight.
 *
 * @throws {PapilioError} for an unknown name, a name given twice, or a weight that is not above 0.
 *
 * @example
 * ```ts
 * import { parseLossTerms } from "papilio/train/losses/mod.ts";
 * const terms = parseLossTerms("bce + 0.5*dice");
 * console.assert(terms.map(({ name, weight }) => `${weight} ${name}`).join() === "1 bce,0.5 dice");
 * ```
 */
export function parseLossTerms(text: string): LossTerm[] {
  const terms = text.split("+").map((part) => parseTerm(part, text));
  const names = terms.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw unreadable(text, `"${twice}" twice`);
  return terms;
}

function parseTerm(part: string, text: string): LossTerm {
  const [, number, name = ""] = /^\s*(?:([^*]*)\*)?\s*([^*]*?)\s*$/.exec(part) ?? [];
  if (!Object.hasOwn(lossTerms, name)) throw unknownTerm(text, name || part);
  const isNumber = number === undefined || /^\s*(\d+\.?\d*|\.\d+)\s*$/.test(number);
  const weight = Number(number ?? 1);
  if (!isNumber || !(weight > 0)) throw unreadable(text, `the weight "${number?.trim()}"`);
  return { name: name as LossName, weight };
}

function unknownTerm(text: string, name: string): PapilioError {
  const meant = nearestName(name, Object.keys(lossTerms));
  return unreadable(text, `"${name}"${meant === undefined ? "" : ` (did you mean "${meant}"?)`}`);
}

function unreadable(text: string, got: string): PapilioError {
  return new PapilioError({
    cannot: `use the loss "${text}"`,
    expected: `one or more out of ${Object.keys(lossTerms).join(", ")}`,
    got,
    remedy: 'Join them by +, with weights above 0 before a *: "bce+dice", "bce+0.5*jaccard".',
  });
}

/**
 * The loss that the configuration names: the weighted sum of its terms.
 *
 * `Σ weight · term`; a weight of 1 is not multiplied by, so `"bce+dice"` is `bceDiceLoss` to the bit.
 *
 * @throws {PapilioError} as `parseLossTerms`, and for settings outside their range.
 *
 * @example
 * ```ts
 * import * as tf from "@tensorflow/tfjs";
 * import { makeLoss } from "papilio/train/losses/mod.ts";
 * await tf.setBackend("cpu");
 * const loss = makeLoss("2*bce")(tf.zeros([1, 1, 1, 1]), tf.ones([1, 1, 1, 1]));
 * console.assert(Math.abs(Number(loss.dataSync()) - 2 * Math.log(2)) < 1e-6);
 * ```
 */
export function makeLoss(text: string, settings: LossSettings = {}): Loss {
  const weighted = parseLossTerms(text).map(({ name, weight }): Loss => {
    const term = lossTerms[name](settings);
    return weight === 1 ? term : (logits, masks) => tf.mul(term(logits, masks), weight);
  });
  return weighted.reduce((a, b) => (logits, masks) => tf.add(a(logits, masks), b(logits, masks)));
}

/** Binary cross-entropy plus Dice loss: pixels one by one, and the overlap as a whole. */
export const bceDiceLoss: Loss = makeLoss("bce+dice");

/** The losses by name, with their published settings: each term, and the sums in common use. */
export const losses = {
  ...(Object.fromEntries(
    Object.entries(lossTerms).map(([name, make]) => [name, make({})]),
  ) as Record<LossName, Loss>),
  "bce+dice": bceDiceLoss,
  "bce+log-dice": makeLoss("bce+log-dice"),
  "bce+jaccard": makeLoss("bce+jaccard"),
  "cross-entropy+dice": makeLoss("cross-entropy+dice"),
} as const satisfies Record<string, Loss>;
