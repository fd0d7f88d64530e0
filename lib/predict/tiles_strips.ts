import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { ChannelImage } from "papilio/data/case.ts";
import type { SquarePredictor } from "papilio/predict/predictor.ts";
import { type Blending, type TileAxis, tileAxis } from "papilio/predict/tiles_axis.ts";
import { type MapStrip, StripBlend } from "papilio/predict/tiles_blend.ts";

export interface TileOptions {
  /**
   * Share of a tile that the next one covers too, along each side, at the least.
   *
   * With 0.25 most pixels are seen by one or two tiles, with 0.5 by four, which takes over twice as long.
   */
  overlap?: number;
  blending?: Blending;
  /** Tiles in one run of the network; on a processor it makes little difference to the time. */
  tilesPerBatch?: number;
  /** Ends the work between two runs of the network, with the signal's reason as the error. */
  signal?: AbortSignal | undefined;
  /** Hears how many tiles are done, after each run of the network. */
  onProgress?: ((doneTiles: number, totalTiles: number) => void) | undefined;
}

/** Tiles of one row of the grid that go through the network together. */
interface Batch {
  row: number;
  columns: number[];
}

/** Batches cut out and in line for the network, so that it never waits for JavaScript. */
const BATCHES_AHEAD = 1;

/**
 * Slides the network over an image of any size, and yields the rows of its map as they are finished.
 *
 * In memory at a time are one row of tiles and the strip that is yielded, whatever the image's height.
 *
 * Shapes: image `[heightPx, widthPx, inputChannels]` uint8 → strips `[rows, widthPx]` float32, with several
 * classes `[rows, widthPx, channels]`, top to bottom.
 * Units: 0…255 → 0…1.
 * @throws {PapilioError} if an option is out of range, or the network gives no probabilities.
 */
export async function* tileStrips(
  predictor: SquarePredictor,
  image: ChannelImage,
  options: TileOptions = {},
): AsyncGenerator<MapStrip> {
  const { overlap = 0.25, blending = "gaussian", tilesPerBatch = 4, signal, onProgress } = options;
  checkOptions(overlap, tilesPerBatch);
  const layout = { tileSidePx: predictor.inputSidePx, overlap, blending };
  const down = tileAxis(image.heightPx, layout);
  const across = tileAxis(image.widthPx, layout);
  const { tileSidePx } = layout;
  const blend = new StripBlend(down, across, { tileSidePx, channels: predictor.channels });
  const predict = async ({ row, columns }: Batch) => {
    const rows = present(down.seen[row]);
    const tiles = columns.map((column) => cutTile(image, rows, present(across.seen[column])));
    return { row, columns, results: await predictor.predictBatch(tiles) };
  };
  const total = down.starts.length * across.starts.length;
  let done = 0;
  const batches = untilAborted(tileBatches(down, across, tilesPerBatch), signal);
  for await (const { row, columns, results } of mapAhead(batches, predict, BATCHES_AHEAD)) {
    columns.forEach((column, i) => blend.add(present(results[i]), row, column));
    done += columns.length;
    onProgress?.(done, total);
    if (columns.includes(across.starts.length - 1)) yield blend.finish(row);
  }
}

function cutTile(image: ChannelImage, rows: Uint32Array, columns: Uint32Array): ChannelImage {
  const channels = image.data.length / (image.widthPx * image.heightPx);
  const data = new Uint8Array(rows.length * columns.length * channels);
  let target = 0;
  for (const row of rows) {
    const start = row * image.widthPx;
    for (let x = 0; x < columns.length; x++) {
      const source = (start + (columns[x] as number)) * channels;
      for (let c = 0; c < channels; c++) data[target++] = image.data[source + c] as number;
    }
  }
  return { data, widthPx: columns.length, heightPx: rows.length };
}

function* tileBatches(down: TileAxis, across: TileAxis, tilesPerBatch: number): Generator<Batch> {
  const columns = [...across.starts.keys()];
  for (const row of down.starts.keys()) {
    for (let first = 0; first < columns.length; first += tilesPerBatch) {
      yield { row, columns: columns.slice(first, first + tilesPerBatch) };
    }
  }
}

function* untilAborted<T>(items: Iterable<T>, signal: AbortSignal | undefined): Generator<T> {
  for (const item of items) {
    signal?.throwIfAborted();
    yield item;
  }
}

function checkOptions(overlap: number, tilesPerBatch: number): void {
  if (!(overlap >= 0 && overlap < 1)) {
    throw new PapilioError({
      cannot: "lay tiles over a photo",
      expected: "an overlap from 0 to below 1",
      got: `${overlap}`,
      remedy: "Use 0.25: each tile covers a quarter of the one before.",
    });
  }
  if (Number.isInteger(tilesPerBatch) && tilesPerBatch >= 1) return;
  throw new PapilioError({
    cannot: "lay tiles over a photo",
    expected: "a whole number of tiles in a batch, at least 1",
    got: `${tilesPerBatch}`,
    remedy: "Use 4.",
  });
}
