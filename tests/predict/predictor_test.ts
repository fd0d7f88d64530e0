import { join } from "@std/path";
import { expect } from "expect";
import { parseClasses } from "papilio/core/classes.ts";
import { drawnClasses, type Network, Predictor } from "papilio/predict/predictor.ts";
import { brightnessModel, goldenPath, inFolder, withPredictor } from "./_fixtures.ts";

Deno.test("the model's metadata say input side, threshold and classes", async () => {
  await withPredictor((predictor) => {
    expect(predictor.inputSidePx).toBe(64);
    expect(predictor.threshold).toBe(0.5);
    expect(predictor.classes).toEqual(["butterfly"]);
    expect(predictor.modelHash).toMatch(/^[0-9a-f]{64}$/);
    return Promise.resolve();
  });
});

Deno.test("a prediction is the network's output for that image", async () => {
  await withPredictor(async (predictor) => {
    const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => i % 3 === 0 ? 255 : 0);
    const probabilities = await predictor.predict({ data, widthPx: 64, heightPx: 64 });
    expect(probabilities.length).toBe(64 * 64);
    expect(probabilities[0]).toBeCloseTo(1 / 3, 6);
    expect(probabilities.at(-1)).toBeCloseTo(1 / 3, 6);
  });
});

Deno.test("an image of another size is refused", async () => {
  await withPredictor(async (predictor) => {
    const image = { data: new Uint8Array(3), widthPx: 1, heightPx: 1 };
    await expect(predictor.predict(image)).rejects.toThrow(
      "Cannot predict a mask: expected an image of 64×64 pixels, got 1×1. " +
        "Read it with `decodeResized(path, 64)`.",
    );
  });
});

Deno.test("a run folder is opened by its model, and options go before metadata", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(join(folder, "model"));
    await Deno.copyFile(brightnessModel, join(folder, "model", "model.onnx"));
    const predictor = await Predictor.open(folder, { threshold: 0.25, threads: 1 });
    expect(predictor.threshold).toBe(0.25);
    await predictor.dispose();
  });
});

Deno.test("without a model, the error names the command that makes one", async () => {
  await inFolder(async (folder) => {
    await expect(Predictor.open(join(folder, "absent"))).rejects.toThrow(
      `got nothing at ${join(folder, "absent")}. Train one: \`deno task train <folder>\`.`,
    );
    await expect(Predictor.open(folder)).rejects.toThrow(
      `expected a run folder with a trained model, or an .onnx file, got no ` +
        `${join("model", "model.onnx")} in ${folder}.`,
    );
    await Deno.mkdir(join(folder, "checkpoints"));
    await Deno.writeTextFile(join(folder, "checkpoints", "last.safetensors"), "");
    await expect(Predictor.open(folder)).rejects.toThrow(
      `Finish its training: \`deno task train --resume ${folder}\`.`,
    );
  });
});

Deno.test("a model from elsewhere: what its metadata lack is named with its flags", async () => {
  await expect(Predictor.open(goldenPath("foreign_model.onnx"))).rejects.toThrow(
    "expected the metadata papilio.inputSidePx and papilio.threshold, got an ONNX file without " +
      "them. Give --input-side <pixels> and --threshold <0…1>.",
  );
  const given = { inputSidePx: 48, threshold: 0.5, threads: 1 };
  const predictor = await Predictor.open(goldenPath("foreign_model.onnx"), given);
  expect([predictor.inputSidePx, predictor.classes]).toEqual([48, ["foreground"]]);
  await predictor.dispose();
});

Deno.test("a model from elsewhere with a fixed side needs no --input-side", async () => {
  const path = goldenPath("foreign_static_model.onnx");
  const predictor = await Predictor.open(path, { threshold: 0.5, threads: 1 });
  expect(predictor.inputSidePx).toBe(32);
  await predictor.dispose();
  await expect(Predictor.open(path, { threshold: 0.5, inputSidePx: 64 })).rejects.toThrow(
    "expected its own input side, 32 pixels, got 64. Leave --input-side away.",
  );
});

Deno.test("a file that is no network is refused", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "model.onnx");
    await Deno.writeTextFile(path, "not a network");
    await expect(Predictor.open(path)).rejects.toThrow(`Cannot open the network ${path}`);
  });
});

Deno.test("probabilities that overshoot by rounding are brought back to 0 and 1", async () => {
  const values = Float32Array.of(1.0000001192092896, -1e-7, 0.25, 1);
  const predictor = new Predictor({
    metadata: { "papilio.threshold": "0.5" },
    inputs: [{ name: "x", dims: ["n", 2, 2, 3] }],
    outputs: [{ name: "y", dims: ["n", 2, 2, 1] }],
    run: () => Promise.resolve({ y: { shape: [1, 2, 2, 1], data: values } }),
    dispose: () => Promise.resolve(),
  }, "");
  const image = { data: new Uint8Array(12), widthPx: 2, heightPx: 2 };
  expect([...await predictor.predict(image)]).toEqual([1, 0, 0.25, 1]);
});

Deno.test("a network of one class and the background is one of masks of that class", async () => {
  const values = Float32Array.of(0.75, 0.25, 0.125, 0.875, 1, 0, 0.5, 0.5);
  const table = [{ name: "nucleus", files: ["*"] }, { name: "background" }];
  const network = (classTable: unknown): Network => ({
    metadata: {
      "papilio.threshold": "0.25",
      "papilio.classes": '["nucleus","background"]',
      "papilio.classColours": '["#123456","#ffffff"]',
      "papilio.classTable": JSON.stringify(classTable),
    },
    inputs: [{ name: "x", dims: ["n", 2, 2, 3] }],
    outputs: [{ name: "y", dims: ["n", 2, 2, 2] }],
    run: () => Promise.resolve({ y: { shape: [1, 2, 2, 2], data: values } }),
    dispose: () => Promise.resolve(),
  });
  const predictor = new Predictor(network(table), "");
  const image = { data: new Uint8Array(12), widthPx: 2, heightPx: 2 };
  expect([...await predictor.predict(image)]).toEqual([0.75, 0.125, 1, 0.5]);
  expect([predictor.classes, predictor.classColours]).toEqual([["nucleus"], ["#123456"]]);
  expect([predictor.channels, predictor.threshold]).toEqual([1, 0.25]);
  expect(predictor.foregroundChannel).toBe(0);
  expect(predictor.classTable).toEqual([]); // Every mask file is of a nucleus, as without a table.
  const values2 = [{ name: "nucleus", values: [3] }, { name: "background" }];
  expect(new Predictor(network(values2), "").classTable.length).toBe(2);
  const { metadata: { "papilio.threshold": _, ...metadata }, ...rest } = network(table);
  expect(new Predictor({ ...rest, metadata }, "").threshold).toBe(0.5); // The likelier of the two.
  expect(new Predictor({ ...rest, metadata }, "", { threshold: 0.4 }).threshold).toBe(0.4);
});

Deno.test("two classes of which none is the background keep the table of their masks", () => {
  const table = parseClasses("leaf,hole=*");
  const metadata = {
    "papilio.classes": '["leaf","hole"]',
    "papilio.classTable": JSON.stringify(table),
  };
  const predictor = new Predictor(constant([0.25, 0.75], { metadata }), "");
  expect([predictor.foregroundChannel, predictor.classes]).toEqual([undefined, ["leaf", "hole"]]);
  expect(predictor.classTable).toEqual(table);
});

Deno.test("without a table, masks of one class beside the background are ordinary ones", () => {
  const metadata = { "papilio.classes": '["background","pet"]' };
  expect(new Predictor(constant([0.25, 0.75], { metadata }), "").classTable).toEqual([]);
  const inverted = parseClasses("background=*,pet"); // Masks are of what is not there.
  const said = { ...metadata, "papilio.classTable": JSON.stringify(inverted) };
  const predictor = new Predictor(constant([0.25, 0.75], { metadata: said }), "");
  expect(predictor.classTable).toEqual(inverted);
});

Deno.test("a network with channels first, or logits, is refused", async () => {
  const network = (dims: (number | string)[], value: number): Network => ({
    metadata: { "papilio.threshold": "0.5" },
    inputs: [{ name: "x", dims }],
    outputs: [{ name: "y", dims: ["n", 2, 2, 1] }],
    run: () =>
      Promise.resolve({ y: { shape: [1, 2, 2, 1], data: new Float32Array(4).fill(value) } }),
    dispose: () => Promise.resolve(),
  });
  expect(() => new Predictor(network(["n", 3, 2, 2], 0), "")).toThrow(
    "expected one input of shape [batch, side, side, 3], got x [n, 3, 2, 2].",
  );
  const predictor = new Predictor(network(["n", 2, 2, 3], -1.5), "");
  const image = { data: new Uint8Array(12), widthPx: 2, heightPx: 2 };
  await expect(predictor.predict(image)).rejects.toThrow(
    "expected one probability from 0 to 1 for each of 2×2 pixels, got the value -1.5.",
  );
});

/** A network of two pixels a side that gives the same at each. */
function constant(
  pixel: number[],
  { metadata = {}, channels = pixel.length, inputChannels = 3 }: {
    metadata?: Record<string, string>;
    channels?: number | string;
    inputChannels?: number | string;
  } = {},
): Network {
  return {
    metadata,
    inputs: [{ name: "x", dims: ["n", 2, 2, inputChannels] }],
    outputs: [{ name: "y", dims: ["n", 2, 2, channels] }],
    run: ({ x }) => {
      const [images = 0] = x!.shape;
      const data = Float32Array.from(Array.from({ length: 4 * images }, () => pixel).flat());
      return Promise.resolve({ y: { shape: [images, 2, 2, pixel.length], data } });
    },
    dispose: () => Promise.resolve(),
  };
}

const image = (channels = 3) => ({
  data: new Uint8Array(4 * channels),
  widthPx: 2,
  heightPx: 2,
});

Deno.test("a softmax network from elsewhere: classes by number, and no threshold is missed", async () => {
  const predictor = new Predictor(constant([0.25, 0.75]), "");
  expect(predictor.classes).toEqual(["class0", "class1"]);
  expect(predictor.classColours).toEqual(["#56b4e9", "#e69f00"]);
  expect(predictor.classTable.map(({ values }) => values)).toEqual([[0], [1]]);
  const maps = await predictor.predictBatch([image(), image()]);
  expect(maps.map((map) => [...map])).toEqual([0, 1].map(() => [
    ...[0.25, 0.75, 0.25, 0.75],
    ...[0.25, 0.75, 0.25, 0.75],
  ]));
});

Deno.test("classes, their colours and their rules come from the metadata", () => {
  const table = [{ name: "ground", values: [2], files: [] }, {
    name: "pet",
    values: [1, 3],
    files: [],
    color: "#112233",
  }];
  const metadata = {
    "papilio.classes": '["ground","pet"]',
    "papilio.classColours": '["#ffffff","#112233"]',
    "papilio.classTable": JSON.stringify(table),
  };
  for (const channels of [2, "channels"]) {
    const predictor = new Predictor(constant([0.5, 0.5], { metadata, channels }), "");
    expect(predictor.classes).toEqual(["ground", "pet"]);
    expect(predictor.classTable).toEqual(table);
    expect(drawnClasses(predictor)[1]).toEqual({ name: "pet", colour: "#112233" });
  }
  expect(() => new Predictor(constant([0.1, 0.2, 0.7], { metadata }), "")).toThrow(
    "expected a channel for each of its classes, ground, pet, got 3.",
  );
});

Deno.test("what is no softmax is refused", async () => {
  const twice = new Predictor(constant([0.75, 0.75]), "");
  await expect(twice.predict(image())).rejects.toThrow(
    "expected 2 probabilities with the sum 1 for each of 2×2 pixels, got a sum of 1.500. Export a " +
      "network that ends in a softmax",
  );
  const logits = new Predictor(constant([-1, 2]), "");
  await expect(logits.predict(image())).rejects.toThrow("got the value -1.");
  const fewer = new Predictor(constant([1], { channels: 2 }), "");
  await expect(fewer.predict(image())).rejects.toThrow("got shape [1, 2, 2, 1].");
});

Deno.test("channels of images: by the input's shape or the metadata, which must agree", async () => {
  const metadata = { "papilio.threshold": "0.5", "papilio.inputChannels": "4" };
  const four = new Predictor(constant([0.5], { metadata, inputChannels: 4 }), "");
  expect([four.inputChannels, (await four.predict(image(4))).length]).toEqual([4, 4]);
  await expect(four.predict(image(3))).rejects.toThrow(
    "expected an image of 2×2 pixels and 4 channels, got 2×2 and 3. Read it with " +
      "`decodeResized(path, 2, { channels: 4 })`.",
  );
  const open = new Predictor(constant([0.5], { metadata, inputChannels: "c" }), "");
  expect(open.inputChannels).toBe(4);
  expect(() => new Predictor(constant([0.5], { metadata, inputChannels: 1 }), "")).toThrow(
    "expected one input of shape [batch, side, side, 4], got x [n, 2, 2, 1].",
  );
});
