import { Buffer } from "node:buffer";
import { expect } from "expect";
import { ZmtpSocket } from "papilio/jupyter/_zmtp.ts";

const hostname = "127.0.0.1";
const encode = (text: string) => new TextEncoder().encode(text);

/** Of ZMTP 3.0 with the mechanism NULL, by the specification's grammar. */
const greeting = Uint8Array.from([
  ...[0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 3, 0],
  ...encode("NULL"),
  ...new Uint8Array(16 + 32),
]);

function readyFrame(type: string): Uint8Array {
  const body = [
    ...[5, ...encode("READY"), 11, ...encode("Socket-Type")],
    ...[0, 0, 0, type.length, ...encode(type)],
  ];
  return Uint8Array.from([4, body.length, ...body]);
}

/** What a client sends until it closes, and what it makes of the bytes that are sent to it. */
async function talk(
  type: "DEALER" | "SUB",
  sent: Uint8Array[],
  work: (socket: ZmtpSocket) => Promise<void>,
): Promise<Uint8Array> {
  using listener = Deno.listen({ hostname, port: 0 });
  const serve = async () => {
    const connection = await listener.accept();
    for (const bytes of sent) {
      await connection.write(bytes);
      await new Promise((resolve) => setTimeout(resolve, 5)); // So that they come apart.
    }
    return Buffer.concat(await Array.fromAsync(connection.readable));
  };
  const serving = serve();
  const socket = await ZmtpSocket.connect({ hostname, port: listener.addr.port }, type);
  await work(socket);
  socket.close();
  return await serving;
}

Deno.test("a DEALER greets, names its type and sends short and long frames", async () => {
  const long = new Uint8Array(256).fill(7);
  const received = await talk("DEALER", [greeting, readyFrame("ROUTER")], async (socket) => {
    await socket.send(["ab", new Uint8Array(255), long]);
  });
  expect([...received]).toEqual([
    ...greeting,
    ...readyFrame("DEALER"),
    ...[1, 2, 97, 98],
    ...[1, 255, ...new Uint8Array(255)],
    ...[2, 0, 0, 0, 0, 0, 0, 1, 0, ...long],
  ]);
});

Deno.test("a SUB subscribes to everything", async () => {
  const received = await talk("SUB", [greeting, readyFrame("PUB")], async () => {});
  expect([...received.subarray(-3)]).toEqual([0, 1, 1]);
});

Deno.test("messages come in whole, however their bytes are cut; commands are none", async () => {
  const long = new Uint8Array(70_000).map((_, i) => i);
  const bytes = Uint8Array.from([
    ...[...greeting, ...readyFrame("PUB")],
    ...[1, 1, 10, 0, 2, 11, 12],
    ...[4, 3, 1, 2, 3],
    ...[3, 0, 0, 0, 0, 0, 1, 0x11, 0x70, ...long, 0, 0],
  ]);
  const pieces = [0, 5, 70, 92, 98, 100, 110, 40_000, bytes.length]
    .map((end, i, ends) => bytes.subarray(ends[i - 1] ?? 0, end));
  const messages: number[][][] = [];
  await talk("SUB", pieces, async (socket) => {
    for await (const frames of socket.messages()) {
      messages.push(frames.map((frame) => [...frame]));
      if (messages.length === 2) break;
    }
  });
  expect(messages).toEqual([[[10], [11, 12]], [[...long], []]]);
});

Deno.test("messages end when the other side closes, or this one", async () => {
  using listener = Deno.listen({ hostname, port: 0 });
  const connecting = ZmtpSocket.connect({ hostname, port: listener.addr.port }, "SUB");
  const connection = await listener.accept();
  await connection.write(Uint8Array.from([...greeting, ...readyFrame("PUB"), 0, 1, 5, 1]));
  const socket = await connecting;
  const messages = socket.messages();
  expect(await messages.next()).toEqual({ done: false, value: [Uint8Array.of(5)] });
  connection.close();
  expect(await messages.next()).toEqual({ done: true, value: undefined });
  socket.close();
});
