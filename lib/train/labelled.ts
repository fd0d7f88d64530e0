/** Images with their masks, as the data side hands them out. */
export interface LabelledBatch {
  ids: readonly string[];
  /** `[size, side, side, channels]`, 0…255. */
  images: Uint8Array;
  /** `[size, side, side, 1]`, 0 or 1; with classes their numbers, or `IGNORED`. */
  masks: Uint8Array;
  size: number;
}

/** Where batches come from; the same options give the same batches. */
export interface BatchStream {
  epoch(options: {
    batchSize: number;
    epoch: number;
    shuffle: boolean;
    augment: boolean;
  }): AsyncIterable<LabelledBatch>;
}

/** A set of cases, and how many they are. */
export interface LabelledSet {
  batches: BatchStream;
  size: number;
}
