/** The engine tensorflow: how it is found and loaded, with the package's own code and a stand-in addon. */
import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import type { EngineCandidate } from "papilio/engine/candidate.ts";
import { restoreRemovedFunctions } from "papilio/engine/eager/_tensorflow_backend.ts";
import { findTensorflow, type TensorflowOptions } from "papilio/engine/eager/tensorflow.ts";
import { inFolder } from "../data/_files.ts";
import { StandInBinding } from "./_tensorflow_binding.ts";
import { makePackage, withBinding } from "./_tensorflow_stand_in.ts";

const linux = { os: "linux", arch: "x86_64" } as const;

async function find(options: TensorflowOptions): Promise<[EngineCandidate, EngineCandidate]> {
  const [cuda, cpu, ...more] = await findTensorflow({ ...linux, ...options });
  expect([cuda?.device, cpu?.device, more.length]).toEqual(["cuda", "cpu", 0]);
  return [cuda as EngineCandidate, cpu as EngineCandidate];
}

const command = "`deno task engine:tensorflow`";
const absences = [
  {
    title: "nothing was downloaded",
    native: { addon: null, library: null },
    reason: "TensorFlow's library is not installed",
    remedy: `Download it: ${command}.`,
  },
  {
    title: "the addon is there alone",
    native: { addon: new Uint8Array(1), library: null },
    reason: "the library libtensorflow is missing beside its addon",
    remedy: `Download both again: ${command}.`,
  },
  {
    title: "the library is there alone",
    native: { addon: null, library: new Uint8Array(1) },
    reason: "the addon tfjs_binding.node is missing beside its library",
    remedy: `Download it: ${command}.`,
  },
  {
    title: "the addon is half written",
    native: { addon: new Uint8Array(1), library: new Uint8Array(1) },
    reason: "a file of TensorFlow's library is incomplete, or made for another processor",
    remedy: `Download it again: ${command}.`,
  },
];

for (const { title, native, reason, remedy } of absences) {
  Deno.test(`absent on both devices: ${title}`, () =>
    inFolder(async (folder) => {
      const packageFolder = await makePackage(folder, native);
      for (const candidate of await find({ packageFolder })) {
        expect(candidate).toMatchObject({ isGpu: false, absence: { reason, remedy } });
      }
      expect(tf.findBackendFactory("tensorflow")).toBeNull();
    }));
}

Deno.test("absent without the npm package", async () => {
  const [cuda] = await find({ packageFolder: "/nowhere" });
  expect(cuda.absence?.reason).toBe("the npm package @tensorflow/tfjs-node-gpu is not installed");
});

Deno.test("absent on machines that it is not made for, without a look at the files", async () => {
  const [cuda, cpu] = await find({ os: "darwin", arch: "aarch64", packageFolder: "/nowhere" });
  expect(cuda.absence).toEqual({
    reason:
      "TensorFlow's library for tfjs is made for Linux and Windows on x86_64, not for darwin " +
      "on aarch64",
    remedy: "Use --engine webgpu or --engine onnx.",
  });
  expect(cpu.absence).toEqual(cuda.absence);
});

Deno.test("what is absent throws its reason and remedy when it is made all the same", () =>
  inFolder(async (folder) => {
    const packageFolder = await makePackage(folder, { addon: null, library: null });
    const [cuda, cpu] = await find({ packageFolder });
    await expect(cuda.create()).rejects.toThrow(
      "Cannot use the engine tensorflow on a graphics card (CUDA): expected TensorFlow's library, and " +
        `what it needs there, got TensorFlow's library is not installed. Download it: ${command}.`,
    );
    await expect(cpu.create()).rejects.toThrow("tensorflow on the processor");
  }));

Deno.test("with a graphics card it is CUDA's, and not the processor's", () =>
  inFolder(async (folder) => {
    const packageFolder = await makePackage(folder);
    await withBinding(new StandInBinding({ isUsingGpu: true }), async () => {
      const [cuda, cpu] = await find({ packageFolder });
      expect(cuda.absence).toBeUndefined();
      expect(cuda.isGpu).toBe(true);
      expect(cuda.description).toBe(
        "TensorFlow 2.9.1 (tfjs-node-gpu 4.22.0), an NVIDIA graphics card",
      );
      expect(cpu.absence?.remedy).toContain("CUDA_VISIBLE_DEVICES=-1");
      const engine = await cuda.create();
      expect([engine.name, engine.description]).toEqual(["tensorflow", cuda.description]);
      await engine.dispose();
    });
  }));

Deno.test("without a graphics card it is the processor's, and says what CUDA lacks", () =>
  inFolder(async (folder) => {
    const packageFolder = await makePackage(folder);
    await withBinding(new StandInBinding(), async () => {
      const [cuda, cpu] = await find({ packageFolder, canLoad: () => false });
      expect(cpu).toMatchObject({
        isGpu: false,
        description: "TensorFlow 2.9.1 (tfjs-node-gpu 4.22.0), CPU",
      });
      expect(cpu.absence).toBeUndefined();
      expect(cuda.absence?.reason).toContain("the NVIDIA driver (libcuda.so.1)");
      expect((await find({ packageFolder }))[1].absence).toBeUndefined(); // Loaded once, found twice.
    });
  }));

Deno.test("loading leaves tfjs' active backend what it was", () =>
  inFolder(async (folder) => {
    await tf.setBackend("cpu");
    const packageFolder = await makePackage(folder);
    await withBinding(new StandInBinding(), async () => {
      await find({ packageFolder, canLoad: () => true });
      expect(tf.getBackend()).toBe("cpu");
      expect(tf.findBackend("tensorflow")).not.toBeNull();
    });
  }));

Deno.test("an addon that fails when it looks for devices is an absence", () =>
  inFolder(async (folder) => {
    const packageFolder = await makePackage(folder);
    const broken = {
      isUsingGpuDevice() {
        throw new Error("InternalError: cudaGetDevice() failed");
      },
    };
    await withBinding(broken, async () => {
      const [cuda] = await find({ packageFolder });
      expect(cuda.absence?.reason).toBe(
        "TensorFlow's library does not load: InternalError: cudaGetDevice() failed",
      );
      expect(tf.findBackendFactory("tensorflow")).toBeNull();
    });
  }));

Deno.test("the functions that Node.js removed are there again, and none is replaced", () => {
  const isArray = () => "own";
  const functions: Record<string, unknown> = { isArray };
  restoreRemovedFunctions(functions);
  const isNullOrUndefined = functions.isNullOrUndefined as (value: unknown) => boolean;
  expect([undefined, null, 0, ""].map(isNullOrUndefined)).toEqual([true, true, false, false]);
  expect(functions.isArray).toBe(isArray);
});

Deno.test("a training step runs on the loaded backend, and equals the backend cpu's", () =>
  inFolder(async (folder) => {
    const packageFolder = await makePackage(folder);
    const binding = new StandInBinding();
    await withBinding(binding, async () => {
      const [, cpu] = await find({ packageFolder, canLoad: () => false });
      const engine = await cpu.create();
      const w = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
      const step = ({ x, y }: Record<string, tf.Tensor>) => {
        const loss = () => tf.mean(tf.square(tf.sub(tf.mul(x!, w), y!))) as tf.Scalar;
        const { value, grads } = tf.variableGrads(loss, [w]);
        w.assign(tf.sub(w, tf.mul(grads[w.name]!, 0.5)));
        return { value };
      };
      const inputs = { x: { shape: [2] }, y: { shape: [2] } };
      const compiled = await engine.compile(step, { name: "sgd", inputs, variables: [w] });
      const { value } = await compiled.run({
        x: Float32Array.of(3, 5),
        y: Float32Array.of(1, 4),
      });
      await engine.pull([w]);
      // ((3 − 1)² + (10 − 4)²) / 2 = 20; gradients (3 − 1)·3 and (10 − 4)·5.
      expect(value?.data).toEqual(Float32Array.of(20));
      expect([...w.dataSync()]).toEqual([-2, -13]);
      expect(binding.operations).toContain("Mean");
      w.dispose();
      await engine.dispose();
      expect(binding.tensorCount).toBe(0);
    });
  }));
