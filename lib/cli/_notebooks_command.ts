import { Command, InvalidArgumentError } from "commander";

/** What `deno task notebooks` was asked for. */
export interface NotebooksFlags {
  /** Numbers or file names; none: all. */
  names: string[];
  write?: true;
  compare?: true;
  checkOnly?: true;
  format?: true;
  /** Seconds. */
  timeout: number;
}

const makeCommand = () =>
  new Command("deno task notebooks")
    .description("Checks the notebooks' code, and runs each notebook in a kernel of its own.")
    .argument("[names...]", "numbers (3) or file names; by default all, in order")
    .option("--write", "store the outputs of each notebook that runs through")
    .option("--compare", "fail where outputs of other kinds come out than are stored")
    .option("--check-only", "check format, types and lint; run nothing")
    .option("--format", "format the cells; run nothing")
    .option("--timeout <seconds>", "the longest that a cell may take", toSeconds, 1800)
    .exitOverride();

export function parseNotebooksFlags(args: string[]): NotebooksFlags {
  const command = makeCommand().parse(args, { from: "user" });
  return { ...command.opts<Omit<NotebooksFlags, "names">>(), names: command.args };
}

function toSeconds(text: string): number {
  if (!(Number(text) > 0)) throw new InvalidArgumentError("Give a number of seconds.");
  return Number(text);
}
