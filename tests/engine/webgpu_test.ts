import { expect } from "expect";
import { PapilioError } from "papilio/core/errors.ts";
import { findWebgpu } from "papilio/engine/eager/webgpu.ts";

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
