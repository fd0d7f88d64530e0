import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { Barrier } from "papilio/jupyter/_barrier.ts";
import { KernelProcess } from "papilio/jupyter/_kernel_process.ts";
import { ZmtpSocket } from "papilio/jupyter/_zmtp.ts";
import { type Connection, makeConnection } from "papilio/jupyter/connection.ts";
import {
  BrokenMessage,
  decodeMessage,
  encodeRequest,
  type Message,
} from "papilio/jupyter/message.ts";

/** How a cell ended. */
export interface Execution {
  executionCount: number;
  succeeded: boolean;
}

export interface KernelOptions {
  /** Seconds until a kernel that does not answer counts as dead. */
  startSeconds?: number;
}

/** Time between two attempts to reach a kernel that is starting. */
const retryMs = 20;

/**
 * A running Deno kernel, spoken to in Jupyter's protocol; close it in any case.
 *
 * What is asked of it is rejected at once when its process ends.
 */
export class Kernel {
  readonly #connection: Connection;
  readonly #process: KernelProcess;
  readonly #session = crypto.randomUUID();
  readonly #failure = Promise.withResolvers<never>();
  readonly #replies = new Map<string, (reply: Message) => void>();
  readonly #sockets: ZmtpSocket[] = [];
  readonly #pumps: Promise<void>[] = [];
  #hear: (message: Message) => void = () => {};
  #closed: Promise<void> | undefined;

  /** Starts a kernel in a folder, whose `deno.json` (or one above) holds for its imports. */
  static async start(folder: string, { startSeconds = 60 }: KernelOptions = {}): Promise<Kernel> {
    const kernel = new Kernel(await makeConnection(), folder);
    const timer = setTimeout(() => kernel.#fail(silent(startSeconds)), startSeconds * 1000);
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
   * Runs code; `hear` is told of everything that the kernel broadcasts in its course.
   *
   * The kernel says that it is idle before all outputs are sent. What tells the end of them is a second,
   * silent request whose own outputs come after them.
   */
  async execute(code: string, hear: (message: Message) => void): Promise<Execution> {
    const barrier = new Barrier(hear);
    this.#hear = (message) => barrier.take(message);
    const { content } = await this.#request("execute_request", executeContent(code, false));
    await this.#request("execute_request", executeContent(barrier.code, true));
    await this.#orFailure(barrier.passed);
    return {
      executionCount: Number(content.execution_count),
      succeeded: content.status === "ok",
    };
  }

  /** Kills the kernel; nothing of it is left afterwards. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  async #close(): Promise<void> {
    await this.#process.kill();
    for (const socket of this.#sockets) socket.close();
    await Promise.all(this.#pumps);
    await this.#connection.remove();
  }

  /** What is broadcast before the subscription has reached the kernel is lost, so that it is waited for. */
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
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  /** Connects as soon as the kernel listens. */
  async #open(
    port: number,
    type: "DEALER" | "SUB",
    take: (message: Message) => void,
  ): Promise<void> {
    const { hostname } = this.#connection;
    for (;;) {
      try {
        const socket = await this.#orFailure(ZmtpSocket.connect({ hostname, port }, type));
        this.#sockets.push(socket);
        this.#pumps.push(this.#pump(socket, take));
        return;
      } catch (error) {
        if (!(error instanceof Deno.errors.ConnectionRefused)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  async #request(type: string, content: Record<string, unknown>): Promise<Message> {
    const id = crypto.randomUUID();
    const reply = Promise.withResolvers<Message>();
    this.#replies.set(id, reply.resolve);
    const signing = { key: this.#connection.key, session: this.#session };
    try {
      await this.#orFailure(
        present(this.#sockets[0]).send(encodeRequest({ type, id, content }, signing)),
      );
      return await this.#orFailure(reply.promise);
    } finally {
      this.#replies.delete(id);
    }
  }

  #orFailure<T>(work: Promise<T>): Promise<T> {
    return Promise.race([work, this.#failure.promise]);
  }

  #fail(error: unknown): void {
    this.#failure.reject(error);
  }

  /** Hands on all messages until the connection is closed. */
  async #pump(socket: ZmtpSocket, take: (message: Message) => void): Promise<void> {
    try {
      for await (const frames of socket.messages()) {
        take(decodeMessage(frames, this.#connection.key));
      }
    } catch (error) {
      this.#fail(error instanceof BrokenMessage ? tooLarge(error) : error);
    }
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

function died(how: string): PapilioError {
  return new PapilioError({
    cannot: "go on with the kernel",
    expected: "a running process",
    got: how,
    remedy:
      "Look whether the cell ends the process (Deno.exit) or takes more memory than there is.",
  });
}

function silent(startSeconds: number): PapilioError {
  return new PapilioError({
    cannot: "start a kernel",
    expected: `an answer within ${startSeconds} s`,
    got: "none",
    remedy: "Try again; a security program may block connections to 127.0.0.1.",
  });
}

function tooLarge({ sizeBytes }: BrokenMessage): PapilioError {
  const megabytes = (sizeBytes / 1e6).toFixed(1);
  return new PapilioError({
    cannot: "read what the kernel sent",
    expected: "a message with the right signature",
    got: `one of ${megabytes} MB with a wrong one`,
    remedy: "Deno's kernel garbles large outputs now and then: show a smaller one, below 1 MB.",
  });
}
