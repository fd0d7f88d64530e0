import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { optionName } from "papilio/core/text.ts";
import { isDefault } from "papilio/train/_default_settings.ts";
import { lossOf } from "papilio/train/config_loss.ts";
import { type LossName, parseLossTerms } from "papilio/train/losses/mod.ts";
import { ownSettings } from "papilio/train/optimizers/mod.ts";

/**
 * Checks what training is told against itself, before any data are read: epochs, loss, classes, optimizer
 * and schedule.
 *
 * @throws {PapilioError} for what does not go together; it names the options.
 *
 * @example
 * ```ts
 * import { resolveConfig } from "papilio/core/config.ts";
 * import { checkRecipe } from "papilio/train/check_recipe.ts";
 * checkRecipe(resolveConfig("parts"));
 * ```
 */
export function checkRecipe(config: Config): void {
  checkEpochs(config);
  lossOf(config);
  checkWeightedLoss(config);
  checkSchedule(config);
  checkOptimizer(config);
  checkUsed(config);
}

function checkEpochs({ phase1, phase2 }: Config): void {
  if (phase1.epochs + phase2.epochs > 0) return;
  throw new PapilioError({
    cannot: "train",
    expected: "at least one epoch in one of the phases",
    got: "none in either",
    remedy: "Set --phase1.epochs or --phase2.epochs.",
  });
}

function checkWeightedLoss({ loss, lossSettings: { classWeights } }: Config): void {
  const names = parseLossTerms(loss).map(({ name }) => name);
  if (classWeights.length === 0 || names.includes("cross-entropy")) return;
  throw new PapilioError({
    cannot: "weigh the classes",
    expected: "a loss with cross-entropy, whose weights they are",
    got: `"${loss}"`,
    remedy: 'Add it, "cross-entropy+dice", or give --loss-settings.class-weights "".',
  });
}

function checkSchedule({ schedule, phase1, phase2 }: Config): void {
  const falls = schedule.name === "cosine" || schedule.name === "poly";
  for (const [name, { epochs, learningRate }] of Object.entries({ phase1, phase2 })) {
    if (!falls || epochs === 0 || schedule.minimum <= learningRate) continue;
    throw new PapilioError({
      cannot: `lower the learning rate of ${name} by the schedule "${schedule.name}"`,
      expected: `an end of at most ${learningRate}, where it begins`,
      got: `${schedule.minimum}`,
      remedy: `Lower --schedule.minimum, or raise --${name}.learning-rate.`,
    });
  }
}

function checkOptimizer({ optimizer }: Config): void {
  const { name, momentum, nesterov, weightDecay } = optimizer;
  const chosen = { by: "--optimizer.name", got: name };
  if (nesterov && (name !== "sgd" || momentum === 0)) {
    throw useless("--optimizer.nesterov", "the optimizer sgd with a momentum above 0", {
      ...chosen,
      got: name === "sgd" ? "sgd with a momentum of 0" : name,
    });
  }
  if (momentum && !("momentum" in ownSettings[name])) {
    throw useless("--optimizer.momentum", "the optimizer sgd or rmsprop", chosen);
  }
  if (weightDecay && !("weightDecay" in ownSettings[name])) {
    throw useless("--optimizer.weight-decay", "the optimizer sgd or adamw", chosen);
  }
}

/** Which schedules or losses a setting is of. */
const ofSchedules: readonly [readonly string[], readonly Config["schedule"]["name"][]][] = [
  [["schedule", "warmUpShare"], ["cosine"]],
  [["schedule", "minimum"], ["cosine", "poly"]],
  [["schedule", "polyPower"], ["poly"]],
  [["reduceLearningRate", "factor"], ["plateau"]],
  [["reduceLearningRate", "patience"], ["plateau"]],
  [["reduceLearningRate", "minimum"], ["plateau"]],
];
const ofLosses: readonly [readonly string[], readonly LossName[]][] = [
  [["lossSettings", "focalGamma"], ["focal"]],
  [["lossSettings", "focalAlpha"], ["focal"]],
  [["lossSettings", "falsePositiveWeight"], ["tversky", "focal-tversky"]],
  [["lossSettings", "falseNegativeWeight"], ["tversky", "focal-tversky"]],
  [["lossSettings", "focalTverskyGamma"], ["focal-tversky"]],
  [["lossSettings", "borderWeight"], ["border-bce"]],
  [["lossSettings", "borderSigmaPx"], ["border-bce"]],
];

/** What the schedule and the loss do not use must be as it is without a word. */
function checkUsed(config: Config): void {
  const { schedule: { name }, loss } = config;
  for (const [path, names] of ofSchedules) {
    if (names.includes(name) || isDefault(config, path)) continue;
    const expected = `the schedule ${names.join(" or ")}`;
    throw useless(optionName(path), expected, { by: "--schedule.name", got: name });
  }
  const terms = parseLossTerms(loss).map((term) => term.name);
  for (const [path, names] of ofLosses) {
    if (names.some((one) => terms.includes(one)) || isDefault(config, path)) continue;
    throw useless(optionName(path), `the loss ${names.join(" or ")}`, { by: "--loss", got: loss });
  }
}

/** What would have no effect is told, since somebody expects one. */
function useless(
  option: string,
  expected: string,
  { by, got }: { by: string; got: string },
): PapilioError {
  const remedy = `Set ${by}, or leave ${option} out.`;
  return new PapilioError({ cannot: `use ${option}`, expected, got, remedy });
}
