import { dirname, fromFileUrl, join } from "@std/path";
import { Command } from "commander";
import { runMain } from "papilio/cli/main.ts";
import { ensureKernelspec } from "papilio/jupyter/kernelspec.ts";
import { describeKernelspec, findJupyter, runJupyter } from "papilio/jupyter/lab.ts";

const notebooks = join(dirname(dirname(dirname(fromFileUrl(import.meta.url)))), "notebooks");

const noJupyter = `No Jupyter was found. Either will do:
  VS Code with its extensions Jupyter and Deno: open this folder, then a notebook in notebooks/
  JupyterLab: pip install jupyterlab, then this command again`;

const command = new Command("deno task lab")
  .description("Installs Deno's kernel for Jupyter, and opens the notebooks in JupyterLab.")
  .argument("[options...]", "handed on to Jupyter: --no-browser")
  .allowUnknownOption()
  .exitOverride();

/** Jupyter's own exit code; 1 where there is no Jupyter. */
async function main(args: string[]): Promise<number> {
  command.parse(args, { from: "user" });
  console.log(describeKernelspec(await ensureKernelspec()));
  const program = await findJupyter();
  if (program !== undefined) return await runJupyter(program, notebooks, command.args);
  console.log(noJupyter);
  return 1;
}

if (import.meta.main) await runMain(main);
