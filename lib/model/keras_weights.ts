import h5wasm, { Dataset, File as Hdf5File, Group } from "h5wasm";
import { basename } from "@std/path";
import type * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import { forInputChannels } from "papilio/model/_input_channels.ts";
import { assign, mismatches, namedVariables, type WeightData } from "papilio/model/variables.ts";

export interface LoadedWeights {
  /** Names of the variables that were set. */
  loaded: string[];
  /** Layers of the file that were not asked for: the classification head, for example. */
  ignoredLayers: string[];
}

export interface KerasWeightsOptions {
  /** Of the channels that the first layer's weights are for; RGB if not given. */
  channelOrder?: "rgb" | "bgr";
  /** What to do about weights of other shapes. */
  remedy?: string;
  /** What other network a file's tensors are of, if their names and shapes tell. */
  causeOf?: (weights: ReadonlyMap<string, WeightData>) => string | undefined;
}

/**
 * Sets the weights of the named layers from a file of Keras' `save_weights` (`.h5`).
 *
 * Every variable of these layers is matched by name and shape; a first layer for RGB is made to fit the
 * channels of the model's images. What else the file has (`Conv_1`, the
 * head, `block_16_project_BN`) is ignored.
 *
 * @throws {PapilioError} if the file is no HDF5 file, or variables are missing in it or misshapen: it
 * says why, if names and shapes tell, and nothing has been set.
 */
export async function loadKerasWeights(
  model: tf.LayersModel,
  layerNames: readonly string[],
  path: string,
  options: KerasWeightsOptions = {},
): Promise<LoadedWeights> {
  const { channelOrder: order = "rgb", remedy = "Give the .h5 file of the same architecture." } =
    options;
  const { weights, ignoredLayers } = await readKerasWeights(path, new Set(layerNames));
  const variables = variablesOf(model, layerNames);
  const channels = { count: present(model.inputs[0]?.shape.at(-1)), order };
  for (const [name, { shape }] of variables) {
    const weight = weights.get(name);
    if (weight) weights.set(name, forInputChannels(weight, shape, channels));
  }
  const problems = mismatches(variables, weights);
  if (problems.length > 0) {
    throw new PapilioError({
      cannot: `load the encoder's weights from ${path}`,
      expected: `all ${variables.size} tensors of the encoder by name and shape`,
      got: describeMisfit(weights, problems, options),
      remedy,
    });
  }
  for (const [name, variable] of variables) assign(variable, present(weights.get(name)));
  return { loaded: [...variables.keys()], ignoredLayers };
}

/** The cause, if it can be told, and a few of the tensors: of another network there are hundreds. */
function describeMisfit(
  weights: ReadonlyMap<string, WeightData>,
  problems: readonly string[],
  { causeOf = () => undefined }: KerasWeightsOptions,
): string {
  const most = 2;
  const more = problems.length - most;
  const some = problems.slice(0, most).join("; ") + (more > 0 ? `; and ${more} more` : "");
  const cause = weights.size === 0 ? "a file of another network" : causeOf(weights);
  return cause === undefined ? some : `${cause} (${some})`;
}

function variablesOf(model: tf.LayersModel, layerNames: readonly string[]) {
  const layers = new Set(layerNames);
  const all = [...namedVariables(model)];
  return new Map(all.filter(([name]) => layers.has(present(name.split("/")[0]))));
}

/** The tensors of the wanted layers by `layer/weight`, and the names of the other layers. */
async function readKerasWeights(path: string, wanted: ReadonlySet<string>) {
  const { FS, activate_throwing_error_handler } = await h5wasm.ready;
  const bytes = await readHdf5Bytes(path);
  // h5wasm opens files of its own file system alone: the bytes lie there for the time of reading.
  const virtualPath = `/${crypto.randomUUID()}-${basename(path)}`;
  FS.writeFile(virtualPath, bytes);
  activate_throwing_error_handler(); // Otherwise the library prints its stack and goes on.
  try {
    return readLayers(virtualPath, wanted);
  } catch (error) {
    throw unreadable(path, `a damaged file (${messageOf(error)})`, error);
  } finally {
    FS.unlink(virtualPath);
  }
}

function readLayers(virtualPath: string, wanted: ReadonlySet<string>) {
  const file = new Hdf5File(virtualPath, "r");
  try {
    // A whole saved model keeps its weights in a group, a file of weights at its top.
    const wholeModel = file.keys().includes("model_weights");
    const root = wholeModel ? file.get("model_weights") as Group : file;
    const weights = new Map<string, WeightData>();
    const ignoredLayers: string[] = [];
    for (const layerName of root.keys()) {
      const group = root.get(layerName);
      if (!(group instanceof Group)) continue;
      const datasets = datasetsOf(group, layerName);
      if (!wanted.has(layerName)) {
        if (datasets.length > 0) ignoredLayers.push(layerName);
        continue;
      }
      for (const [name, dataset] of datasets) {
        weights.set(`${layerName}/${name}`, toWeight(dataset));
      }
    }
    return { weights, ignoredLayers };
  } finally {
    file.close();
  }
}

/** Keras nests them, as `Conv1/Conv1/kernel:0`; the last part without `:0` is the weight's name. */
function datasetsOf(group: Group, layerName: string): [string, Dataset][] {
  return group.paths().flatMap((path) => {
    const entry = group.get(path);
    const name = present(path.split("/").at(-1)).replace(/:\d+$/, "");
    if (!(entry instanceof Dataset)) return [];
    return [[firstKerasNames.get(shortName(name, layerName)) ?? name, entry] as [string, Dataset]];
  });
}

/** Files of Keras 1, as that of VGG16, say `block1_conv1_W_1` and `block1_conv1_b_1`. */
const firstKerasNames: ReadonlyMap<string, string> = new Map([["W", "kernel"], ["b", "bias"]]);

function shortName(name: string, layerName: string): string {
  return name.startsWith(`${layerName}_`)
    ? name.slice(layerName.length + 1).replace(/_\d+$/, "")
    : name;
}

function toWeight(dataset: Dataset): WeightData {
  return { shape: dataset.shape ?? [], data: Float32Array.from(dataset.value as Float32Array) };
}

async function readHdf5Bytes(path: string): Promise<Uint8Array> {
  const bytes = await Deno.readFile(path).catch((error) => {
    throw unreadable(path, messageOf(error), error);
  });
  const signature = "\x89HDF\r\n\x1a\n";
  if (String.fromCharCode(...bytes.subarray(0, signature.length)) !== signature) {
    throw unreadable(path, `${bytes.length} bytes that are no HDF5 file`);
  }
  return bytes;
}

function unreadable(path: string, got: string, cause?: unknown): PapilioError {
  return new PapilioError({
    cannot: `load the encoder's weights from ${path}`,
    expected: "a file of Keras' weights (.h5)",
    got,
    remedy: "Give another file with --encoder-weights, or none to start from random weights.",
    cause,
  });
}
