import { dirname } from "@std/path";
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { findWebgpu } from "papilio/engine/eager/webgpu.ts";
import type { Engine } from "papilio/engine/engine.ts";

/** Of an adapter that must not be asked for its device by a look. */
function fakeGpu(info: Partial<GPUAdapterInfo>) {
  const adapter = {
    info: { vendor: "", description: "", isFallbackAdapter: false, ...info },
    limits: {},
    requestDevice: () => Promise.reject(new Error("a device was opened")),
  } as unknown as GPUAdapter;
  return { requestAdapter: () => Promise.resolve(adapter) };
}

Deno.test("findWebgpu: names the adapter and its maker", async () => {
  const names = [
    [{ vendor: "4318", description: "NVIDIA GeForce RTX 4070" }, "NVIDIA GeForce RTX 4070"],
    [{ vendor: "32902", description: "Iris Xe Graphics" }, "Intel, Iris Xe Graphics"],
    [{ vendor: "4098" }, "an adapter of AMD"],
    [{ vendor: "apple", description: "Apple M3" }, "Apple M3"],
  ] as const;
  for (const [info, name] of names) {
    const [candidate] = await findWebgpu({ gpu: fakeGpu(info) });
    expect(candidate).toMatchObject({ name: "webgpu", device: "webgpu", isGpu: true });
    expect(candidate?.description).toBe(`TensorFlow.js 4.22.0, WebGPU, ${name}`);
    expect(candidate?.absence).toBeUndefined();
  }
});

Deno.test("findWebgpu: a software adapter is no graphics processor", async () => {
  for (
    const info of [
      { description: "Graphics", isFallbackAdapter: true },
      { description: "llvmpipe (LLVM 15.0.6, 256 bits)" },
      { description: "SwiftShader Device (Subzero)" },
      { description: "Microsoft Basic Render Driver" },
    ]
  ) {
    const [candidate] = await findWebgpu({ gpu: fakeGpu(info) });
    expect(candidate?.isGpu).toBe(false);
    expect(candidate?.description).toContain(`${info.description} (a software adapter)`);
  }
});

Deno.test("findWebgpu: what is missing is told with the system's own remedy", async () => {
  const none = { requestAdapter: () => Promise.resolve(null) };
  const broken = { requestAdapter: () => Promise.reject(new Error("no loader")) };
  for (
    const [options, reason, remedy] of [
      [{ gpu: null }, "this Deno has no WebGPU", "Use Deno 2.9 or newer"],
      [{ gpu: none, os: "linux" }, "no graphics adapter answers", "mesa-vulkan-drivers"],
      [{ gpu: none, os: "freebsd" }, "no graphics adapter answers", "Install a Vulkan driver"],
      [{ gpu: none, os: "windows" }, "no graphics adapter answers", "Direct3D 12"],
      [{ gpu: broken, os: "darwin" }, "looking for an adapter failed: no loader", "Metal"],
    ] as const
  ) {
    const [candidate] = await findWebgpu(options);
    expect(candidate).toMatchObject({ name: "webgpu", isGpu: false, absence: { reason } });
    expect(candidate?.absence?.remedy).toContain(remedy);
    await expect(candidate?.create()).rejects.toThrow(PapilioError);
    await expect(candidate?.create()).rejects.toThrow(
      `Cannot use the engine webgpu: expected a graphics adapter that WebGPU can use, got ${reason}. `,
    );
  }
});

Deno.test("findWebgpu: a device that cannot be opened is an error of create, and can be tried again", async () => {
  const [candidate] = await findWebgpu({ gpu: fakeGpu({}) });
  for (let i = 0; i < 2; i++) {
    await expect(candidate?.create()).rejects.toThrow(
      "got an adapter whose device cannot be opened: a device was opened. ",
    );
  }
});

/** An engine on this machine's adapter, if it has one. */
async function withWebgpu(work: (engine: Engine) => Promise<void>) {
  const candidate = present((await findWebgpu())[0]);
  if (candidate.absence) return console.log(`skipped: WebGPU (${candidate.absence.reason})`);
  const engine = await candidate.create();
  await work(engine).finally(() => engine.dispose());
}

const sum = (engine: Engine) =>
  engine.compile(({ x }) => ({ sum: tf.sum(present(x)) }), {
    name: "sum",
    inputs: { x: { shape: [2] } },
    variables: [],
  });

Deno.test("webgpu: what the device finds fault with is an error of the run, once", async () => {
  await withWebgpu(async (engine) => {
    const step = await sum(engine);
    const { device } = tf.findBackend("webgpu") as unknown as { device: GPUDevice };
    device.createBuffer({ size: 4, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    await expect(step.run({ x: Float32Array.of(1, 2) })).rejects.toThrow("compute with WebGPU");
    expect((await step.run({ x: Float32Array.of(1, 2) })).sum?.data[0]).toBe(3);
  });
});

Deno.test("webgpu: engines share one device, which goes with the last of them", async () => {
  await withWebgpu(async (first) => {
    const second = await present((await findWebgpu())[0]).create();
    const [one, two] = [await sum(first), await sum(second)];
    await first.dispose();
    await expect(one.run({ x: Float32Array.of(1, 2) })).rejects.toThrow("was ended");
    expect((await two.run({ x: Float32Array.of(1, 2) })).sum?.data[0]).toBe(3);
    const { device } = tf.findBackend("webgpu") as unknown as { device: GPUDevice };
    await second.dispose();
    expect(tf.findBackendFactory("webgpu")).toBeNull();
    expect((await device.lost).reason).toBe("destroyed");
  });
});

Deno.test("webgpu: a value that was not pulled is an error that says so; closing pulls all", async () => {
  await withWebgpu(async (engine) => {
    // Small ones are computed in JavaScript.
    const count = tf.variable(tf.ones([2000]));
    const step = await engine.compile(() => {
      count.assign(tf.add(count, 1));
      return {};
    }, { name: "count", inputs: {}, variables: [count] });
    await step.run({});
    expect(() => count.dataSync()).toThrow(
      "Call `await engine.pull(variables)` before `dataSync`.",
    );
    await engine.pull([count]);
    expect(count.dataSync()[0]).toBe(2);
    await step.run({});
    await engine.dispose();
    expect(count.dataSync()[0]).toBe(3);
    count.dispose();
  });
});

Deno.test("webgpu: a process ends by itself, with its engine open or closed", async () => {
  const code = `
    import { findWebgpu } from "papilio/engine/eager/webgpu.ts";
    import { runOnce } from "papilio/engine/run_once.ts";
    const [{ absence, create }] = await findWebgpu();
    if (absence) Deno.exit();
    const engine = await create();
    const input = { x: { shape: [1], data: new Float32Array([2]) } };
    await runOnce(engine, ({ x }) => ({ y: x.mul(3) }), input);
    if (Deno.args.includes("close")) await engine.dispose();
  `;
  for (const how of ["close", "open"]) {
    const { code: status, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", code, how],
      cwd: dirname(dirname(import.meta.dirname ?? "")),
    }).output();
    const text = new TextDecoder().decode(stderr);
    expect([how, status, status === 0 ? "" : text]).toEqual([how, 0, ""]);
  }
});
