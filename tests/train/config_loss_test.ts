import { expect } from "expect";
import { parseClasses } from "papilio/core/classes.ts";
import { type ConfigOverrides, resolveConfig } from "papilio/core/config.ts";
import { presets } from "papilio/core/presets.ts";
import { lossOf } from "papilio/train/config_loss.ts";

const made = (overrides: ConfigOverrides) => () => lossOf(resolveConfig("smoke", overrides));
const classes = parseClasses("background,wings=*wing*,body=*body*");

Deno.test("a configuration's loss: one that does not go with the classes is refused", () => {
  expect(made({ loss: "bce+dicee" })).toThrow('got "dicee"');
  expect(made({ classes })).toThrow('Cannot use the loss "bce+dice" with 3 classes');
  expect(made({ loss: "cross-entropy" })).toThrow("without classes");
  expect(made({ classes, loss: "cross-entropy+dice" })).not.toThrow();
});

Deno.test("a configuration's loss: weights are one a class", () => {
  const loss = "cross-entropy";
  const weigh = (classWeights: number[]) => ({ loss, classes, lossSettings: { classWeights } });
  expect(made(weigh([1, 2]))).toThrow("expected 3, one a class, got 2");
  expect(made(weigh([1, 2, 3]))).not.toThrow();
  expect(made(weigh([0, 0, 0]))).toThrow("a weight above 0 for at least one");
  expect(made({ lossSettings: { classWeights: [1] } })).toThrow("no weights without classes");
});

Deno.test("every preset has a loss that goes with its classes", () => {
  for (const preset of Object.keys(presets)) {
    expect(() => lossOf(resolveConfig(preset))).not.toThrow();
  }
});

Deno.test("a loss that is nearly one that is known is told with its name", () => {
  const problem = (loss: string) => () => lossOf(resolveConfig("smoke", { loss }));
  expect(problem("bce+dise")).toThrow('got "dise" (did you mean "dice"?). Join them by +');
  expect(problem("hinge")).toThrow('got "hinge". ');
});
