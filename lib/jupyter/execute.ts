import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { PapilioError } from "papilio/core/errors.ts";
import { Kernel } from "papilio/jupyter/kernel.ts";
import { type CodeCell, codeCells, type Notebook, textOf } from "papilio/jupyter/notebook_file.ts";
import { OutputCollector } from "papilio/jupyter/outputs.ts";

/** What is used of the kernel's reply to a cell. */
const replySchema = z.looseObject({
  status: z.string(),
  execution_count: z.number(),
  ename: z.string().default("Error"),
  evalue: z.string().default("not described by the kernel"),
});

/** What a cell threw. */
interface Thrown {
  ename: string;
  evalue: string;
  traceback?: string[];
}

export interface ExecuteOptions {
  /** What the notebook is called in errors. */
  name: string;
  /** Where its kernel runs: the notebook's folder. */
  folder: string;
  /** The longest that a cell may take. */
  timeoutSeconds?: number;
  signal?: AbortSignal | undefined;
  /** Hears how many cells are done. */
  onProgress?: (done: number) => void;
}

/**
 * Runs all cells in a kernel of their own; returns the notebook with its outputs and execution counts.
 *
 * @throws {PapilioError} if a cell throws, takes too long or ends the kernel: with the notebook, the cell
 * and what it threw.
 */
export async function executeNotebook(
  notebook: Notebook,
  options: ExecuteOptions,
): Promise<Notebook> {
  const { folder, signal } = options;
  const kernel = await Kernel.start(folder, { signal });
  try {
    return withResults(notebook, await runCells(kernel, codeCells(notebook), options));
  } finally {
    await kernel.close();
  }
}

type Result = Pick<CodeCell, "outputs" | "execution_count">;

/** The results by the cells' ids. */
async function runCells(
  kernel: Kernel,
  cells: readonly CodeCell[],
  { name, timeoutSeconds = 600, onProgress = () => {} }: ExecuteOptions,
): Promise<Map<string, Result>> {
  const collector = new OutputCollector();
  const results = new Map<string, Result>();
  for (const [index, cell] of cells.entries()) {
    onProgress(index);
    const place = `${name}, cell "${cell.id}" (${index + 1} of ${cells.length})`;
    const running = runCell(kernel, cell, collector);
    results.set(cell.id, await at(place, withTimeLimit(running, timeoutSeconds)));
  }
  onProgress(cells.length);
  return results;
}

async function runCell(
  kernel: Kernel,
  cell: CodeCell,
  collector: OutputCollector,
): Promise<Result> {
  const outputs = collector.beginCell();
  const { content } = await kernel.execute(
    textOf(cell.source),
    (message) => collector.take(message),
  );
  const { status, execution_count, ename, evalue } = replySchema.parse(content);
  if (status === "ok") return { outputs, execution_count };
  throw cellFailed(outputs.find((output) => output.output_type === "error") ?? { ename, evalue });
}

async function withTimeLimit<T>(work: Promise<T>, seconds: number): Promise<T> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => limit.reject(tooLong(seconds)), seconds * 1000);
  try {
    return await Promise.race([work, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Says in an error where it happened. */
async function at<T>(place: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof PapilioError)) throw error;
    throw new PapilioError({ ...error.problem, cannot: `run ${place}`, cause: error });
  }
}

function withResults(notebook: Notebook, results: ReadonlyMap<string, Result>): Notebook {
  const nothing = { outputs: [], execution_count: null };
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, ...results.get(cell.id) ?? nothing } : cell
  );
  return { ...notebook, cells };
}

function cellFailed({ ename, evalue, traceback = [] }: Thrown): PapilioError {
  const trace = stripVTControlCharacters(traceback.join("\n"));
  return new PapilioError({
    cannot: "run a cell",
    expected: "it to run through",
    got: stripVTControlCharacters(`${ename}: ${evalue}`),
    remedy: `Run the notebook up to this cell in Jupyter or VS Code to look closer.\n${trace}`
      .trim(),
  });
}

function tooLong(seconds: number): PapilioError {
  return new PapilioError({
    cannot: "run a cell",
    expected: `its end within ${seconds} s`,
    got: "none",
    remedy: "Give it more time with --timeout <seconds>, or make it do less.",
  });
}
