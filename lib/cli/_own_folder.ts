import { PapilioError } from "papilio/core/errors.ts";
import { type RunFolder, runFolder } from "papilio/core/run_folder.ts";

/**
 * The run into which a command writes that was told no folder.
 *
 * @throws {PapilioError} for a model file on its own, which has none.
 */
export function ownFolder(model: string, cannot: string): RunFolder {
  if (!model.toLowerCase().endsWith(".onnx")) return runFolder(model);
  throw new PapilioError({
    cannot,
    expected: "a folder to write to",
    got: "none, and a model without a run folder",
    remedy: "Give one with --out.",
  });
}
