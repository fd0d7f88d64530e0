/** What is said of a library of TensorFlow or CUDA that does not load. */
import { expect } from "expect";
import { absenceOfGpu, cardName } from "papilio/engine/eager/_cuda.ts";
import { absenceOfLoadError } from "papilio/engine/eager/_tensorflow_absence.ts";
import { failureOf } from "papilio/engine/eager/tensorflow_install.ts";

const again = "`deno task engine:tensorflow`";

const loadErrors: [string, string, string][] = [
  [
    "libtensorflow.so.2: cannot open shared object file: No such file or directory",
    "the addon does not find its library libtensorflow.so.2",
    again,
  ],
  [
    "libcudart.so.11.0: cannot open shared object file: No such file or directory",
    "CUDA 11.2 (libcudart.so.11.0): not installed, or not where libraries are looked for",
    "cuda-toolkit-11-2",
  ],
  [
    "libcudnn.so.8: cannot open shared object file: No such file or directory",
    "cuDNN 8.1 (libcudnn.so.8): not installed, or not where libraries are looked for",
    "libcudnn8=8.1.1.33-1+cuda11.2",
  ],
  [
    "libcuda.so.1: cannot open shared object file: No such file or directory",
    "the NVIDIA driver (libcuda.so.1): not installed, or not where libraries are looked for",
    "ubuntu-drivers install",
  ],
  [
    "libgomp.so.1: cannot open shared object file: No such file or directory",
    "TensorFlow needs the library libgomp.so.1, which is not on this machine",
    "apt-file search libgomp.so.1",
  ],
  [
    "/lib/x86_64-linux-gnu/libm.so.6: version `GLIBC_2.29' not found (required by libtensorflow.so.2)",
    "this Linux is too old for TensorFlow's library, which needs GLIBC_2.29",
    "--engine webgpu",
  ],
  [
    "/usr/lib/libstdc++.so.6: version `GLIBCXX_3.4.26' not found (required by libtensorflow.so.2)",
    "this Linux is too old for TensorFlow's library, which needs GLIBCXX_3.4.26",
    "--engine webgpu",
  ],
  [
    "/x/tfjs_binding.node: undefined symbol: napi_create_bigint_words",
    "this Deno lacks the function napi_create_bigint_words, which the addon calls",
    "deno upgrade",
  ],
  [
    "/x/tfjs_binding.node: undefined symbol: TFE_NewContext",
    "the addon and its library are of different versions (TFE_NewContext is missing)",
    again,
  ],
  [
    "/x/libtensorflow.so.2: file too short",
    "a file of TensorFlow's library is incomplete, or made for another processor",
    again,
  ],
  [
    "/x/tfjs_binding.node: invalid ELF header",
    "a file of TensorFlow's library is incomplete, or made for another processor",
    again,
  ],
  [
    "LoadLibraryExW failed: The specified module could not be found.",
    "Windows does not find a library that the addon needs, tensorflow.dll or Microsoft's",
    "Visual C++",
  ],
  [
    "Something else\nwith a second line",
    "TensorFlow's library does not load: Something else",
    "--engine webgpu",
  ],
];

for (const [message, reason, remedy] of loadErrors) {
  Deno.test(`a load that fails with: ${message.split("\n")[0]}`, () => {
    const absence = absenceOfLoadError(message);
    expect(absence.reason).toBe(reason);
    expect(absence.remedy).toContain(remedy);
  });
}

/** A machine where the loader finds all but these. */
const without = (...missing: string[]) => ({
  os: "linux" as const,
  canLoad: (library: string) => !missing.includes(library),
  visibleDevices: undefined,
});

Deno.test("without the driver nothing else is asked for", () => {
  expect(absenceOfGpu({ ...without(), canLoad: () => false })).toEqual({
    reason:
      "the NVIDIA driver (libcuda.so.1): not installed, or not where libraries are looked for",
    remedy: "Install it: `sudo ubuntu-drivers install`, restart, and `nvidia-smi` lists the card.",
  });
});

Deno.test("with the driver alone, CUDA and cuDNN are asked for, with the commands for both", () => {
  const { reason, remedy } = absenceOfGpu({
    ...without(),
    canLoad: (library) => library === "libcuda.so.1",
  });
  expect(reason).toMatch(/^CUDA 11.2 \(libcudart.so.11.0, .+\) and cuDNN 8.1 \(libcudnn.so.8\):/);
  expect(remedy).toBe(
    "On Ubuntu: `sudo apt-get install cuda-toolkit-11-2` from NVIDIA's repository for Ubuntu 20.04, " +
      "then `sudo apt-get install libcudnn8=8.1.1.33-1+cuda11.2` from the same repository; start with " +
      "LD_LIBRARY_PATH=/usr/local/cuda-11.2/lib64:/usr/lib/x86_64-linux-gnu. On any Linux: " +
      "`conda install -c conda-forge cudatoolkit=11.2 cudnn=8.1.0` and " +
      "LD_LIBRARY_PATH=$CONDA_PREFIX/lib.",
  );
});

Deno.test("where cuDNN alone is missing, it alone is asked for", () => {
  const { reason, remedy } = absenceOfGpu(without("libcudnn.so.8"));
  expect(reason).toMatch(/^cuDNN 8.1 \(libcudnn.so.8\)/);
  expect(remedy).not.toContain("cuda-toolkit");
});

Deno.test("where all libraries load, the card itself is at fault", () => {
  expect(absenceOfGpu(without()).reason).toContain("finds no graphics card that it can use");
});

Deno.test("a card that the user hides is not missing", () => {
  for (const visibleDevices of ["", "-1"]) {
    expect(absenceOfGpu({ ...without(), visibleDevices }).reason)
      .toBe(`CUDA_VISIBLE_DEVICES=${visibleDevices} hides every graphics card`);
  }
  expect(absenceOfGpu({ ...without(), visibleDevices: "0" }).reason).toContain("finds no");
});

Deno.test("on Windows the names are those of its libraries", () => {
  const { reason, remedy } = absenceOfGpu({ ...without("cudnn64_8.dll"), os: "windows" });
  expect(reason).toMatch(/^cuDNN 8.1 \(cudnn64_8.dll\)/);
  expect(remedy).toBe("Install cuDNN 8.1, and put the folders of the DLLs in PATH.");
});

Deno.test("a card that the driver does not name is an NVIDIA one all the same", () => {
  expect(cardName("/nowhere/libcuda.so.1")).toBe("an NVIDIA graphics card");
});

const outputs: [string, string][] = [
  [
    "error: Uncaught Error: connect ECONNREFUSED 127.0.0.1:1\n    at x\nerror: failed",
    "connect ECONNREFUSED 127.0.0.1:1",
  ],
  [
    "error: Uncaught Error: TAR_BAD_ARCHIVE: Unrecognized archive format",
    "an answer that is no archive: the address is wrong, or the download broke off",
  ],
  [
    "node-pre-gyp ERR! stack Error: Failed to execute '/usr/bin/node /x/node-gyp.js configure'",
    "no ready-made addon at its address",
  ],
  ["done\n", "a script that ended without an error, and without the files"],
];

for (const [output, failure] of outputs) {
  Deno.test(`a download that ends with: ${output.slice(0, 60).split("\n")[0]}`, () => {
    expect(failureOf(output)).toBe(failure);
  });
}
