import { dirname, fromFileUrl, join } from "@std/path";
import { type NotebooksFlags, parseNotebooksFlags } from "papilio/cli/_notebooks_command.ts";
import { interruptedCode, interruptible } from "papilio/cli/interrupt.ts";
import { runMain } from "papilio/cli/main.ts";
import { messageOf } from "papilio/core/errors.ts";
import { counted } from "papilio/core/text.ts";
import { checkCode } from "papilio/jupyter/check_code.ts";
import { checkFormat, formatNotebooks } from "papilio/jupyter/check_format.ts";
import { findNotebooks } from "papilio/jupyter/find.ts";
import { runNotebooks } from "papilio/jupyter/run_notebooks.ts";

const root = dirname(dirname(dirname(fromFileUrl(import.meta.url))));
const lastWord = "Interrupted; each notebook has its outputs of before, or all of the new ones.";

/** 0: all is well, 1: something is not, 130: interrupted. */
async function main(args: string[]): Promise<number> {
  const flags = parseNotebooksFlags(args);
  const paths = await findNotebooks(join(root, "notebooks"), flags.names);
  if (flags.format) return await format(paths);
  await checkFormat(paths, root).catch((error) => {
    if (flags.checkOnly || flags.compare) throw error;
    console.error(messageOf(error)); // A cell that was just changed by hand runs all the same.
  });
  await checkCode(paths, root);
  if (!flags.checkOnly) return await run(paths, flags);
  console.log(`The code of ${counted(paths.length, "notebook")} is in order`);
  return 0;
}

async function format(paths: readonly string[]): Promise<number> {
  const changed = await formatNotebooks(paths, root);
  console.log(`${changed.length} of ${counted(paths.length, "notebook")} needed formatting`);
  return 0;
}

function run(paths: readonly string[], { timeout, ...flags }: NotebooksFlags): Promise<number> {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  const privateFolders = home === undefined ? [root] : [root, home];
  return interruptible(lastWord, async (signal) => {
    const options = { ...flags, timeoutSeconds: timeout, privateFolders, signal };
    const allRan = await runNotebooks(paths, options);
    if (signal.aborted) console.error(lastWord);
    return signal.aborted ? interruptedCode : allRan ? 0 : 1;
  });
}

if (import.meta.main) await runMain(main);
