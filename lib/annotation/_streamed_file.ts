import { produceFileAtomically } from "papilio/core/files.ts";

/** Text gathered before it is handed on. */
const PIECE_CHARACTERS = 65536;

/** A text file written piece by piece, which appears under its name only when it is closed. */
export class StreamedFile {
  readonly #writer: WritableStreamDefaultWriter<string>;
  readonly #isWritten: Promise<void>;
  #gathered: string;

  /** `head` is what it begins with. */
  constructor(path: string, head = "") {
    this.#gathered = head;
    const { readable, writable } = new TextEncoderStream();
    this.#writer = writable.getWriter();
    this.#isWritten = produceFileAtomically(
      path,
      (temporary) => Deno.writeFile(temporary, readable),
    );
    // `write` and `close` fail with it then, instead of waiting for a reader for ever.
    this.#isWritten.catch((error) => readable.cancel(error)).catch(() => {});
  }

  /** Waits until the text is taken, so that pieces do not pile up in memory. */
  async write(text: string): Promise<void> {
    this.#gathered += text;
    if (this.#gathered.length >= PIECE_CHARACTERS) await this.#pass();
  }

  async close(): Promise<void> {
    await this.#pass();
    await this.#writer.close();
    await this.#isWritten;
  }

  /** Leaves no file behind. */
  async abandon(reason: unknown): Promise<void> {
    await this.#writer.abort(reason).catch(() => {});
    await this.#isWritten.catch(() => {});
  }

  async #pass(): Promise<void> {
    const text = this.#gathered;
    this.#gathered = "";
    await this.#writer.write(text);
  }
}
