import { produceFileAtomically } from "papilio/core/files.ts";

/** A text file written piece by piece, which appears under its name only when it is closed. */
export class StreamedFile {
  readonly #writer: WritableStreamDefaultWriter<string>;
  readonly #isWritten: Promise<void>;

  constructor(path: string) {
    const { readable, writable } = new TextEncoderStream();
    this.#writer = writable.getWriter();
    this.#isWritten = produceFileAtomically(
      path,
      (temporary) => Deno.writeFile(temporary, readable),
    );
    // The error is thrown by `write` or `close`; but who waits for a reader must be let go.
    this.#isWritten.catch((error) => readable.cancel(error)).catch(() => {});
  }

  /** Waits until the text is taken, so that pieces do not pile up in memory. */
  async write(text: string): Promise<void> {
    await Promise.race([this.#writer.write(text), this.#isWritten]);
  }

  async close(): Promise<void> {
    await Promise.race([this.#writer.close(), this.#isWritten]);
    await this.#isWritten;
  }

  /** Leaves no file behind. */
  async abandon(reason: unknown): Promise<void> {
    await this.#writer.abort(reason).catch(() => {});
    await this.#isWritten.catch(() => {});
  }
}
