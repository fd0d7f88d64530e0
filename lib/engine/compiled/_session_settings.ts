import type { InferenceSession } from "onnxruntime-node";

/** Where ONNX Runtime can compute. */
export const onnxDevices = ["cpu", "webgpu", "cuda", "coreml", "dml"] as const;
export type OnnxDevice = typeof onnxDevices[number];

/** The devices' names, for people. */
export const deviceTitle: Record<OnnxDevice, string> = {
  cpu: "CPU",
  webgpu: "WebGPU",
  cuda: "CUDA",
  coreml: "Core ML",
  dml: "DirectML",
};

/**
 * Whether a graph for this device is to do without the operators that it lacks: SpaceToDepth, Split into
 * many parts, and BatchNormalization in training mode.
 */
export function decomposesFor(device: OnnxDevice): boolean {
  return device !== "cpu";
}

/**
 * How a session on a device is opened.
 *
 * A graph of which the device lacks a part is refused: on the CPU that part would be slow, and nobody
 * would know why. Core ML alone takes parts of graphs by design.
 */
export function sessionSettings(
  device: OnnxDevice,
  threads: number,
): InferenceSession.SessionOptions {
  return {
    executionProviders: [device],
    graphOptimizationLevel: "all",
    // Halves the memory of a training step at no cost in time.
    enableMemPattern: false,
    // What fails is thrown; the library need not print it as well.
    logSeverityLevel: 4,
    ...(threads > 0 ? { intraOpNumThreads: threads } : {}),
    ...(device === "cpu" || device === "coreml"
      ? {}
      : { extra: { session: { disable_cpu_ep_fallback: "1" } } }),
    // DirectML runs a graph in order.
    ...(device === "dml" ? { executionMode: "sequential" as const } : {}),
  };
}
