import { dirname, fromFileUrl, join } from "@std/path";
import { Command, InvalidArgumentError } from "commander";
import { interruptedCode, interruptible } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { checkCode } from "papilio/jupyter/check_code.ts";
import { checkFormat, formatNotebooks } from "papilio/jupyter/check_format.ts";
import { findNotebooks } from "papilio/jupyter/find.ts";
import { runNotebooks } from "papilio/jupyter/run_notebooks.ts";

const root = dirname(dirname(dirname(fromFileUrl(import.meta.url))));

interface Flags {
  write?: true;
  compare?: true;
  checkOnly?: true;
  format?: true;
  timeout: number;
}

const command = new Command("deno task notebooks")
  .description("Checks the notebooks' code and runs them, each in a kernel of its own.")
  .argument("[names...]", "numbers or file names; by default all, in order")
  .option("--write", "store the outputs, if the notebook ran through")
  .option("--compare", "fail where other kinds of outputs come out than are stored")
  .option("--check-only", "format, types and lint alone; nothing is run")
  .option("--format", "format the cells; nothing is run")
  .option("--timeout <s>", "the longest that a cell may take", toSeconds, 1800)
  .exitOverride();

function toSeconds(text: string): number {
  if (!(Number(text) > 0)) throw new InvalidArgumentError("Give a number of seconds.");
  return Number(text);
}

/** 0: all is well, 1: not, 130: interrupted. */
async function main(args: string[]): Promise<number> {
  command.parse(args, { from: "user" });
  const { checkOnly, format, timeout: timeoutSeconds, ...flags } = command.opts<Flags>();
  const paths = await findNotebooks(join(root, "notebooks"), command.args);
  if (format) return console.log(`${(await formatNotebooks(paths, root)).length} changed`), 0;
  await checkFormat(paths, root);
  await checkCode(paths, root);
  if (checkOnly) return console.log(`The code of ${paths.length} notebooks is in order`), 0;
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  const privateFolders = [root, ...home === undefined ? [] : [home]];
  return await interruptible("Interrupted; no notebook was changed halfway.", async (signal) => {
    const options = { ...flags, timeoutSeconds, privateFolders, signal };
    try {
      return await runNotebooks(paths, options) ? 0 : 1;
    } catch (error) {
      if (signal.aborted) return interruptedCode;
      throw error;
    }
  });
}

if (import.meta.main) await runMain(main);
