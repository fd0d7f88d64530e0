import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { operations } from "./_tensorflow_operations.ts";

// A stand-in for the native addon: TensorFlow's operations, computed by tfjs' backend cpu.

interface Attribute {
  name: string;
  value: unknown;
}

interface Stored {
  shape: number[];
  dtype: number;
  values: tf.TypedArray;
}

const types = { TF_FLOAT: 1, TF_INT32: 3, TF_BOOL: 10, TF_INT64: 9, TF_UINT8: 4 };
const names = new Map<number, "float32" | "int32" | "bool">([
  [types.TF_FLOAT, "float32"],
  [types.TF_INT32, "int32"],
  [types.TF_BOOL, "bool"],
]);

/** Its `operations` are the names of those that were computed. */
export class StandInBinding {
  readonly TF_FLOAT = types.TF_FLOAT;
  readonly TF_INT32 = types.TF_INT32;
  readonly TF_BOOL = types.TF_BOOL;
  readonly TF_INT64 = types.TF_INT64;
  readonly TF_UINT8 = types.TF_UINT8;
  readonly TF_COMPLEX64 = 8;
  readonly TF_STRING = 7;
  readonly TF_RESOURCE = 20;
  readonly TF_ATTR_STRING = 0;
  readonly TF_ATTR_INT = 1;
  readonly TF_ATTR_FLOAT = 2;
  readonly TF_ATTR_BOOL = 3;
  readonly TF_ATTR_TYPE = 4;
  readonly TF_ATTR_SHAPE = 5;
  readonly TF_Version = "2.9.1";
  readonly operations = new Set<string>();
  readonly #tensors = new Map<number, Stored>();
  readonly #isUsingGpu: boolean;
  #nextId = 0;

  constructor({ isUsingGpu = false } = {}) {
    this.#isUsingGpu = isUsingGpu;
  }

  isUsingGpuDevice(): boolean {
    return this.#isUsingGpu;
  }

  get tensorCount(): number {
    return this.#tensors.size;
  }

  createTensor(shape: number[], dtype: number, values: tf.TypedArray): number {
    this.#tensors.set(this.#nextId, { shape: [...shape], dtype, values: values.slice() });
    return this.#nextId++;
  }

  deleteTensor(id: number): void {
    if (!this.#tensors.delete(id)) throw new Error(`no tensor ${id}`);
  }

  tensorDataSync(id: number): tf.TypedArray {
    return present(this.#tensors.get(id)).values.slice();
  }

  executeOp(name: string, attributes: Attribute[], ids: number[], _outputs: number) {
    this.operations.add(name);
    const operation = operations[name];
    if (!operation) throw new Error(`the stand-in has no operation ${name}`);
    const given = Object.fromEntries(attributes.map(({ name, value }) => [name, value]));
    return onCpu(() => {
      const inputs = ids.map((id) => this.#read(id));
      return [operation(inputs, given)].flat().map((output) => this.#write(output));
    });
  }

  #read(id: number): tf.Tensor {
    const { shape, dtype, values } = present(this.#tensors.get(id));
    return tf.tensor(values, shape, present(names.get(dtype)));
  }

  #write(output: tf.Tensor) {
    const [dtype] = present([...names].find(([, name]) => name === output.dtype));
    const id = this.createTensor(output.shape, dtype, output.dataSync());
    return { id, shape: output.shape, dtype };
  }
}

function onCpu<R>(work: () => R): R {
  const before = tf.getBackend();
  tf.setBackend("cpu");
  try {
    let result: R;
    tf.tidy(() => void (result = work()));
    return result! as R;
  } finally {
    tf.setBackend(before);
  }
}
