import { join } from "@std/path";
import { Command, InvalidArgumentError, Option } from "commander";
import { PapilioError } from "papilio/core/errors.ts";
import { writeFileAtomically } from "papilio/core/files.ts";
import { checkOutputFolder } from "papilio/core/output.ts";
import { startProgress } from "papilio/core/progress.ts";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { counted } from "papilio/core/text.ts";
import type { Case } from "papilio/data/case.ts";
import type { SplitPart } from "papilio/data/split.ts";
import { evaluationFolder, findEvaluationCases } from "papilio/evaluation/evaluation_cases.ts";
import { classNumber } from "papilio/predict/class_mask.ts";
import { explainCase } from "papilio/predict/explain_case.ts";
import { renderExplanation } from "papilio/predict/explain_sheet.ts";
import { GradCamNetwork } from "papilio/predict/grad_cam_network.ts";
import { safeIds } from "papilio/predict/photo_ids.ts";
import { pickByIou, scoreCases } from "papilio/predict/predict_cases.ts";
import { Predictor } from "papilio/predict/predictor.ts";

interface Flags {
  data?: string;
  split?: SplitPart;
  ids?: string[];
  count: number;
  class?: string;
  target: "prediction" | "missed" | "invented";
  stages?: string[];
  out?: string;
}

const makeCommand = () =>
  new Command("deno task explain")
    .description(
      "Draws why masks are as they are: errors, how much views of a photo disagree, and which places " +
        "speak for the mask (Grad-CAM).",
    )
    .argument("<run>", "a finished run folder")
    .option("--data <folder>", "cases of another data set instead of the run's own")
    .addOption(
      new Option("--split <part>", "of the run's own data; by default test, else validation")
        .choices(["test", "validation", "train"]),
    )
    .option("--ids <ids>", "these cases, with commas between; by default the worst by IoU", toNames)
    .option("--count <number>", "how many of the worst cases", toCount, 6)
    .addOption(
      new Option("--target <pixels>", "what Grad-CAM explains: the mask, or a kind of error")
        .choices(["prediction", "missed", "invented"]).default("prediction"),
    )
    .option(
      "--class <name>",
      "of several classes, the one to explain; by default the first that is not the background",
    )
    .option("--stages <names>", "layers to look at; by default taps, bottleneck, decoder", toNames)
    .option("--out <folder>", "where to write; by default the run's evaluation/<part>/explained")
    .exitOverride();

/** Writes a picture of each case. */
export async function main(args: string[]): Promise<void> {
  const command = makeCommand().parse(args, { from: "user" });
  const [run = ""] = command.args;
  const flags = command.opts<Flags>();
  const stopListening = exitOnInterrupt(() => "Interrupted; the pictures so far are whole.");
  const predictor = await Predictor.open(run);
  try {
    classNumber(predictor.classes, flags.class); // Before cases are judged, which takes a while.
    await explainAll(predictor, run, flags);
  } finally {
    stopListening();
    await predictor.dispose();
  }
}

async function explainAll(predictor: Predictor, run: string, flags: Flags): Promise<void> {
  const gradCam = await GradCamNetwork.open(run);
  try {
    const found = await findEvaluationCases(run, { part: flags.split, data: flags.data });
    const folder = flags.out ?? join(evaluationFolder(run, found), "explained");
    await checkOutputFolder(folder, { option: "--out" });
    const cases = await chooseCases(predictor, found.cases, flags);
    const progress = startProgress("explain", cases.length, { unit: "images" });
    for (const [done, item] of cases.entries()) {
      const options = {
        className: flags.class,
        ...(flags.stages && { stageNames: flags.stages }),
      };
      const explained = await explainCase({ predictor, gradCam }, item, { ...flags, ...options });
      const png = await renderExplanation(explained, { scale: 2 });
      await writeFileAtomically(join(folder, pictureName(item.id, explained.className)), png);
      progress.update(done + 1);
    }
    progress.stop();
    console.log(`${counted(cases.length, "picture")} in ${folder}`);
  } finally {
    await gradCam.dispose();
  }
}

/** With several classes each has pictures of its own. */
function pictureName(id: string, className: string | undefined): string {
  if (className === undefined) return `${id}.png`;
  const [safeName] = safeIds([{ name: className, path: className }]);
  return `${id}_${safeName}.png`;
}

async function chooseCases(
  predictor: Predictor,
  cases: readonly Case[],
  { ids, count }: Flags,
): Promise<Case[]> {
  if (!ids) return pickByIou(await scoreCases(predictor, cases), count).worst;
  return ids.map((id) => {
    const whole = cases.find((candidate) => candidate.id === id);
    const begun = cases.filter((candidate) => candidate.id.startsWith(id));
    const item = whole ?? (begun.length === 1 ? begun[0] : undefined);
    if (!item) throw unknownCase(id, cases);
    return item;
  });
}

function unknownCase(id: string, cases: readonly Case[]): PapilioError {
  return new PapilioError({
    cannot: `explain the case ${id}`,
    expected: `one of ${counted(cases.length, "id")}, or its beginning, such as ${cases[0]?.id}`,
    got: id,
    remedy: "Name another part of the data with --split.",
  });
}

function toNames(text: string): string[] {
  return text.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function toCount(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("Give a whole number from 1.");
  return Number(text);
}

if (import.meta.main) await runMain(main);
