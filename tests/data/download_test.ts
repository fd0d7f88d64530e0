import { createHash } from "node:crypto";
import { expect } from "expect";
import { join } from "@std/path";
import { exists } from "papilio/core/files.ts";
import { type PublishedDataSet, publishedDataSets } from "papilio/data/datasets.ts";
import { getDataSet } from "papilio/data/download.ts";
import { type Packed, packTarGz, packZip } from "./_archive_writers.ts";

const quick = { attempts: 2, retryDelayMs: 1 };
const id = "00ae65";

const petImages = packTarGz([
  { name: "images/Abyssinian_1.jpg", text: "photo ".repeat(20_000) },
  { name: "images/beagle_2.jpg", text: "another" },
]);
const petAnnotations = packTarGz([
  { name: "annotations/trainval.txt", text: "Abyssinian_1 1 1 1\n" },
  { name: "annotations/trimaps/Abyssinian_1.png", text: "trimap" },
]);
const nuclei = packZip([
  { name: `${id}/images/${id}.png`, text: "picture" },
  { name: `${id}/masks/`, text: "" },
  { name: `${id}/masks/one.png`, text: "nucleus" },
]);
const leeds = packZip([
  { name: "leedsbutterfly/README.txt", text: "read me" },
  { name: "leedsbutterfly/images/0010001.png", text: "monarch" },
  { name: "leedsbutterfly/segmentations/0010001_seg0.png", text: "its mask" },
]);

interface Place {
  url: string;
  folder: string;
  /** Paths asked for, with where they were to begin. */
  asked: string[];
}

/** Serves files by name, with HTTP Range unless told otherwise; the first answer may be cut short. */
async function withServer(
  files: Record<string, Uint8Array<ArrayBuffer>>,
  behaviour: { hasRange?: boolean; cutFirstAt?: number },
  body: (place: Place) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  const server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen() {},
    onError: () => new Response("failed", { status: 500 }),
  }, (request) => {
    const name = new URL(request.url).pathname.slice(1);
    const bytes = files[name];
    const start = Number(/bytes=(\d+)-/.exec(request.headers.get("range") ?? "")?.[1] ?? 0);
    asked.push(start > 0 ? `${name} from ${start}` : name);
    if (bytes === undefined) return new Response(null, { status: 404 });
    const isCut = asked.length === 1 && behaviour.cutFirstAt !== undefined;
    return answer(
      bytes,
      behaviour.hasRange === false ? 0 : start,
      isCut ? behaviour.cutFirstAt : undefined,
    );
  });
  const parent = await Deno.makeTempDir();
  try {
    const url = `http://127.0.0.1:${server.addr.port}`;
    await body({ url, folder: join(parent, "set"), asked });
  } finally {
    await server.shutdown();
    await Deno.remove(parent, { recursive: true });
  }
}

function answer(bytes: Uint8Array<ArrayBuffer>, start: number, cutAt?: number): Response {
  const headers: Record<string, string> = { "content-length": String(bytes.length - start) };
  if (start > 0) headers["content-range"] = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
  const body = cutAt === undefined ? bytes.subarray(start) : cutShort(bytes.subarray(0, cutAt));
  return new Response(body, { status: start > 0 ? 206 : 200, headers });
}

/** A body that ends before the length that was promised. */
function cutShort(bytes: Uint8Array<ArrayBuffer>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(bytes);
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.close();
    },
  });
}

function published(
  url: string,
  name: string,
  files: Record<string, Uint8Array>,
  contents: string[] = [],
): PublishedDataSet {
  const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  return {
    name,
    title: `Some ${name}`,
    licence: "CC0",
    files: Object.entries(files).map(([fileName, bytes]) => ({
      name: fileName,
      url: `${url}/${fileName}`,
      sizeBytes: bytes.length,
      sha256: sha256(bytes),
    })),
    contents,
    mirrors: [],
  };
}

async function text(...parts: string[]): Promise<string> {
  return await Deno.readTextFile(join(...parts));
}

Deno.test("two archives become one folder, once", async () => {
  const files = { "images.tar.gz": petImages, "annotations.tar.gz": petAnnotations };
  await withServer(files, {}, async ({ url, folder, asked }) => {
    const pets = published(url, "pets", files, ["images", "annotations"]);
    const said: string[] = [];
    const say = (line: string) => said.push(line);
    expect(await getDataSet(pets, folder, { ...quick, say })).toEqual({ downloaded: true });
    expect(await text(folder, "images", "beagle_2.jpg")).toBe("another");
    expect(await text(folder, "annotations", "trimaps", "Abyssinian_1.png")).toBe("trimap");
    expect(said[0]).toBe("Some pets\nLicence: CC0");
    expect(await exists(`${folder}.download`)).toBe(false);
    expect(await exists(`${folder}.partial`)).toBe(false);
    expect(await getDataSet(pets, folder, quick)).toEqual({ downloaded: false });
    expect(asked).toEqual(["images.tar.gz", "annotations.tar.gz"]);
  });
});

Deno.test("a zip of cases is unpacked as it is, without a hash with a word about it", async () => {
  await withServer({ "train.zip": nuclei }, {}, async ({ url, folder }) => {
    const set = {
      ...published(url, "nuclei", {}),
      files: [{ name: "train.zip", url: `${url}/train.zip` }],
    };
    const said: string[] = [];
    await getDataSet(set, folder, { ...quick, say: (line) => said.push(line) });
    expect(await text(folder, id, "images", `${id}.png`)).toBe("picture");
    expect(await text(folder, id, "masks", "one.png")).toBe("nucleus");
    expect(said.join("\n")).toContain("No checksum is published for train.zip");
  });
});

Deno.test("a folder around the contents is taken off", async () => {
  const files = { "leeds.zip": leeds };
  await withServer(files, {}, async ({ url, folder }) => {
    await getDataSet(published(url, "leeds", files, ["images", "segmentations"]), folder, quick);
    expect(await text(folder, "images", "0010001.png")).toBe("monarch");
    expect(await exists(`${folder}.partial`)).toBe(false);
  });
});

Deno.test("a mirror is asked in place of the publisher", async () => {
  const files = { "leeds.zip": leeds };
  await withServer(files, {}, async ({ url, folder }) => {
    const set = published("http://127.0.0.1:1", "leeds", files, ["images"]);
    await getDataSet(set, folder, { ...quick, mirror: `${url}/` });
    expect(await exists(join(folder, "images"))).toBe(true);
  });
});

Deno.test("a connection that closes early: the rest alone is fetched", async () => {
  const files = { "images.tar.gz": petImages };
  await withServer(files, { cutFirstAt: 100 }, async ({ url, folder, asked }) => {
    const set = published(url, "pets", files, ["images"]);
    await expect(getDataSet(set, folder, { attempts: 1 })).rejects.toThrow(
      /Cannot download .*images.tar.gz: expected a connection that holds, got after 100 bytes/,
    );
    expect(await exists(folder)).toBe(false);
    await getDataSet(set, folder, { attempts: 1 });
    expect(asked).toEqual(["images.tar.gz", "images.tar.gz from 100"]);
    expect((await text(folder, "images", "Abyssinian_1.jpg")).length).toBe(120_000);
  });
});

Deno.test("a connection that closes early, and a server without Range: all is fetched again", async () => {
  const files = { "images.tar.gz": petImages };
  await withServer(files, { cutFirstAt: 100, hasRange: false }, async ({ url, folder, asked }) => {
    await getDataSet(published(url, "pets", files, ["images"]), folder, quick);
    expect(asked).toEqual(["images.tar.gz", "images.tar.gz from 100"]);
    expect(await text(folder, "images", "beagle_2.jpg")).toBe("another");
  });
});

Deno.test("a wrong hash is an error, and the file is removed", async () => {
  const other = nuclei.with(40, 1);
  await withServer({ "train.zip": other }, {}, async ({ url, folder }) => {
    const failed = getDataSet(published(url, "nuclei", { "train.zip": nuclei }), folder, quick);
    await expect(failed).rejects.toThrow(/expected sha256 [0-9a-f]{64}, got sha256 .* was removed/);
    expect(await exists(folder)).toBe(false);
    expect(await Array.fromAsync(Deno.readDir(`${folder}.download`))).toEqual([]);
  });
});

Deno.test("advice names the mirror where there is one", async () => {
  await withServer({}, {}, async ({ url, folder }) => {
    const set = {
      ...published(url, "pets", { "a.zip": nuclei }),
      mirrors: ["https://other/place"],
    };
    await expect(getDataSet(set, folder, quick)).rejects.toThrow(
      /answer 404.* Or take a mirror: --mirror https:\/\/other\/place\.$/,
    );
  });
});

/** That an archive of these entries is refused with this text, and leaves nothing behind. */
async function expectRefused(format: "zip" | "tar.gz", entries: Packed[], message: string) {
  const name = `set.${format}`;
  const files = { [name]: format === "zip" ? packZip(entries) : packTarGz(entries) };
  await withServer(files, {}, async ({ url, folder }) => {
    await expect(getDataSet(published(url, "odd", files), folder, quick)).rejects.toThrow(message);
    const left = await Array.fromAsync(Deno.readDir(join(folder, "..")), (entry) => entry.name);
    expect(left).toEqual(["set.download"]);
    expect(await Array.fromAsync(Deno.readDir(`${folder}.download`))).toEqual([]);
  });
}

const good: Packed = { name: "a/fine.txt", text: "fine" };

for (const format of ["zip", "tar.gz"] as const) {
  Deno.test(`${format}: an entry with .. is refused by name`, async () => {
    const message = format === "zip"
      ? "got invalid relative path: ../evil.txt."
      : "got entry ../evil.txt, which leaves the folder.";
    await expectRefused(format, [good, { name: "../evil.txt", text: "evil" }], message);
  });

  Deno.test(`${format}: .. in the middle of a path is refused`, async () => {
    await expectRefused(
      format,
      [good, { name: "a/../../evil.txt", text: "evil" }],
      "a/../../evil.txt",
    );
  });

  Deno.test(`${format}: an absolute path is refused by name`, async () => {
    await expectRefused(format, [good, { name: "/tmp/papilio_evil.txt" }], "/tmp/papilio_evil.txt");
    expect(await exists("/tmp/papilio_evil.txt")).toBe(false);
  });

  Deno.test(`${format}: a symbolic link is refused by name, and nothing written through it`, async () => {
    await expectRefused(
      format,
      [{ name: "a/link", link: "../.." }, { name: "a/link/evil.txt", text: "evil" }],
      "got entry a/link, which is a link or a device.",
    );
  });
}

Deno.test("an archive cut short, or with wrong bytes, is an error and removed", async () => {
  for (const [name, bytes] of [["a.zip", nuclei], ["a.tar.gz", petImages]] as const) {
    const files = { [name]: bytes.slice(0, bytes.length - 60) };
    await withServer(files, {}, async ({ url, folder }) => {
      await expect(getDataSet(published(url, "odd", files), folder, quick)).rejects.toThrow(
        /Cannot unpack .*expected a whole archive/,
      );
      expect(await exists(join(`${folder}.download`, name))).toBe(false);
    });
  }
  await expectRefused("zip", [{ ...good, crc: 5 }], "got entry a/fine.txt with a wrong checksum.");
});

Deno.test("archives without the contents they should have are named", async () => {
  const files = { "leeds.zip": leeds };
  await withServer(files, {}, async ({ url, folder }) => {
    await expect(getDataSet(published(url, "leeds", files, ["photos"]), folder, quick)).rejects
      .toThrow("expected the folders photos in them, got leedsbutterfly.");
  });
});

Deno.test("a folder with other things in it is left alone", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(join(folder, "mine.txt"), "mine");
  await expect(getDataSet(publishedDataSets.nuclei, folder)).rejects.toThrow(
    `Cannot download nuclei to ${folder}: expected a new or empty folder, got a folder with other ` +
      "things in it. Give another folder with --to.",
  );
  await Deno.remove(folder, { recursive: true });
});

Deno.test("every published data set has archives that can be unpacked and honest facts", () => {
  for (const [key, set] of Object.entries(publishedDataSets)) {
    expect(set.name).toBe(key);
    for (const file of set.files as PublishedDataSet["files"]) {
      expect(file.url.startsWith("https://")).toBe(true);
      expect(file.url.endsWith(`/${file.name}`)).toBe(true);
      expect(file.name).toMatch(/\.(zip|tar\.gz)$/);
      if (file.sha256) expect(file.sha256).toMatch(/^[0-9a-f]{64}$/);
      if (file.md5) expect(file.md5).toMatch(/^[0-9a-f]{32}$/);
    }
  }
});
