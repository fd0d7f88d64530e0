import { join } from "@std/path";
import { executeNotebook, type ExecuteOptions } from "papilio/jupyter/execute.ts";
import {
  codeCells,
  type Notebook,
  type Output,
  parseNotebook,
  textOf,
} from "papilio/jupyter/notebook_file.ts";

/** The project, whose settings hold for the notebooks that are checked. */
export const root = join(import.meta.dirname ?? "", "..", "..");

/** A notebook of code cells `c1`, `c2`, …, with their outputs. */
export function notebookOf(
  sources: readonly string[],
  outputs: readonly (readonly Output[])[] = [],
): Notebook {
  const cells = sources.map((source, i) => ({
    cell_type: "code",
    id: `c${i + 1}`,
    metadata: {},
    execution_count: null,
    source,
    outputs: outputs[i] ?? [],
  }));
  const metadata = { kernelspec: { name: "deno" }, language_info: { name: "typescript" } };
  const content = { nbformat: 4, nbformat_minor: 5, metadata, cells };
  return parseNotebook(JSON.stringify(content), "test.ipynb");
}

/** The outputs of each cell, after a run in a kernel of its own. */
export async function outputsOf(
  sources: readonly string[],
  options: Partial<ExecuteOptions> = {},
): Promise<Output[][]> {
  const executed = await executeNotebook(notebookOf(sources), {
    name: "test.ipynb",
    folder: root,
    timeoutSeconds: 120,
    ...options,
  });
  return codeCells(executed).map((cell) => cell.outputs);
}

/** Code that displays a text under a name, or puts it in the place of what stood there. */
export function displayCode(text: string, id?: string, update = false): string {
  const options = JSON.stringify({
    raw: true,
    ...id === undefined ? {} : { display_id: id },
    update,
  });
  return `await Deno.jupyter.display({ "text/plain": ${JSON.stringify(text)} }, ${options});`;
}

/** What outputs say: the text of streams, the plain text of displays. */
export function plainTexts(outputs: readonly Output[]): string[] {
  return outputs.map((output) => {
    if (output.output_type === "stream") return textOf(output.text);
    return output.output_type === "error" ? output.evalue : String(output.data["text/plain"]);
  });
}
