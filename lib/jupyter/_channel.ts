import { ZmtpSocket } from "papilio/jupyter/_zmtp.ts";
import { decodeMessage, encodeRequest, type Message } from "papilio/jupyter/message.ts";

/** Time between two attempts to reach a kernel that is starting. */
const retryMs = 20;

/** What both ends of a channel know. */
export interface ChannelOptions {
  hostname: string;
  /** The key that signs. */
  key: string;
  /** Names the client to the kernel. */
  session: string;
  /** Ends the attempts to connect. */
  signal: AbortSignal;
}

/** One of a kernel's channels: signed messages, in and out. */
export class Channel {
  readonly #socket: ZmtpSocket;
  readonly #options: ChannelOptions;

  /** Connects as soon as the kernel listens: `DEALER` to send requests, `SUB` to hear broadcasts. */
  static async open(
    port: number,
    type: "DEALER" | "SUB",
    options: ChannelOptions,
  ): Promise<Channel> {
    const { hostname, signal } = options;
    for (;;) {
      signal.throwIfAborted();
      try {
        return new Channel(await ZmtpSocket.connect({ hostname, port }, type), options);
      } catch (error) {
        if (error instanceof Deno.errors.NotCapable) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }

  private constructor(socket: ZmtpSocket, options: ChannelOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  send(request: Pick<Message, "type" | "id" | "content">): Promise<void> {
    return this.#socket.send(encodeRequest(request, this.#options));
  }

  /** Hands on what comes in, until the channel is closed. */
  async listen(hear: (message: Message) => void): Promise<void> {
    for await (const frames of this.#socket.messages()) {
      hear(decodeMessage(frames, this.#options.key));
    }
  }

  close(): void {
    this.#socket.close();
  }
}
