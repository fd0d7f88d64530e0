import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { findOnnx, type OnnxMachine } from "papilio/engine/compiled/devices.ts";
import { encodeOnnx } from "papilio/engine/compiled/onnx.ts";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { OnnxModel } from "papilio/engine/compiled/onnx_model.ts";
import { traceStep } from "papilio/engine/compiled/trace.ts";
import { batchNormTraining } from "papilio/model/layers.ts";
import { relativeError } from "./harness.ts";

/** A Linux machine with every library and nothing behind them. */
const bare: OnnxMachine = {
  os: "linux",
  library: () => Promise.resolve({ version: "9.9", providers: ["cpu", "webgpu", "cuda"] }),
  vulkanDevices: () => [],
  hasCudaProvider: () => Promise.resolve(false),
  hasNvidiaDriver: () => Promise.resolve(false),
};

async function found(machine: Partial<OnnxMachine>, device: string) {
  const candidates = await findOnnx({ ...bare, ...machine });
  return present(candidates.find((candidate) => candidate.device === device), device);
}

Deno.test("onnx devices: on a bare machine the CPU alone, with a reason for each of the others", async () => {
  const candidates = await findOnnx(bare);
  expect(candidates.filter(({ absence }) => !absence).map(({ device }) => device)).toEqual(["cpu"]);
  expect(candidates.map(({ device, absence }) => [device, absence?.reason])).toEqual([
    ["cpu", undefined],
    ["webgpu", "no Vulkan driver answers"],
    ["cuda", "no NVIDIA driver"],
    ["coreml", "ONNX Runtime's build for linux has no Core ML"],
    ["dml", "ONNX Runtime's build for linux has no DirectML"],
  ]);
  const webgpu = await found({}, "webgpu");
  await expect(webgpu.create()).rejects.toThrow(
    /Cannot compute with ONNX Runtime 9.9, WebGPU: .* got no Vulkan driver answers. With a graphics/,
  );
});

Deno.test("onnx devices: a hardware adapter is a GPU and preferred, a software one is none", async () => {
  const software = { name: "llvmpipe", isSoftware: true };
  const card = { name: "Card 7", isSoftware: false };
  expect(await found({ vulkanDevices: () => [software] }, "webgpu")).toMatchObject({
    description: "ONNX Runtime 9.9, WebGPU, llvmpipe (software)",
    isGpu: false,
  });
  expect(await found({ vulkanDevices: () => [software, card] }, "webgpu")).toMatchObject({
    description: "ONNX Runtime 9.9, WebGPU, Card 7",
    isGpu: true,
  });
});

Deno.test("onnx devices: WebGPU without Vulkan is Metal on macOS, unknown on Windows, absent on Linux", async () => {
  const vulkanDevices = () => {
    throw new Error("libvulkan.so.1: cannot open\nmore");
  };
  expect((await found({ os: "darwin", vulkanDevices }, "webgpu")).isGpu).toBe(true);
  const windows = await found({ os: "windows", vulkanDevices }, "webgpu");
  expect([windows.isGpu, windows.absence]).toEqual([false, undefined]);
  const linux = await found({ vulkanDevices }, "webgpu");
  expect(linux.absence?.reason).toBe("no Vulkan (libvulkan.so.1: cannot open)");
});

Deno.test("onnx devices: CUDA needs the driver, then the library", async () => {
  const hasNvidiaDriver = () => Promise.resolve(true);
  const driverAlone = await found({ hasNvidiaDriver }, "cuda");
  expect(driverAlone.absence?.remedy).toContain("--allow-scripts=npm:onnxruntime-node");
  const both = await found({ hasNvidiaDriver, hasCudaProvider: hasNvidiaDriver }, "cuda");
  expect([both.isGpu, both.absence]).toEqual([true, undefined]);
});

Deno.test("onnx devices: a library that does not load is an absence, not an error", async () => {
  const library = () => Promise.reject(new Error("libonnxruntime.so.1: no such file"));
  const [cpu, ...others] = await findOnnx({ ...bare, library });
  expect(others).toEqual([]);
  expect(cpu?.absence?.reason).toContain("does not load: libonnxruntime.so.1");
});

Deno.test("onnx devices: this machine has the CPU, and each device is there or says why not", async () => {
  const candidates = await findOnnx();
  for (const { device, absence, description, isGpu } of candidates) {
    console.log(`${device}: ${absence ? absence.reason : description}`);
    if (absence) expect([isGpu, absence.remedy.length > 10]).toEqual([false, true]);
  }
  expect(candidates.find(({ device }) => device === "cpu")?.absence).toBeUndefined();
});

Deno.test("onnx engine: a device that is not there is an error that says so", async () => {
  await expect(OnnxEngine.create({ device: "dml" })).rejects.toThrow(
    /Cannot compute with ONNX Runtime, DirectML: .*Update the graphics driver, or give --device cpu/s,
  );
});

/** What a step gives for one input, by the graph with or without a provider's missing operators. */
async function run(step: (x: tf.Tensor4D) => tf.Tensor[], x: tf.Tensor4D, decomposes: boolean) {
  const { graph } = traceStep(
    (inputs) =>
      Object.fromEntries(
        step(inputs.x as tf.Tensor4D).map((tensor, index) => [`y${index}`, tensor]),
      ),
    { name: "decomposed", inputs: { x: { shape: x.shape } }, variables: [] },
    { decomposes },
  );
  const model = await OnnxModel.open(encodeOnnx(graph), { threads: 1 });
  const outputs = await model.run({ x: { shape: x.shape, data: x.dataSync<"float32">() } });
  await model.dispose();
  const operators = new Set(graph.nodes.map(({ operator }) => operator));
  return { operators, data: Object.values(outputs).flatMap(({ data }) => [...data]) };
}

/** That the operator is in the graph for the CPU alone, and that both graphs compute the same. */
async function checkDecomposition(operator: string, step: (x: tf.Tensor4D) => tf.Tensor[]) {
  tf.enableProdMode();
  await tf.setBackend("cpu");
  const x = tf.randomUniform<tf.Rank.R4>([2, 6, 8, 3], -1, 2, "float32", 5);
  const whole = await run(step, x, false);
  const parts = await run(step, x, true);
  expect([whole.operators.has(operator), parts.operators.has(operator)]).toEqual([true, false]);
  expect(relativeError(parts.data, whole.data)).toBeLessThan(1e-6);
  const eager = tf.tidy(() => step(x).flatMap((tensor) => [...tensor.dataSync()]));
  expect(relativeError(parts.data, eager)).toBeLessThan(1e-6);
  x.dispose();
}

Deno.test("decomposed: SpaceToDepth under a stride-2 convolution of 2×2 cells", async () => {
  const filter = tf.tensor4d(Array.from({ length: 60 }, (_, i) => Math.sin(i)), [2, 2, 3, 5]);
  await checkDecomposition("SpaceToDepth", (x) => [tf.conv2d(x, filter, 2, "valid")]);
});

Deno.test("decomposed: Split into parts of different sizes, along two axes", async () => {
  await checkDecomposition("Split", (x) => [
    ...tf.split(x, [1, 4, 3], 2),
    ...tf.unstack(x, 3),
  ]);
});

Deno.test("decomposed: BatchNormalization by the batch's own statistics", async () => {
  const [gamma, beta] = [tf.tensor1d([1, -2, 0.5]), tf.tensor1d([0, 3, -1])];
  await checkDecomposition("BatchNormalization", (x) => {
    const statistics: tf.Tensor[] = [];
    const onStatistics = (...both: tf.Tensor[]) =>
      void statistics.push(...both.map((each) => tf.keep(tf.clone(each))));
    const y = batchNormTraining(x, gamma, beta, { epsilon: 1e-3, onStatistics });
    return [y, ...statistics];
  });
});
