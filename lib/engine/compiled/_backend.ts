import * as tf from "@tensorflow/tfjs";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { product } from "papilio/engine/compiled/_arrays.ts";
import { GraphBuilder } from "papilio/engine/compiled/_graph_builder.ts";
import { knownValue, type Value } from "papilio/engine/compiled/_value.ts";

/** The name under which tfjs knows the tracing backend. */
export const TRACING_BACKEND = "papilio-tracing";

/** Numbers made in JavaScript during a trace become part of the graph; more than so many are a mistake. */
const LARGEST_WRITTEN_CONSTANT = 1024;

/** What one trace has collected so far. */
export class Trace {
  readonly graph: GraphBuilder;
  /** Tensors made during the trace, with tfjs' reference counts. */
  readonly made = new Map<object, { value: Value; references: number }>();
  /** Tensors from before it: the listed constants, and small captured tensors. */
  readonly given = new Map<object, Value>();
  /** The layers that are being called, the innermost last. */
  readonly layers: string[] = [];

  constructor(
    readonly stepName: string,
    /** What the signature lists as variables; while tracing they hold tensors of the trace. */
    readonly variables: ReadonlySet<tf.Variable>,
    /** Whether the graph is to do without the operators that graphics processors' providers lack. */
    decomposes = false,
  ) {
    this.graph = new GraphBuilder(decomposes);
  }
}

/** What a kernel translation gets. */
export interface KernelCall<Attributes> {
  graph: GraphBuilder;
  /** Named inputs; optional ones that were not given are left out. */
  inputs: Record<string, Value>;
  /** The same in tfjs' order, for kernels that take a list. */
  list: Value[];
  attributes: Attributes;
}

/**
 * A tfjs backend whose tensors are places in an ONNX graph, and whose kernels write operators.
 *
 * Nothing is computed. Reading a tensor's numbers is an error: a step may not depend on them.
 */
class TracingBackend extends tf.KernelBackend {
  #trace: Trace | undefined;

  begin(trace: Trace): void {
    if (this.#trace) throw new Error(`a trace of ${this.#trace.stepName} is still going on`);
    this.#trace = trace;
  }

  end(): void {
    this.#trace = undefined;
  }

  get trace(): Trace {
    if (!this.#trace) throw new Error("the tracing backend works only inside a trace");
    return this.#trace;
  }

  make(value: Value): tf.TensorInfo {
    const dataId = {};
    this.trace.made.set(dataId, { value, references: 1 });
    return { dataId, shape: [...value.shape], dtype: value.dtype };
  }

  lookUp(tensor: tf.TensorInfo): Value {
    const { made, given } = this.trace;
    const value = made.get(tensor.dataId)?.value ?? given.get(tensor.dataId);
    if (value) return value;
    const captured = this.#capture(tensor);
    given.set(tensor.dataId, captured);
    return captured;
  }

  /** A tensor from outside that was not listed: small numbers become constants, all else is a mistake. */
  #capture(tensor: tf.TensorInfo): Value {
    const variable = Object.values(tf.engine().registeredVariables)
      .filter((candidate) => !this.trace.variables.has(candidate))
      .find((candidate) => candidate.dataId === tensor.dataId);
    if (variable) {
      throw new PapilioError({
        cannot: `compile the step "${this.trace.stepName}"`,
        expected: "every variable that it uses in its signature",
        got: `the variable "${variable.name}" (${describe(tensor)}), which is in neither list`,
        remedy: "Add it to `variables` if it changes or to `constants` if it does not.",
      });
    }
    const numbers = tf.engine().readSync(tensor.dataId) as Float32Array;
    return this.#known(numbers, tensor.shape, tensor.dtype);
  }

  #known(numbers: ArrayLike<number>, shape: number[], dtype: tf.DataType): Value {
    const value = knownValue(numbers, shape, dtype);
    if (value.kind === "uniform" || product(shape) <= LARGEST_WRITTEN_CONSTANT) return value;
    throw new PapilioError({
      cannot: `compile the step "${this.trace.stepName}"`,
      expected: `at most ${LARGEST_WRITTEN_CONSTANT} numbers of its own`,
      got: `a tensor of ${describe({ shape, dtype })} made in JavaScript`,
      remedy: "Pass it in as an input: the graph would repeat these very numbers in every step.",
    });
  }

  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): object {
    return this.make(this.#known(values as Float32Array, shape, dtype)).dataId;
  }

  override move(
    dataId: object,
    values: tf.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    const value = this.#known(values as Float32Array, shape, dtype);
    this.trace.made.set(dataId, { value, references });
  }

  override readSync(dataId: object): tf.BackendValues {
    const value = this.trace.made.get(dataId)?.value ?? this.trace.given.get(dataId);
    if (value?.kind === "constant") return value.data;
    if (value?.kind === "uniform") return new Float32Array(product(value.shape)).fill(value.value);
    throw new PapilioError({
      cannot: `compile the step "${this.trace.stepName}"`,
      expected: "a step that computes with tensors only",
      got: "a step that reads a tensor's numbers (data, dataSync, array, print)",
      remedy: "Return the tensor from the step and read it afterwards.",
    });
  }

  override read(dataId: object): Promise<tf.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override disposeData(dataId: object, force = false): boolean {
    const entry = this.#trace?.made.get(dataId);
    if (!entry) return true;
    entry.references--;
    if (entry.references > 0 && !force) return false;
    this.trace.made.delete(dataId);
    return true;
  }

  override incRef(dataId: object): void {
    const entry = this.#trace?.made.get(dataId);
    if (entry) entry.references++;
    // A variable that is assigned a tensor from outside: its own backend counts the references.
    else tf.engine().state.tensorInfo.get(dataId)?.backend.incRef(dataId);
  }

  override refCount(dataId: object): number {
    return this.#trace?.made.get(dataId)?.references ?? 0;
  }

  override numDataIds(): number {
    return this.#trace?.made.size ?? 0;
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: true, reasons: ["Nothing is computed while tracing."] };
  }

  override epsilon(): number {
    return 1e-7;
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {}
}

export const tracingBackend = new TracingBackend();
tf.registerBackend(TRACING_BACKEND, () => tracingBackend, 0);

const translated = new Set<string>();

/** The kernels that can be traced. */
export const translatedKernels: ReadonlySet<string> = translated;

/** Registers the translation of a tfjs kernel; what it throws comes out with kernel and layer named. */
export function translateKernel<Attributes = Record<string, never>>(
  kernelName: string,
  translate: (call: KernelCall<Attributes>) => Value | Value[],
): void {
  translated.add(kernelName);
  tf.registerKernel({
    kernelName,
    backendName: TRACING_BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const given = Object.entries(inputs).filter(([, tensor]) =>
        tensor !== null && tensor !== undefined
      );
      const values = given.map(([name, tensor]) =>
        [name, tracingBackend.lookUp(tensor as tf.TensorInfo)] as const
      );
      try {
        const result = translate({
          graph: tracingBackend.trace.graph,
          inputs: Object.fromEntries(values),
          list: values.map(([, value]) => value),
          attributes: attrs as Attributes,
        });
        return Array.isArray(result)
          ? result.map((value) => tracingBackend.make(value))
          : tracingBackend.make(result);
      } catch (cause) {
        throw cause instanceof PapilioError ? cause : untranslated(kernelName, inputs, cause);
      }
    },
  });
}

/** Registers, for every kernel that tfjs has and this backend lacks, the error that says so. */
export function refuseOtherKernels(): void {
  for (const { kernelName } of tf.getKernelsForBackend("cpu")) {
    if (translated.has(kernelName)) continue;
    if (tf.getKernel(kernelName, TRACING_BACKEND)) continue;
    tf.registerKernel({
      kernelName,
      backendName: TRACING_BACKEND,
      kernelFunc: ({ inputs }) => {
        throw untranslated(kernelName, inputs);
      },
    });
  }
}

function untranslated(
  kernelName: string,
  inputs: tf.NamedTensorInfoMap,
  cause?: unknown,
): PapilioError {
  const { layers, stepName } = tracingBackend.trace;
  const layer = layers.at(-1);
  // Optional inputs that were not given are there as null or undefined.
  const given = Object.values(inputs).filter((tensor) => tensor !== null && tensor !== undefined);
  const operands = given.length > 0 ? ` on ${given.map(describe).join(" and ")}` : "";
  return new PapilioError({
    cannot: `compile the step "${stepName}"`,
    expected: "kernels that have a translation into ONNX operators",
    got: `the kernel ${kernelName}${operands}, ` +
      (layer
        ? `called by the layer "${layer}"`
        : "called outside of any layer (loss, gradient, optimizer)") +
      (cause === undefined ? "" : `: ${messageOf(cause)}`),
    remedy: "Use an eager engine, or add its translation in lib/engine/compiled/kernels.",
    cause,
  });
}

function describe({ shape, dtype }: Pick<tf.TensorInfo, "shape" | "dtype">): string {
  return `${dtype}[${shape.join(", ")}]`;
}
