import type { Config } from "papilio/core/config.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { lossOf } from "papilio/train/config_loss.ts";
import { parseLossTerms } from "papilio/train/losses/mod.ts";
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
  if (nesterov && (name !== "sgd" || momentum === 0)) {
    throw useless("nesterov", "the optimizer sgd with a momentum above 0", name);
  }
  if (momentum && !("momentum" in ownSettings[name])) {
    throw useless("momentum", "the optimizer sgd or rmsprop", name);
  }
  if (weightDecay && !("weightDecay" in ownSettings[name])) {
    throw useless("weightDecay", "the optimizer sgd or adamw", name);
  }
}

/** What would have no effect is told, since somebody expects one. */
function useless(field: string, expected: string, name: string): PapilioError {
  const option = `--optimizer.${
    field.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  }`;
  return new PapilioError({
    cannot: `use ${option}`,
    expected,
    got: name === "sgd" ? "sgd with a momentum of 0" : name,
    remedy: `Set --optimizer.name, or leave ${option} out.`,
  });
}
