import { stripVTControlCharacters } from "node:util";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { type Execution, Kernel } from "papilio/jupyter/kernel.ts";
import {
  type CodeCell,
  codeCells,
  type Notebook,
  type Output,
  textOf,
} from "papilio/jupyter/notebook_file.ts";
import { OutputCollector } from "papilio/jupyter/outputs.ts";

export interface ExecuteOptions {
  /** What the notebook is called in errors. */
  name: string;
  /** Where its kernel runs: the notebook's folder. */
  folder: string;
  /** The longest that a cell may take. */
  timeoutSeconds?: number;
  signal?: AbortSignal | undefined;
  /** Hears how many cells are done. */
  onProgress?: (done: number, total: number) => void;
}

/** Where in a notebook something is. */
interface Place {
  name: string;
  cell: CodeCell;
  /** From 1, among the cells that run. */
  number: number;
  total: number;
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
  signal?.throwIfAborted();
  const kernel = await Kernel.start(folder);
  const kill = () => void kernel.close();
  signal?.addEventListener("abort", kill);
  try {
    signal?.throwIfAborted();
    return withResults(notebook, await runCells(kernel, codeCells(notebook), options));
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", kill);
    await kernel.close();
  }
}

type Results = Map<string, Pick<CodeCell, "outputs" | "execution_count">>;

async function runCells(
  kernel: Kernel,
  cells: readonly CodeCell[],
  { name, timeoutSeconds = 600, onProgress = () => {} }: ExecuteOptions,
): Promise<Results> {
  const collector = new OutputCollector();
  const results: Results = new Map();
  for (const [index, cell] of cells.entries()) {
    onProgress(index, cells.length);
    const place = { name, cell, number: index + 1, total: cells.length };
    const outputs = collector.beginCell();
    const running = runCell(kernel, collector, place);
    const { executionCount, succeeded } = await withTimeLimit(running, timeoutSeconds, place);
    if (!succeeded) throw cellError(place, describeError(outputs));
    results.set(cell.id, { outputs, execution_count: executionCount });
  }
  onProgress(cells.length, cells.length);
  return results;
}

async function runCell(
  kernel: Kernel,
  collector: OutputCollector,
  place: Place,
): Promise<Execution> {
  try {
    return await kernel.execute(textOf(place.cell.source), (message) => collector.take(message));
  } catch (error) {
    throw cellError(place, messageOf(error), error);
  }
}

async function withTimeLimit<T>(work: Promise<T>, seconds: number, place: Place): Promise<T> {
  const limit = Promise.withResolvers<never>();
  const timer = setTimeout(() => limit.reject(tooLong(place, seconds)), seconds * 1000);
  work.catch(() => {}); // After the limit, nobody waits for it any more.
  try {
    return await Promise.race([work, limit.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function describeError(outputs: readonly Output[]): string {
  const error = outputs.find((output) => output.output_type === "error");
  if (error === undefined) return "an error that the kernel did not describe";
  const lines = error.traceback.length > 0 ? error.traceback : [`${error.ename}: ${error.evalue}`];
  return `\n${stripVTControlCharacters(lines.join("\n"))}\n`;
}

function withResults(notebook: Notebook, results: Results): Notebook {
  const empty = { outputs: [], execution_count: null };
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, ...results.get(cell.id) ?? empty } : cell
  );
  return { ...notebook, cells };
}

function cellError({ name, cell, number, total }: Place, got: string, cause?: unknown) {
  return new PapilioError({
    cannot: `run ${name}`,
    expected: `cell "${cell.id}" (${number} of ${total}) to run through`,
    got,
    remedy: "Run the notebook up to this cell in Jupyter or VS Code to look closer.",
    cause,
  });
}

function tooLong({ name, cell, number, total }: Place, seconds: number): PapilioError {
  return new PapilioError({
    cannot: `run ${name}`,
    expected: `cell "${cell.id}" (${number} of ${total}) to end within ${seconds} s`,
    got: "no end",
    remedy: "Give it more time with --timeout <seconds>, or make the cell do less.",
  });
}
