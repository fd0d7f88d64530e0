import { expect } from "expect";
import { join } from "@std/path";
import { downloadFile, hashOfFile } from "papilio/core/download.ts";
import { exists } from "papilio/core/files.ts";

const content = new Uint8Array(200_000).map((_, i) => (i * 7 + (i >> 8)) & 255);
const contentSha256 = "df0f6306fcfb22cadc19e9868af0728ea9444c363c55ac205c4782a827176d9e";
const contentMd5 = "e2b32713dae483cfc0f4c94705b5a2e3";
const quick = { attempts: 2, retryDelayMs: 1, sizeBytes: content.length };

type Handler = (request: Request, offset: number) => Response;

/** Runs `body` against a server; `asked` collects where each request wanted to begin. */
async function withServer(
  handler: Handler,
  body: (url: string, folder: string, asked: number[]) => Promise<void>,
): Promise<void> {
  const asked: number[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    const offset = Number(/bytes=(\d+)-/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
    asked.push(offset);
    return handler(request, offset);
  });
  const folder = await Deno.makeTempDir();
  try {
    await body(`http://127.0.0.1:${server.addr.port}/file.bin`, folder, asked);
  } finally {
    await server.shutdown();
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a server with HTTP Range answers; `sendBytes` cuts the body short, as a lost connection does. */
function ranged(offset: number, sendBytes = Infinity): Response {
  const rest = content.subarray(offset);
  const headers = {
    "content-length": String(rest.length),
    "content-range": `bytes ${offset}-${content.length - 1}/${content.length}`,
  };
  return new Response(bodyOf(rest, sendBytes), { status: offset > 0 ? 206 : 200, headers });
}

function bodyOf(bytes: Uint8Array<ArrayBuffer>, sendBytes: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes.subarray(0, sendBytes));
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (sendBytes < bytes.length) controller.error(new Error("connection lost"));
      else controller.close();
    },
  });
}

Deno.test("a file arrives whole, and is not asked for again", async () => {
  await withServer((_, offset) => ranged(offset), async (url, folder, asked) => {
    const path = join(folder, "new", "file.bin");
    const seen: (number | undefined)[][] = [];
    const facts = { ...quick, sha256: contentSha256, md5: contentMd5 };
    await downloadFile(url, path, { ...facts, progress: (...state) => seen.push(state) });
    await downloadFile(url, path, facts);
    expect(await Deno.readFile(path)).toEqual(content);
    expect(await exists(`${path}.partial`)).toBe(false);
    expect(asked).toEqual([0]);
    expect(seen.at(-1)).toEqual([content.length, content.length]);
  });
});

Deno.test("a lost connection is taken up where it broke", async () => {
  let answers = 0;
  const handler: Handler = (_, offset) => ranged(offset, answers++ < 3 ? 50_000 : Infinity);
  await withServer(handler, async (url, folder, asked) => {
    const path = join(folder, "file.bin");
    await downloadFile(url, path, quick);
    expect(await Deno.readFile(path)).toEqual(content);
    expect(asked).toEqual([0, 50_000, 100_000, 150_000]);
  });
});

Deno.test("a partial file of an earlier run is continued", async () => {
  await withServer((_, offset) => ranged(offset), async (url, folder, asked) => {
    const path = join(folder, "file.bin");
    await Deno.writeFile(`${path}.partial`, content.subarray(0, 123_456));
    await downloadFile(url, path, { ...quick, md5: contentMd5 });
    expect(await Deno.readFile(path)).toEqual(content);
    expect(asked).toEqual([123_456]);
  });
});

Deno.test("a server without Range is read from the beginning", async () => {
  const whole = () => new Response(content);
  await withServer(whole, async (url, folder, asked) => {
    const path = join(folder, "file.bin");
    await Deno.writeFile(`${path}.partial`, new Uint8Array(1000).fill(9));
    await downloadFile(url, path, { ...quick, sha256: contentSha256 });
    expect(await Deno.readFile(path)).toEqual(content);
    expect(asked).toEqual([1000]);
  });
});

Deno.test("a whole partial file whose size was not known is taken at a 416", async () => {
  const unsatisfiable: Handler = () =>
    new Response(null, { status: 416, headers: { "content-range": `bytes */${content.length}` } });
  await withServer(unsatisfiable, async (url, folder) => {
    const path = join(folder, "file.bin");
    await Deno.writeFile(`${path}.partial`, content);
    await downloadFile(url, path, { attempts: 1 });
    expect(await Deno.readFile(path)).toEqual(content);
  });
});

Deno.test("a partial file longer than the server's is thrown away", async () => {
  const handler: Handler = (_, offset) =>
    offset > content.length
      ? new Response(null, {
        status: 416,
        headers: { "content-range": `bytes */${content.length}` },
      })
      : ranged(offset);
  await withServer(handler, async (url, folder, asked) => {
    const path = join(folder, "file.bin");
    await Deno.writeFile(`${path}.partial`, new Uint8Array(content.length + 5));
    await downloadFile(url, path, quick);
    expect(await Deno.readFile(path)).toEqual(content);
    expect(asked).toEqual([content.length + 5, 0]);
  });
});

Deno.test("a wrong hash is an error, and the file is removed", async () => {
  await withServer((_, offset) => ranged(offset), async (url, folder) => {
    const path = join(folder, "file.bin");
    const wrong = downloadFile(url, path, { ...quick, md5: "0123" });
    await expect(wrong).rejects.toThrow(
      `Cannot use the download of ${url}: expected md5 0123, got md5 ${contentMd5}. The file was removed.`,
    );
    expect([...Deno.readDirSync(folder)]).toEqual([]);
  });
});

Deno.test("a wrong size is an error", async () => {
  await withServer((_, offset) => ranged(offset), async (url, folder) => {
    const wrong = downloadFile(url, join(folder, "file.bin"), { ...quick, sizeBytes: 5 });
    await expect(wrong).rejects.toThrow("expected 5 bytes, got 200000 bytes");
  });
});

Deno.test("an existing file with another hash is replaced", async () => {
  await withServer((_, offset) => ranged(offset), async (url, folder) => {
    const path = join(folder, "file.bin");
    await Deno.writeTextFile(path, "something else");
    await downloadFile(url, path, { ...quick, sha256: contentSha256 });
    expect(await hashOfFile(path, "sha256")).toBe(contentSha256);
  });
});

Deno.test("a refusal is not tried again", async () => {
  await withServer(() => new Response("no", { status: 404 }), async (url, folder, asked) => {
    const refused = downloadFile(url, join(folder, "file.bin"), quick);
    await expect(refused).rejects.toThrow(
      "expected a file at this address, got the server's answer 404",
    );
    expect(asked.length).toBe(1);
  });
});

Deno.test("an overloaded server is tried again, then named", async () => {
  await withServer(() => new Response("busy", { status: 503 }), async (url, folder, asked) => {
    const failed = downloadFile(url, join(folder, "file.bin"), { ...quick, attempts: 3 });
    await expect(failed).rejects.toThrow(
      /after 0 bytes: the server answered 503.*give the command again/,
    );
    expect(asked.length).toBe(3);
  });
});

Deno.test("a silent connection counts as failed", async () => {
  const silent = () =>
    new Response(new ReadableStream({ start: (c) => c.enqueue(content.subarray(0, 10)) }), {
      headers: { "content-length": String(content.length) },
    });
  await withServer(silent, async (url, folder) => {
    const failed = downloadFile(url, join(folder, "file.bin"), {
      ...quick,
      attempts: 1,
      stallTimeoutMs: 50,
    });
    await expect(failed).rejects.toThrow("after 10 bytes: nothing came for 0.05 s");
  });
});

Deno.test("a server that is not there: the reason is told", async () => {
  const folder = await Deno.makeTempDir();
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  listener.close();
  const url = `http://127.0.0.1:${listener.addr.port}/file.bin`;
  const failed = downloadFile(url, join(folder, "file.bin"), quick);
  await expect(failed).rejects.toThrow(/after 0 bytes: .*refused/i);
  await Deno.remove(folder, { recursive: true });
});
