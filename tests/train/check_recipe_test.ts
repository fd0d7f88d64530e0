import { expect } from "expect";
import { parseClasses } from "papilio/core/classes.ts";
import { type ConfigOverrides, resolveConfig } from "papilio/core/config.ts";
import { presets } from "papilio/core/presets.ts";
import { checkRecipe } from "papilio/train/check_recipe.ts";

const checked = (overrides: ConfigOverrides) => () =>
  checkRecipe(resolveConfig("smoke", overrides));

Deno.test("a recipe: every preset goes together", () => {
  for (const preset of Object.keys(presets)) {
    expect(() => checkRecipe(resolveConfig(preset))).not.toThrow();
  }
});

Deno.test("a recipe: a schedule that would rise is told with its phase, before the first", () => {
  const schedule = { name: "cosine", minimum: 5e-4 } as const;
  const phases = { phase1: { learningRate: 1e-3 }, phase2: { learningRate: 1e-4 } };
  expect(checked({ schedule, ...phases })).toThrow(
    'Cannot lower the learning rate of phase2 by the schedule "cosine": expected an end of at most ' +
      "0.0001, where it begins, got 0.0005. Lower --schedule.minimum, or raise --phase2.learning-rate.",
  );
  expect(checked({ schedule, ...phases, phase2: { epochs: 0 } })).not.toThrow();
});

Deno.test("a recipe: Nesterov's momentum is one of sgd", () => {
  const nesterov = true;
  expect(checked({ optimizer: { nesterov } })).toThrow("expected the optimizer sgd");
  expect(checked({ optimizer: { name: "sgd", nesterov, momentum: 0 } })).toThrow("a momentum of 0");
  expect(checked({ optimizer: { name: "sgd", nesterov } })).not.toThrow();
});

Deno.test("a recipe: what would have no effect is told", () => {
  expect(checked({ optimizer: { momentum: 0.5 } })).toThrow("Cannot use --optimizer.momentum");
  expect(checked({ optimizer: { weightDecay: 0.5 } })).toThrow(
    "Cannot use --optimizer.weight-decay: expected the optimizer sgd or adamw, got adam. " +
      "Set --optimizer.name, or leave --optimizer.weight-decay out.",
  );
  expect(checked({ optimizer: { momentum: 0, weightDecay: 0 } })).not.toThrow();
  expect(checked({ optimizer: { name: "rmsprop", momentum: 0.5 } })).not.toThrow();
});

Deno.test("a recipe: weights of classes are those of cross-entropy; epochs there must be", () => {
  const classes = parseClasses("background,wings=*");
  const lossSettings = { classWeights: [1, 2] };
  expect(checked({ classes, lossSettings, loss: "dice" })).toThrow('got "dice"');
  expect(checked({ classes, lossSettings, loss: "dice+cross-entropy" })).not.toThrow();
  expect(checked({ phase1: { epochs: 0 }, phase2: { epochs: 0 } })).toThrow("at least one epoch");
});

Deno.test("a recipe: settings that the schedule or the loss does not use are refused", () => {
  expect(checked({ schedule: { warmUpShare: 0.2 } })).toThrow(
    "Cannot use --schedule.warm-up-share: expected the schedule cosine, got plateau. " +
      "Set --schedule.name, or leave --schedule.warm-up-share out.",
  );
  expect(checked({ schedule: { name: "cosine", warmUpShare: 0.2 } })).not.toThrow();
  expect(checked({ schedule: { name: "one-cycle", minimum: 1e-5 } })).toThrow("cosine or poly");
  expect(checked({ schedule: { name: "cosine" }, reduceLearningRate: { patience: 9 } })).toThrow(
    "Cannot use --reduce-learning-rate.patience: expected the schedule plateau, got cosine",
  );
  expect(checked({ reduceLearningRate: { patience: 9 } })).not.toThrow();
  expect(checked({ lossSettings: { falsePositiveWeight: 0.5 } })).toThrow(
    "Cannot use --loss-settings.false-positive-weight: expected the loss tversky or focal-tversky, " +
      "got bce+dice. Set --loss, or leave",
  );
  expect(checked({ loss: "bce+focal-tversky", lossSettings: { falsePositiveWeight: 0.5 } }))
    .not.toThrow();
  expect(checked({ lossSettings: { borderWeight: 10 } })).not.toThrow(); // As without a word.
});
