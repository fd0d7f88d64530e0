import type { Config } from "papilio/core/config.ts";
import { formatDuration } from "papilio/core/progress.ts";
import { version } from "papilio/core/version.ts";
import { metricText } from "papilio/metrics/counts.ts";
import { preprocessing } from "papilio/train/model_files.ts";
import type { RunSummary } from "papilio/train/summary.ts";

/** What somebody who gets the model alone must know of it, as Markdown. */
export function modelCard(config: Config, summary: RunSummary): string {
  const { inputSidePx, threshold, encoder, alpha, decoderFilters, encoderWeights } = config;
  const { cases, epochs, bestEpoch, parameters, trainingSeconds } = summary;
  return `# Segmentation model

A U-Net that finds the foreground of RGB images. Trained with Papilio ${version}.

| | |
|---|---|
| Network | U-Net, encoder ${encoder} (alpha ${alpha}), decoder ${decoderFilters.join(", ")} |
| Parameters | ${parameters.toLocaleString("en")} |
| Input \`image\` | [batch, ${inputSidePx}, ${inputSidePx}, 3], ${preprocessing} |
| Output \`probability\` | [batch, ${inputSidePx}, ${inputSidePx}, 1], 0 to 1 |
| Foreground | probability of at least ${threshold} |
| Encoder's first weights | ${encoderWeights} |
| Training | ${cases.train} images, ${epochs} epochs in ${formatDuration(trainingSeconds)} |
| These weights | epoch ${bestEpoch}, the lowest validation loss |

## Results

At the network's input size; accuracy, Dice and IoU over all pixels, mean image IoU over images.

| set | images | loss | accuracy | Dice | IoU | mean image IoU |
|---|---|---|---|---|---|---|
${resultRows(summary).join("\n")}

## Files

- \`model.onnx\`: for ONNX Runtime; its metadata hold input side, threshold and preprocessing.
- \`model.json\`, \`weights.bin\`: for TensorFlow.js (\`tf.loadLayersModel\`).

## Limits

It was validated on images like those that it was trained on. The validation images chose the epoch;
only a test set, if there is one above, was seen by no choice.
`;
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

function resultRow(name: string, count: number, values: number[]): string {
  return `| ${[name, count, ...values.map(metricText)].join(" | ")} |`;
}
