import { PapilioError } from "papilio/core/errors.ts";
import { codeCells, type Notebook, type Output } from "papilio/jupyter/notebook_file.ts";

/**
 * Checks that each cell of a notebook that has just run shows the same kinds of outputs, in the same order
 * and number, as the stored one.
 *
 * @throws {PapilioError} it names each cell that differs, with what was stored and what was got.
 */
export function compareOutputs(name: string, stored: Notebook, executed: Notebook): void {
  const got = new Map(codeCells(executed).map((cell) => [cell.id, describeKinds(cell.outputs)]));
  const differences = codeCells(stored)
    .map(({ id, outputs }) => ({
      id,
      wanted: describeKinds(outputs),
      got: got.get(id) ?? "no cell",
    }))
    .filter((cell) => cell.wanted !== cell.got);
  if (differences.length === 0) return;
  throw new PapilioError({
    cannot: `confirm the stored outputs of ${name}`,
    expected: differences.map(({ id, wanted }) => `in cell "${id}" ${wanted}`).join("; "),
    got: differences.map(({ id, got }) => `in cell "${id}" ${got}`).join("; "),
    remedy: `If the notebook was changed, store its outputs: deno task notebooks ${name} --write`,
  });
}

/** The kinds of a cell's outputs in order, equal neighbours counted: `"stream stdout, 3 × display_data image/png"`. */
export function describeKinds(outputs: readonly Output[]): string {
  const runs: { kind: string; count: number }[] = [];
  for (const kind of outputs.map(kindOf)) {
    const last = runs.at(-1);
    if (last?.kind === kind) last.count++;
    else runs.push({ kind, count: 1 });
  }
  const described = runs.map(({ kind, count }) => count === 1 ? kind : `${count} × ${kind}`);
  return described.join(", ") || "no output";
}

function kindOf(output: Output): string {
  if (output.output_type === "stream") return `stream ${output.name}`;
  if (output.output_type === "error") return `error ${output.ename}`;
  return `${output.output_type} ${Object.keys(output.data).sort().join(" + ")}`;
}
