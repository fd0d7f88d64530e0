import { Command } from "commander";
import { startProgress } from "papilio/core/progress.ts";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { makeSyntheticDataSet, type SyntheticOptions } from "papilio/data/synthetic.ts";

interface Flags {
  count: number;
  seed: number;
  minSide: number;
  maxSide: number;
  maxButterflies: number;
}

const command = new Command("deno task data:sample")
  .description("Makes a data set of drawn butterflies: images, instance masks and part masks.")
  .argument("<folder>", "new folder for the data set")
  .option("--count <n>", "images", Number, 120)
  .option("--seed <n>", "same seed, same bytes", Number, 42)
  .option("--min-side <px>", "smallest side of an image", Number, 224)
  .option("--max-side <px>", "largest side of an image", Number, 448)
  .option("--max-butterflies <n>", "most butterflies in an image", Number, 4)
  .exitOverride();

async function main(args: string[]): Promise<void> {
  command.parse(args, { from: "user" });
  const folder = command.args[0] as string;
  exitOnInterrupt(() => `Interrupted; ${folder} was not made. The same command begins again.`);
  const made = await makeSample(folder, command.opts<Flags>());
  console.log(made ? `Made ${folder}` : `${folder} holds this set already; nothing was done`);
}

async function makeSample(folder: string, flags: Flags): Promise<boolean> {
  const progress = startProgress("Drawing", flags.count, { unit: "images" });
  const options: SyntheticOptions = {
    count: flags.count,
    seed: flags.seed,
    minSidePx: flags.minSide,
    maxSidePx: flags.maxSide,
    maxButterflies: flags.maxButterflies,
    onProgress: (done) => progress.update(done),
  };
  try {
    return (await makeSyntheticDataSet(folder, options)).made;
  } finally {
    progress.stop();
  }
}

if (import.meta.main) await runMain(main);
