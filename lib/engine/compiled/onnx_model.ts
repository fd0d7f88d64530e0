import { PapilioError } from "papilio/core/errors.ts";
import { SessionClient } from "papilio/engine/compiled/_session_client.ts";
import type { PortDescription, WireTensor } from "papilio/engine/compiled/_session_protocol.ts";
import type { OnnxDevice } from "papilio/engine/compiled/_session_settings.ts";
import { readOnnxMetadata } from "papilio/engine/compiled/onnx.ts";

/** A named input of a run. */
export interface ModelInput {
  shape: readonly number[];
  data: Float32Array | Uint8Array;
}

/** A named output of a run, row-major in `shape`. */
export interface ModelOutput {
  shape: number[];
  data: Float32Array;
}

export interface OnnxModelOptions {
  /** Threads that compute; 0: as many as there are processors. */
  threads?: number;
  /** Where it computes; `"cpu"` if not given. */
  device?: OnnxDevice | undefined;
}

/**
 * An ONNX file, open for inference with ONNX Runtime, in a thread of its own.
 *
 * @throws {PapilioError} if the file is missing or ONNX Runtime refuses it.
 */
export class OnnxModel {
  readonly #client: SessionClient;
  readonly #session: number;

  private constructor(
    client: SessionClient,
    session: number,
    /** The file's `metadata_props`. */
    readonly metadata: Record<string, string>,
    readonly inputs: PortDescription[],
    readonly outputs: PortDescription[],
  ) {
    this.#client = client;
    this.#session = session;
  }

  static async open(
    pathOrBytes: string | Uint8Array,
    { threads = 0, device = "cpu" }: OnnxModelOptions = {},
  ): Promise<OnnxModel> {
    const source = typeof pathOrBytes === "string" ? pathOrBytes : "in memory";
    const client = new SessionClient();
    try {
      const bytes = typeof pathOrBytes === "string"
        ? await Deno.readFile(pathOrBytes)
        : pathOrBytes;
      const metadata = metadataOf(bytes);
      const opened = await client.call("open", bytes, { threads, device, state: [] });
      return new OnnxModel(client, opened.session, metadata, opened.inputs, opened.outputs);
    } catch (cause) {
      client.dispose();
      throw new PapilioError({
        cannot: `open the network ${source}`,
        expected: `an ONNX file that ONNX Runtime can load${
          device === "cpu" ? "" : ` on ${device}`
        }`,
        got: cause instanceof Error ? cause.message : String(cause),
        remedy: device === "cpu"
          ? "Give a run's folder, or the model/model.onnx that `deno task train` writes into it."
          : "Give --device cpu, or look with `deno task doctor` at what this machine has.",
        cause,
      });
    }
  }

  async run(inputs: Record<string, ModelInput>): Promise<Record<string, ModelOutput>> {
    const wire = Object.entries(inputs).map(([name, { shape, data }]): [string, WireTensor] => [
      name,
      { type: data instanceof Uint8Array ? "uint8" : "float32", dims: shape, data },
    ]);
    const results = await this.#client.call("run", this.#session, Object.fromEntries(wire));
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [
        name,
        { shape: [...dims], data },
      ]),
    );
  }

  dispose(): Promise<void> {
    this.#client.dispose();
    return Promise.resolve();
  }
}

function metadataOf(bytes: Uint8Array): Record<string, string> {
  try {
    return readOnnxMetadata(bytes);
  } catch (cause) {
    throw new Error("a file of another kind", { cause }); // What the parser says helps nobody.
  }
}
