import type { Absence } from "papilio/engine/candidate.ts";

/** A part that TensorFlow 2.9 loads by itself when it looks for graphics cards. */
interface CudaPart {
  name: string;
  linux: string[];
  windows: string[];
}

const driver: CudaPart = {
  name: "the NVIDIA driver",
  linux: ["libcuda.so.1"],
  windows: ["nvcuda.dll"],
};

const toolkit: CudaPart = {
  name: "CUDA 11.2",
  linux: [
    "libcudart.so.11.0",
    "libcublas.so.11",
    "libcublasLt.so.11",
    "libcufft.so.10",
    "libcurand.so.10",
    "libcusolver.so.11",
    "libcusparse.so.11",
  ],
  windows: [
    "cudart64_110.dll",
    "cublas64_11.dll",
    "cublasLt64_11.dll",
    "cufft64_10.dll",
    "curand64_10.dll",
    "cusolver64_11.dll",
    "cusparse64_11.dll",
  ],
};

const cudnn: CudaPart = {
  name: "cuDNN 8.1",
  linux: ["libcudnn.so.8"],
  windows: ["cudnn64_8.dll"],
};

const path = {
  linux: "LD_LIBRARY_PATH=/usr/local/cuda-11.2/lib64:/usr/lib/x86_64-linux-gnu",
  windows: "the folders of the DLLs in PATH",
};

/** What gives each part on Ubuntu; the versions are those that TensorFlow 2.9 was built for. */
const commands = {
  driver: "`sudo ubuntu-drivers install`, restart, and `nvidia-smi` lists the card",
  toolkit: "`sudo apt-get install cuda-toolkit-11-2` from NVIDIA's repository for Ubuntu 20.04",
  cudnn: "`sudo apt-get install libcudnn8=8.1.1.33-1+cuda11.2` from the same repository",
  conda: "`conda install -c conda-forge cudatoolkit=11.2 cudnn=8.1.0` and " +
    "LD_LIBRARY_PATH=$CONDA_PREFIX/lib",
};

type CudaSystem = "linux" | "windows";

export interface CudaOptions {
  os: CudaSystem;
  canLoad: (library: string) => boolean;
  /** The graphics cards that the user lets CUDA see: `CUDA_VISIBLE_DEVICES`. */
  visibleDevices: string | undefined;
}

/** Why TensorFlow, which is there, has no graphics card. */
export function absenceOfGpu({ os, canLoad, visibleDevices }: CudaOptions): Absence {
  if (visibleDevices === "" || visibleDevices?.startsWith("-1")) {
    return {
      reason: `CUDA_VISIBLE_DEVICES=${visibleDevices} hides every graphics card`,
      remedy: "Take that variable out of the environment.",
    };
  }
  const missing = (part: CudaPart) => part[os].filter((library) => !canLoad(library));
  const [driverFiles, toolkitFiles, cudnnFiles] = [driver, toolkit, cudnn].map(missing);
  if (driverFiles?.length) return absenceOf([[driver, driverFiles]], os);
  const parts = [[toolkit, toolkitFiles ?? []], [cudnn, cudnnFiles ?? []]] as const;
  const lacking = parts.filter(([, files]) => files.length > 0);
  return lacking.length > 0 ? absenceOf(lacking, os) : noCard;
}

/** The absence for one library that was named by an error; undefined if it is none of CUDA's. */
export function absenceOfCudaLibrary(library: string): Absence | undefined {
  const part = [driver, toolkit, cudnn].find(({ linux }) =>
    linux.some((name) => stem(name) === stem(library))
  );
  return part && absenceOf([[part, [library]]], "linux");
}

const stem = (library: string) => library.split(".so")[0];

function absenceOf(
  lacking: readonly (readonly [CudaPart, readonly string[]])[],
  os: CudaSystem,
): Absence {
  const reason = lacking.map(([{ name }, files]) => `${name} (${files.join(", ")})`).join(" and ");
  return {
    reason: `${reason}: not installed, or not where libraries are looked for`,
    remedy: os === "windows" ? windowsRemedy(lacking) : linuxRemedy(lacking.map(([part]) => part)),
  };
}

function windowsRemedy(lacking: readonly (readonly [CudaPart, unknown])[]): string {
  return `Install ${lacking.map(([{ name }]) => name).join(" and ")}, and put ${path.windows}.`;
}

function linuxRemedy(parts: readonly CudaPart[]): string {
  if (parts.includes(driver)) return `Install it: ${commands.driver}.`;
  const steps = [
    ...parts.includes(toolkit) ? [commands.toolkit] : [],
    ...parts.includes(cudnn) ? [commands.cudnn] : [],
  ];
  return `On Ubuntu: ${steps.join(", then ")}; start with ${path.linux}. ` +
    `On any Linux: ${commands.conda}.`;
}

const noCard: Absence = {
  reason: "the libraries of CUDA load, but TensorFlow finds no graphics card that it can use",
  remedy: "`nvidia-smi` must list a card; TF_CPP_MIN_LOG_LEVEL=0 in the environment lets " +
    "TensorFlow say what it found.",
};

/** The first graphics card's name, as the driver tells it once it is in use. */
export function cardName(driverLibrary = driver.linux[0] as string): string {
  try {
    return askDriver(driverLibrary);
  } catch {
    return "an NVIDIA graphics card";
  }
}

function askDriver(driverLibrary: string): string {
  const bytes = new Uint8Array(256);
  const library = Deno.dlopen(driverLibrary, {
    cuDeviceGetName: { parameters: ["buffer", "i32", "i32"], result: "i32" },
  });
  const status = library.symbols.cuDeviceGetName(bytes, bytes.length, 0);
  library.close();
  if (status !== 0) throw new Error(`the driver answers ${status}`);
  return new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
}
