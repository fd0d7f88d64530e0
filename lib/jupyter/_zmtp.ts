import { Buffer } from "node:buffer";

const greeting = Uint8Array.from([
  ...[0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f], // Signature.
  ...[3, 0], // Version.
  ...Buffer.from("NULL".padEnd(20, "\0")), // Mechanism: neither encrypted nor authenticated.
  ...new Uint8Array(32), // As a client, and filler.
]);

const moreFlag = 1;
const longFlag = 2;
const commandFlag = 4;

/**
 * A client's side of ZeroMQ's transport protocol over TCP: whole messages, each of one or more frames.
 *
 * Source: ZMTP 3.0 (https://rfc.zeromq.org/spec/23/) with the mechanism NULL.
 */
export class ZmtpSocket {
  readonly #connection: Deno.TcpConn;
  #isClosed = false;

  /** Connects as the given type of socket, `SUB` with a subscription to everything. */
  static async connect(
    { hostname, port }: { hostname: string; port: number },
    type: "DEALER" | "SUB",
  ): Promise<ZmtpSocket> {
    const connection = await Deno.connect({ hostname, port });
    const socket = new ZmtpSocket(connection);
    try {
      await socket.#shakeHands(type);
      return socket;
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  private constructor(connection: Deno.TcpConn) {
    this.#connection = connection;
    connection.setNoDelay();
  }

  /** Sends one message; the next may be sent when it is done. */
  async send(frames: readonly (string | Uint8Array)[]): Promise<void> {
    const bodies = frames.map((frame) => Buffer.from(frame));
    const last = bodies.length - 1;
    const encoded = bodies.map((body, i) => encodeFrame(body, i < last ? moreFlag : 0));
    await this.#write(Buffer.concat(encoded));
  }

  /** The messages that come in, until either side closes the connection. */
  async *messages(): AsyncGenerator<Uint8Array[]> {
    try {
      for (let frames: Uint8Array[] = [];;) {
        const { flags, body } = await this.#readFrame();
        if (flags & commandFlag) continue;
        frames.push(body);
        if (flags & moreFlag) continue;
        yield frames;
        frames = [];
      }
    } catch (error) {
      if (!this.#isClosed && !isDisconnection(error)) throw error;
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
  }

  async #shakeHands(type: "DEALER" | "SUB"): Promise<void> {
    await this.#write(greeting);
    await this.#readExactly(greeting.length);
    await this.#write(encodeFrame(readyCommand(type), commandFlag));
    await this.#readFrame();
    if (type === "SUB") await this.send([Uint8Array.of(1)]);
  }

  async #readFrame(): Promise<{ flags: number; body: Uint8Array }> {
    const [flags = 0] = await this.#readExactly(1);
    const size = Buffer.from(await this.#readExactly(flags & longFlag ? 8 : 1));
    const length = flags & longFlag ? Number(size.readBigUInt64BE()) : size.readUInt8();
    return { flags, body: await this.#readExactly(length) };
  }

  async #readExactly(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      const count = await this.#connection.read(bytes.subarray(filled));
      if (count === null) throw new Deno.errors.UnexpectedEof();
      filled += count;
    }
    return bytes;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      written += await this.#connection.write(bytes.subarray(written));
    }
  }
}

function encodeFrame(body: Uint8Array, flags: number): Uint8Array {
  if (body.length < 256) return Buffer.concat([Uint8Array.of(flags, body.length), body]);
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(body.length));
  return Buffer.concat([Uint8Array.of(flags | longFlag), size, body]);
}

/** Tells the other side what kind of socket this is. */
function readyCommand(type: string): Uint8Array {
  const value = Buffer.from(type);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(value.length);
  return Buffer.concat([prefixed("READY"), prefixed("Socket-Type"), size, value]);
}

/** A name with its length before it. */
function prefixed(name: string): Uint8Array {
  return Buffer.concat([Uint8Array.of(name.length), Buffer.from(name)]);
}

function isDisconnection(error: unknown): boolean {
  return error instanceof Deno.errors.UnexpectedEof ||
    error instanceof Deno.errors.ConnectionReset || error instanceof Deno.errors.BrokenPipe;
}
