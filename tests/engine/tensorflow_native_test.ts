/** The engine tensorflow with a real addon and library, which the system's loader loads or refuses. */
import { dirname, join } from "@std/path";
import { expect } from "expect";
import type { EngineCandidate } from "papilio/engine/candidate.ts";
import { inFolder } from "../data/_files.ts";
import { buildNativeParts, type BuildOptions } from "./_native_parts.ts";
import { makePackage } from "./_tensorflow_stand_in.ts";

const root = dirname(dirname(import.meta.dirname ?? ""));

/** What a program with the permissions of training finds; all that it prints is one line. */
async function findIn(packageFolder: string): Promise<EngineCandidate[]> {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-check", "--no-prompt", "-P=papilio", "tests/engine/_find_tensorflow.ts"]
      .concat(packageFolder),
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
  expect(text(stderr).replace(/^Warning Permissions in the config file .*$/m, "")).toBe("");
  return JSON.parse(text(stdout));
}

function nativeTest(name: string, options: BuildOptions, check: (folder: string) => Promise<void>) {
  Deno.test(name, () =>
    inFolder(async (folder) => {
      const native = await buildNativeParts(folder, options);
      if (!native) return console.log(`skipped: ${name} (no C compiler)`);
      const packageFolder = await makePackage(folder, native);
      // The names that the library's archive has beside the file itself.
      const libraries = join(packageFolder, "deps", "lib");
      await Deno.symlink("libtensorflow.so.2.9.1", join(libraries, "libtensorflow.so.2"));
      await check(packageFolder);
    }));
}

nativeTest("a native addon is loaded with its library", {}, async (packageFolder) => {
  const [cuda, cpu] = await findIn(packageFolder);
  expect(cpu?.absence).toBeUndefined();
  expect(cpu?.description).toBe("TensorFlow 2.9.1 (tfjs-node-gpu 4.22.0), CPU");
  expect(cuda?.absence?.reason).toContain("finds no graphics card that it can use");
});

nativeTest("a native addon misses its library's link", {}, async (packageFolder) => {
  await Deno.remove(join(packageFolder, "deps", "lib", "libtensorflow.so.2"));
  for (const { absence } of await findIn(packageFolder)) {
    expect(absence?.reason).toBe("the addon does not find its library libtensorflow.so.2");
  }
});

nativeTest("a native library is half written", {}, async (packageFolder) => {
  await Deno.truncate(join(packageFolder, "deps", "lib", "libtensorflow.so.2.9.1"), 100);
  for (const { absence } of await findIn(packageFolder)) {
    expect(absence?.reason).toContain("is incomplete");
  }
});

for (
  const [needed, part] of [["libcudart.so.11.0", "CUDA 11.2"], [
    "libcudnn.so.8",
    "cuDNN 8.1",
  ]] as const
) {
  nativeTest(`a native library needs ${needed}`, { needed }, async (packageFolder) => {
    for (const { absence } of await findIn(packageFolder)) {
      expect(absence?.reason).toMatch(new RegExp(`^${part} \\(${needed}\\)`));
    }
  });
}

nativeTest(
  "a native addon calls what this Node-API lacks",
  { fromTheFuture: true },
  async (packageFolder) => {
    for (const { absence } of await findIn(packageFolder)) {
      expect(absence?.reason).toBe(
        "this Deno lacks the function napi_from_the_future, which the addon calls",
      );
    }
  },
);
