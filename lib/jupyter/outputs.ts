import { z } from "zod";
import type { Message } from "papilio/jupyter/message.ts";
import type { Output } from "papilio/jupyter/notebook_file.ts";

const streamSchema = z.looseObject({ name: z.string(), text: z.string() });
const errorSchema = z.looseObject({
  ename: z.string(),
  evalue: z.string(),
  traceback: z.array(z.string()).default([]),
});
const displaySchema = z.looseObject({
  data: z.record(z.string(), z.unknown()),
  metadata: z.record(z.string(), z.unknown()).default({}),
  transient: z.looseObject({ display_id: z.string().optional() }).nullish(),
});
const resultSchema = displaySchema.extend({ execution_count: z.number().int().nonnegative() });
const clearSchema = z.looseObject({ wait: z.boolean().default(false) });

/** An output that can still change: a later message may show something else in its place. */
type Display = Extract<Output, { data: unknown }>;

/** Collects what a kernel broadcasts into the outputs of its cells, as a notebook's front end does. */
export class OutputCollector {
  #outputs: Output[] = [];
  #clearBeforeNext = false;
  readonly #displays = new Map<string, Display[]>();

  /** The list to which outputs are added from now on: that of the next cell. */
  beginCell(): Output[] {
    return this.#outputs = [];
  }

  /** Takes one message in; those that show nothing are passed over. */
  take({ type, content }: Message): void {
    if (type === "stream") this.#takeStream(streamSchema.parse(content));
    else if (type === "display_data") this.#takeDisplay(displaySchema.parse(content));
    else if (type === "update_display_data") this.#takeUpdate(displaySchema.parse(content));
    else if (type === "execute_result") this.#takeResult(resultSchema.parse(content));
    else if (type === "error") this.#takeError(errorSchema.parse(content));
    else if (type === "clear_output") this.#takeClear(clearSchema.parse(content));
  }

  #takeStream({ name, text }: z.output<typeof streamSchema>): void {
    this.#clearIfDue();
    const last = this.#outputs.at(-1);
    if (last?.output_type === "stream" && last.name === name) last.text = `${last.text}${text}`;
    else this.#outputs.push({ output_type: "stream", name, text });
  }

  #takeDisplay({ data, metadata, transient }: z.output<typeof displaySchema>): void {
    this.#add({ output_type: "display_data", data, metadata }, transient?.display_id);
  }

  #takeResult({ data, metadata, transient, execution_count }: z.output<typeof resultSchema>): void {
    const output = { output_type: "execute_result" as const, execution_count, data, metadata };
    this.#add(output, transient?.display_id);
  }

  /** What stands at the display's place changes, also in the outputs of an earlier cell. */
  #takeUpdate({ data, metadata, transient }: z.output<typeof displaySchema>): void {
    for (const display of this.#displays.get(transient?.display_id ?? "") ?? []) {
      Object.assign(display, { data, metadata });
    }
  }

  #takeError({ ename, evalue, traceback }: z.output<typeof errorSchema>): void {
    this.#clearIfDue();
    this.#outputs.push({ output_type: "error", ename, evalue, traceback });
  }

  #takeClear({ wait }: z.output<typeof clearSchema>): void {
    if (wait) this.#clearBeforeNext = true;
    else this.#outputs.length = 0;
  }

  #add(display: Display, displayId: string | undefined): void {
    this.#clearIfDue();
    this.#outputs.push(display);
    if (displayId === undefined) return;
    this.#displays.set(displayId, [...this.#displays.get(displayId) ?? [], display]);
  }

  #clearIfDue(): void {
    if (this.#clearBeforeNext) this.#outputs.length = 0;
    this.#clearBeforeNext = false;
  }
}
