import { expect } from "expect";
import { ConsoleReporter, epochLine } from "papilio/train/console.ts";

Deno.test("epochLine: one plain line", () => {
  const row = {
    phase: 1 as const,
    epoch: 3,
    learningRate: 1e-3,
    loss: 0.41239,
    accuracy: 0.95,
    dice: 0.9,
    iou: 0.82,
    valLoss: 0.5,
    valAccuracy: 0.9,
    valDice: 0.8,
    valIou: 0.7,
    valMeanImageIou: 0.6,
    seconds: 200,
  };
  expect(epochLine(row)).toBe(
    "phase 1 epoch 3: loss 0.4124, Dice 0.9000, IoU 0.8200; " +
      "validation loss 0.5000, Dice 0.8000, IoU 0.7000; 3 min 20 s",
  );
  const classes = { ...row, valClassIou: { background: 1, wings: 0.75, spots: NaN } };
  expect(epochLine(classes)).toContain("IoU 0.7000, of wings 0.7500, of spots –; 3 min 20 s");
});

/** The last line of progress that an epoch with one step of a part leaves. */
function progressLine(part: "training" | "validation"): string {
  const lines: string[] = [];
  const { error } = console;
  const { isTerminal } = Deno.stderr;
  console.error = (line: string) => void lines.push(line);
  Deno.stderr.isTerminal = () => false;
  try {
    const step = { kind: "step", phase: 2, epoch: 4, step: 1, steps: 1, loss: 0.31432 } as const;
    new ConsoleReporter().onEvent({ ...step, part });
  } finally {
    console.error = error;
    Deno.stderr.isTerminal = isTerminal;
  }
  return lines.join("\n").replace(/, \S+\/s, /, ", ");
}

Deno.test("ConsoleReporter: the line of progress says whose loss it is", () => {
  expect(progressLine("training")).toBe("phase 2 epoch 4: 1/1 steps, 0 s left, loss 0.3143");
  expect(progressLine("validation"))
    .toBe("phase 2 epoch 4: 1/1 steps, 0 s left, validation loss 0.3143");
});
