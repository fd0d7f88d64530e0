import { present } from "papilio/core/assert.ts";
import { messageOf } from "papilio/core/errors.ts";
import { Barrier } from "papilio/jupyter/_barrier.ts";
import { Channel } from "papilio/jupyter/_channel.ts";
import { died, noAnswer, withRemedy } from "papilio/jupyter/_kernel_errors.ts";
import { KernelProcess } from "papilio/jupyter/_kernel_process.ts";
import { type Connection, makeConnection } from "papilio/jupyter/connection.ts";
import type { Message } from "papilio/jupyter/message.ts";

export interface KernelOptions {
  /** Seconds until a kernel that does not answer counts as dead. */
  startSeconds?: number;
  /** Ends the kernel. */
  signal?: AbortSignal | undefined;
}

/** Between two questions whether the kernel is heard. */
const askAgainMs = 20;
/** To start, where a port is taken away. */
const attempts = 3;

/**
 * A running Deno kernel, spoken to in Jupyter's protocol; close it in any case.
 *
 * What is asked of it is rejected at once when its process ends.
 */
export class Kernel {
  readonly #connection: Connection;
  readonly #process: KernelProcess;
  /** Aborted, with the reason, when the kernel can no longer be used. */
  readonly #end = new AbortController();
  readonly #failure = Promise.withResolvers<never>();
  readonly #replies = new Map<string, (reply: Message) => void>();
  readonly #channels: Channel[] = [];
  readonly #listening: Promise<void>[] = [];
  #hear: (message: Message) => void = () => {};
  #closing: Promise<void> | undefined;

  /** Starts a kernel in a folder, whose `deno.json` (or one above) holds for its imports. */
  static async start(folder: string, options: KernelOptions = {}): Promise<Kernel> {
    for (let attempt = 1;; attempt++) {
      try {
        return await Kernel.#start(folder, options);
      } catch (error) {
        // Another program may have taken a free port before the kernel did.
        if (attempt === attempts || !messageOf(error).includes("AddrInUse")) throw error;
      }
    }
  }

  static async #start(folder: string, options: KernelOptions): Promise<Kernel> {
    const { startSeconds = 60, signal } = options;
    signal?.throwIfAborted();
    const kernel = new Kernel(await makeConnection(), folder);
    signal?.addEventListener("abort", () => kernel.#fail(signal.reason), {
      signal: kernel.#end.signal,
    });
    const timer = setTimeout(() => kernel.#fail(noAnswer(startSeconds)), startSeconds * 1000);
    try {
      await kernel.#connect();
      return kernel;
    } catch (error) {
      await kernel.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  private constructor(connection: Connection, folder: string) {
    this.#connection = connection;
    this.#process = new KernelProcess(folder, connection.file);
    this.#failure.promise.catch(() => {}); // It is thrown to whoever waits for the kernel.
    this.#process.ended.then((how) => this.#fail(died(how)));
  }

  /**
   * Runs code; `hear` is told of everything that the kernel broadcasts in its course. Returns the reply.
   *
   * The kernel says that it is idle before all outputs are sent. What tells the end of them is a second,
   * silent request whose own outputs come after them.
   */
  async execute(code: string, hear: (message: Message) => void): Promise<Message> {
    const barrier = new Barrier(hear);
    this.#hear = (message) => barrier.take(message);
    const reply = await this.#request("execute_request", executeContent(code, false));
    await this.#request("execute_request", executeContent(barrier.code, true));
    await this.#orFailure(barrier.passed);
    return reply;
  }

  /** Kills the kernel; nothing of it is left afterwards. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.#process.kill();
    for (const channel of this.#channels) channel.close();
    await Promise.all(this.#listening);
    await this.#connection.remove();
  }

  /** What is broadcast before the kernel knows of the listener is lost, so that it is waited for. */
  async #connect(): Promise<void> {
    const { shellPort, iopubPort } = this.#connection;
    await this.#open(
      shellPort,
      "DEALER",
      (reply) => this.#replies.get(reply.parentId ?? "")?.(reply),
    );
    await this.#open(iopubPort, "SUB", (message) => this.#hear(message));
    let isHeard = false;
    this.#hear = () => isHeard = true;
    while (!isHeard) {
      await this.#request("kernel_info_request", {});
      await new Promise((resolve) => setTimeout(resolve, askAgainMs));
    }
  }

  async #open(
    port: number,
    type: "DEALER" | "SUB",
    hear: (message: Message) => void,
  ): Promise<void> {
    const { hostname, key, session } = this.#connection;
    const options = { hostname, key, session, signal: this.#end.signal };
    const channel = await this.#orFailure(Channel.open(port, type, options));
    this.#channels.push(channel);
    this.#listening.push(channel.listen(hear).catch((error) => this.#fail(withRemedy(error))));
  }

  async #request(type: string, content: Record<string, unknown>): Promise<Message> {
    const id = crypto.randomUUID();
    const reply = Promise.withResolvers<Message>();
    this.#replies.set(id, reply.resolve);
    try {
      const sending = present(this.#channels[0]).send({ type, id, content });
      await sending.catch(() => this.#failure.promise); // Where nobody reads, the process is ending.
      return await this.#orFailure(reply.promise);
    } finally {
      this.#replies.delete(id);
    }
  }

  #orFailure<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failure.promise]);
  }

  #fail(reason: unknown): void {
    this.#failure.reject(reason);
    this.#end.abort(reason);
  }
}

function executeContent(code: string, silent: boolean): Record<string, unknown> {
  return {
    code,
    silent,
    store_history: !silent,
    user_expressions: {},
    allow_stdin: false,
    stop_on_error: true,
  };
}
