import { present } from "papilio/core/assert.ts";
import type { JournalEntry } from "papilio/predict/journal.ts";

/** Photos of a kind that are named. */
const NAMED = 5;

type Failure = Pick<JournalEntry, "id" | "source" | "error">;

/** Tells each kind of error once, with its first photo; the others of the kind are named at the end. */
export class FailureLog {
  readonly #idsByKind = new Map<string, string[]>();

  constructor(readonly print: (line: string) => void) {}

  add({ id, source, error }: Failure): void {
    // Errors of one kind differ by their photo's path.
    const kind = error.replaceAll(source, "");
    const ids = this.#idsByKind.get(kind) ?? [];
    if (ids.length === 0) this.print(error);
    this.#idsByKind.set(kind, [...ids, id]);
  }

  end(): void {
    for (const [first, ...others] of this.#idsByKind.values()) {
      if (others.length === 0) continue;
      const named = others.slice(0, NAMED).join(", ") + (others.length > NAMED ? ", …" : "");
      this.print(`… and ${others.length} more of the same as ${present(first)}: ${named}`);
    }
  }
}
