import { present } from "papilio/core/assert.ts";
import type { Message } from "papilio/jupyter/message.ts";

const markerType = "papilio_barrier";
/** The ways that outputs take: each keeps its order, but one may overtake another. */
const ways = ["stdout", "stderr", "broadcast"];

/**
 * Tells a cell's outputs from what comes after them.
 *
 * `code`, run after the cell, sends a marker along each way that outputs take; all that comes before the
 * markers is handed to `hear`, and `passed` is resolved when the last marker is there.
 */
export class Barrier {
  readonly passed: Promise<void>;
  readonly code: string;
  readonly #marker = `${markerType}_${crypto.randomUUID()}`;
  readonly #open = new Set(ways);
  readonly #hear: (message: Message) => void;
  #resolve: (() => void) | undefined;

  constructor(hear: (message: Message) => void) {
    this.#hear = hear;
    this.passed = new Promise((resolve) => this.#resolve = resolve);
    const marker = JSON.stringify(this.#marker);
    this.code = `console.log(${marker}); console.error(${marker});` +
      `await Deno.jupyter.broadcast("${markerType}", { marker: ${marker} });`;
  }

  take(message: Message): void {
    const { type, content } = message;
    if (type === markerType && content.marker === this.#marker) this.#pass("broadcast");
    else if (type !== "stream") this.#hear(message);
    else this.#takeStream(message, String(content.text));
  }

  #takeStream(message: Message, text: string): void {
    const before = text.split(this.#marker, 1)[0] ?? "";
    if (before !== "") this.#hear({ ...message, content: { ...message.content, text: before } });
    if (before !== text) this.#pass(String(message.content.name));
  }

  #pass(way: string): void {
    this.#open.delete(way);
    if (this.#open.size === 0) present(this.#resolve)();
  }
}
