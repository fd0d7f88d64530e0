import { join } from "@std/path";
import { Argument, Command } from "commander";
import { exitOnInterrupt } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { publishedDataSets } from "papilio/data/datasets.ts";
import { getDataSet } from "papilio/data/download.ts";

const names = Object.keys(publishedDataSets) as (keyof typeof publishedDataSets)[];
const list = names.map((name) => `  ${name.padEnd(12)} ${publishedDataSets[name].title}`).join(
  "\n",
);

const command = new Command("deno task data:get")
  .description("Downloads a published data set; given again, it goes on where it was stopped.")
  .addArgument(new Argument("<name>", "the data set").choices(names))
  .option("--to <folder>", "where to put it (default: data/<name>)")
  .option("--mirror <url>", "take the archives from this address instead")
  .addHelpText("after", `\nData sets:\n${list}`)
  .exitOverride();

async function main(args: string[]): Promise<void> {
  command.parse(args, { from: "user" });
  const name = command.args[0] as keyof typeof publishedDataSets;
  const { to: folder = join("data", name), mirror } = command.opts<{
    to?: string;
    mirror?: string;
  }>();
  exitOnInterrupt(() => "Interrupted. The same command goes on where this one was stopped.");
  const { downloaded } = await getDataSet(publishedDataSets[name], folder, {
    say: (line) => console.error(line),
    ...(mirror === undefined ? {} : { mirror }),
  });
  console.log(downloaded ? `${folder} is ready` : `${folder} is there already; nothing was done`);
  console.log(`Next: deno task data ${folder}`);
}

if (import.meta.main) await runMain(main);
