import { namesOf } from "papilio/core/classes.ts";
import type { Config } from "papilio/core/config.ts";
import { formatDuration } from "papilio/core/progress.ts";
import { counted } from "papilio/core/text.ts";
import { version } from "papilio/core/version.ts";
import { metricText } from "papilio/metrics/counts.ts";
import { onlyClass } from "papilio/predict/truth.ts";
import { preprocessingOf } from "papilio/train/model_files.ts";
import type { RunSummary } from "papilio/train/summary.ts";

/** What somebody who gets the model alone must know of it, as Markdown. */
export function modelCard(config: Config, summary: RunSummary): string {
  const { inputSidePx: side, inputChannels, classes, encoderWeights, loss } = config;
  const { cases, epochs, bestEpoch, parameters, trainingSeconds } = summary;
  return `# Segmentation model

A network that tells apart ${classesText(config)}. Trained with Papilio ${version}.

| | |
|---|---|
| Network | ${networkText(config)} |
| Parameters | ${parameters.toLocaleString("en")} |
| Input \`image\` | [batch, ${side}, ${side}, ${inputChannels}], ${preprocessingOf(config)} |
| Output \`probability\` | [batch, ${side}, ${side}, ${Math.max(1, classes.length)}], 0 to 1 |
| Mask | ${maskText(config)} |
| Encoder's first weights | ${encoderWeights} |
| Loss | ${loss} |
| Training | ${counted(cases.train, "image")}, ${counted(epochs, "epoch")} in ${
    formatDuration(trainingSeconds)
  } |
| These weights | epoch ${bestEpoch}, the lowest validation loss |

## Results

At the network's input size; accuracy, Dice and IoU over all pixels, mean image IoU over images.${
    classes.length === 0 ? "" : "\nDice and IoU are means over the classes, the background apart."
  }

| set | images | loss | accuracy | Dice | IoU | mean image IoU |
|---|---|---|---|---|---|---|
${resultRows(summary).join("\n")}
${classTable(summary)}
## Files

- \`model.onnx\`: for ONNX Runtime; its metadata hold input side, ${
    classes.length === 0 ? "threshold" : "classes"
  } and preprocessing.
- \`model.json\`, \`weights.bin\`: for TensorFlow.js (\`tf.loadLayersModel\`).

## Limits

It was validated on images like those that it was trained on. The validation images chose the epoch;
only a test set, if there is one above, was seen by no choice.
`;
}

function classesText({ classes }: Config): string {
  return classes.length === 0 ? "foreground and background" : namesOf(classes).join(", ");
}

/** `"unet, encoder mobilenet-v2 (alpha 1)"` */
function networkText(config: Config): string {
  const { encoder, alpha, encoderDepth, encoderFilters, decoder } = config;
  const width = encoder === "mobilenet-v2" ? `alpha ${alpha}` : `${encoderFilters} filters`;
  const depth = encoder === "double-conv" ? `, ${encoderDepth} levels` : "";
  return `${decoder}, encoder ${encoder} (${width}${depth})`;
}

function maskText({ classes, threshold }: Config): string {
  if (classes.length === 0) return `foreground where the probability is at least ${threshold}`;
  const names = namesOf(classes);
  const foreground = onlyClass(names);
  const numbered = names.map((name, i) => `${i} ${name}`).join(", ");
  return foreground === undefined
    ? `the class of the largest probability, of equals the first: ${numbered}`
    : `${names[foreground]} where its probability is at least 0.5; channels: ${numbered}`;
}

function resultRows({ cases, validation, test }: RunSummary): string[] {
  const { valLoss, valAccuracy, valDice, valIou, valMeanImageIou } = validation;
  const rows = [
    resultRow("validation", cases.validation, [
      valLoss,
      valAccuracy,
      valDice,
      valIou,
      valMeanImageIou,
    ]),
  ];
  if (!test) return rows;
  const { loss, accuracy, dice, iou, meanImageIou } = test;
  return [...rows, resultRow("test", cases.test, [loss, accuracy, dice, iou, meanImageIou])];
}

/** Of the test cases, where there are any and the masks have classes. */
function classTable({ test }: RunSummary): string {
  if (!test?.classes) return "";
  const rows = test.classes.map(({ name, dice, iou }) =>
    `| ${name} | ${metricText(dice)} | ${metricText(iou)} |`
  );
  return ["", "| class, test | Dice | IoU |", "|---|---|---|", ...rows, ""].join("\n");
}

function resultRow(name: string, count: number, values: number[]): string {
  return `| ${[name, count, ...values.map(metricText)].join(" | ")} |`;
}
