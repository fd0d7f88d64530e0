/** The four things a reader of an error needs. */
export interface Problem {
  /** What could not be done, to be read after "Cannot": `"read mask 0010001.png"`. */
  cannot: string;
  /** What would have been right: `"a PNG of 500×333 pixels"`. */
  expected: string;
  /** What was there, with the file or case id: `"250×166 pixels"`. */
  got: string;
  /** What to do now, as a whole sentence: `"Export the mask at the size of its image."`. */
  remedy: string;
  cause?: unknown;
}

/**
 * An error that says what could not be done, what was expected, what was got, and the remedy.
 *
 * @example
 * ```ts
 * import { PapilioError } from "papilio/core/errors.ts";
 * const error = new PapilioError({
 *   cannot: "build a SegNet",
 *   expected: "an encoder that halves by max-poolings alone",
 *   got: "resnet34",
 *   remedy: "Take vgg16.",
 * });
 * console.assert(
 *   error.message ===
 *     "Cannot build a SegNet: expected an encoder that halves by max-poolings alone, got resnet34. Take vgg16.",
 * );
 * ```
 */
export class PapilioError extends Error {
  override readonly name = "PapilioError";
  readonly problem: Problem;

  constructor(problem: Problem) {
    const { cannot, expected, got, remedy } = problem;
    // What was got may be the whole sentence of another error.
    super(`Cannot ${cannot}: expected ${expected}, got ${got.replace(/\.$/, "")}. ${remedy}`, {
      cause: problem.cause,
    });
    this.problem = problem;
  }
}

/** The message of anything that was thrown. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
