import { fromFileUrl, join } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import type { Encoder } from "papilio/model/encoder.ts";
import { imagenetWeightsPath, loadEncoderWeights } from "papilio/model/encoder_weights.ts";
import { mobileNetV2, mobileNetV2Alphas } from "papilio/model/mobilenet_v2.ts";
import { buildSegmentation } from "papilio/model/segmentation.ts";
import { namedVariables } from "papilio/model/variables.ts";
import { sharedFile } from "./_shared.ts";

await tf.setBackend("cpu");

/** An encoder whose weights are published at a server on this machine. */
function publishedAt(port: number, facts: { md5?: string } = {}): Encoder {
  const encoder = mobileNetV2({ alpha: 0.35, seed: 1 });
  const url = `http://127.0.0.1:${port}/w.h5`;
  return { ...encoder, weights: { fileName: "w.h5", url, ...facts } };
}

async function inTemporaryFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("addresses are those that Keras publishes", () => {
  const files = mobileNetV2Alphas.map((alpha) => mobileNetV2({ alpha, seed: 1 }).weights);
  expect(files.map((file) => file?.url)).toEqual(
    ["0.35", "0.5", "0.75", "1.0", "1.3", "1.4"].map((alpha) =>
      "https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/" +
      `mobilenet_v2_weights_tf_dim_ordering_tf_kernels_${alpha}_224_no_top.h5`
    ),
  );
});

Deno.test("weights are downloaded once, then taken from the folder", async () => {
  await inTemporaryFolder(async (folder) => {
    let requests = 0;
    const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => {
      requests++;
      return new Response("weights");
    });
    try {
      const encoder = publishedAt(server.addr.port);
      const path = await imagenetWeightsPath(encoder, { folder });
      expect(path).toBe(join(folder, "w.h5"));
      expect(await Deno.readTextFile(path)).toBe("weights");
      expect(await imagenetWeightsPath(encoder, { folder })).toBe(path);
      expect(requests).toBe(1);
    } finally {
      await server.shutdown();
    }
  });
});

Deno.test("a download is checked by its published hash", async () => {
  await inTemporaryFolder(async (folder) => {
    const server = Deno.serve(
      { port: 0, hostname: "127.0.0.1", onListen: () => {} },
      () => new Response("weights"),
    );
    const md5 = "eda7f0d1f7ac24d5e0ac1e13a6be0a40"; // Of another text.
    const weightsMd5 = "63f4f1e9b725370f459720575cd5f953"; // echo -n weights | md5sum
    try {
      const attempt = (md5: string) =>
        imagenetWeightsPath(publishedAt(server.addr.port, { md5 }), { folder });
      await expect(attempt(md5)).rejects.toThrow(`expected md5 ${md5}, got md5 ${weightsMd5}`);
      expect([...Deno.readDirSync(folder)]).toEqual([]);
      expect(await attempt(weightsMd5)).toBe(join(folder, "w.h5"));
    } finally {
      await server.shutdown();
    }
  });
});

Deno.test("weights that do not fit another encoder: the remedy speaks of that encoder", async () => {
  const path = fromFileUrl(new URL("../golden/model/vgg16_narrow.h5", import.meta.url));
  const attempt = (encoderFilters: number) =>
    loadEncoderWeights(
      buildSegmentation({ ...small, encoder: "vgg16", encoderFilters }),
      path,
    );
  await expect(attempt(64)).rejects.toThrow(
    "Give the .h5 file of a vgg16, as vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5, or none to " +
      "start from random weights.",
  );
  const mobile = loadEncoderWeights(buildSegmentation(small), path);
  await expect(mobile).rejects.toThrow(
    "got a file of another network (Conv1/kernel is missing; bn_Conv1/gamma is missing; and 249 more)",
  );
  await expect(attempt(3)).rejects.toThrow(
    "Give the .h5 file of a vgg16-3, or none to start from random weights.",
  );
});

Deno.test("without a network the error says where the file is, where to put it, and what does without", async () => {
  await inTemporaryFolder(async (folder) => {
    const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
    const { port } = listener.addr;
    listener.close(); // Nobody answers there now.
    const encoder = publishedAt(port);
    const error = await imagenetWeightsPath(encoder, { folder, attempts: 1 })
      .then(() => null, (error) => error);
    expect(error).toBeInstanceOf(PapilioError);
    expect(error.message).toContain(
      "Cannot get the ImageNet weights of mobilenet-v2-0.35: " +
        `expected a download of http://127.0.0.1:${port}/w.h5, got `,
    );
    expect(error.message).toContain(
      `Download the file elsewhere and put it at ${join(folder, "w.h5")}, or give its path with ` +
        "--encoder-weights <file>, or start from random weights with --encoder-weights none.",
    );
  });
});

const small = { inputSidePx: 32, alpha: 0.35, decoderFilters: [8, 8, 8, 8, 8], seed: 1 } as const;

Deno.test("none leaves the encoder as it was made", async () => {
  const unet = buildSegmentation(small);
  const kernel = namedVariables(unet.model).get("Conv1/kernel") as tf.Variable;
  const before = [...kernel.dataSync()];
  expect(await loadEncoderWeights(unet, "none")).toBe(null);
  expect([...kernel.dataSync()]).toEqual(before);
});

Deno.test("a file gives the U-Net's encoder all its tensors, and its decoder none", async () => {
  const path = await sharedFile(
    "Keras' weights in a U-Net",
    "weights",
    "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5",
  );
  if (path === null) return;
  const unet = buildSegmentation(small);
  const decoderBefore = [...namedVariables(unet.model).get("dec1_up/kernel")?.dataSync() ?? []];
  const loaded = await loadEncoderWeights(unet, path);
  // 51 convolutions (stem, 17 depthwise, 16 expansions, 17 projections) and, without the last block's,
  // 50 normalisations of four tensors.
  expect(loaded?.loaded.length).toBe(51 + 50 * 4);
  const values = (name: string) => [...namedVariables(unet.model).get(name)?.dataSync() ?? []];
  expect(values("dec1_up/kernel")).toEqual(decoderBefore);
  expect(values("bn_Conv1/moving_variance").every((value) => value !== 1)).toBe(true);
});

Deno.test("weights of another alpha are refused, with the first tensors named", async () => {
  const path = await sharedFile(
    "Keras' weights of another alpha",
    "weights",
    "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
  );
  if (path === null) return;
  const error = await loadEncoderWeights(buildSegmentation(small), path).then(
    () => null,
    (error) => error,
  );
  expect(error).toBeInstanceOf(PapilioError);
  expect(error.message).toContain(
    "got a file of MobileNetV2 with alpha 1.0, where alpha 0.35 is asked for " +
      "(Conv1/kernel has shape [3,3,3,32] in place of [3,3,3,16]; ",
  );
  expect(error.message).toContain("; and 249 more). Give the .h5 file of the same architecture");
});
