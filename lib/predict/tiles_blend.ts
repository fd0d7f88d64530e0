import { present } from "papilio/core/assert.ts";
import type { TileAxis } from "papilio/predict/tiles_axis.ts";

/** Finished rows of a map of probabilities. */
export interface MapStrip {
  /** The first of its rows. */
  topPx: number;
  heightPx: number;
  /** Row-major `[heightPx, width of the image]`, 0…1. */
  data: Float32Array;
}

/** Weighted sums of one row of tiles after another, in a strip as high as a tile. */
export class StripBlend {
  readonly #down: TileAxis;
  readonly #across: TileAxis;
  readonly #tileSidePx: number;
  /** `[tileSidePx, across.lengthPx]`, from the start of the row of tiles that is under way. */
  readonly #sums: Float32Array;

  constructor(down: TileAxis, across: TileAxis, tileSidePx: number) {
    this.#down = down;
    this.#across = across;
    this.#tileSidePx = tileSidePx;
    this.#sums = new Float32Array(tileSidePx * across.lengthPx);
  }

  /** The weights of all tiles sum to 1 at each pixel, so the sum is the mean. */
  add(probabilities: Float32Array, row: number, column: number): void {
    const sidePx = this.#tileSidePx;
    const downWeights = present(this.#down.weights[row]);
    const acrossWeights = present(this.#across.weights[column]);
    const left = present(this.#across.starts[column]);
    for (let y = 0; y < sidePx; y++) {
      const weight = downWeights[y] as number;
      if (weight === 0) continue;
      const target = y * this.#across.lengthPx + left;
      const source = y * sidePx;
      for (let x = 0; x < sidePx; x++) {
        (this.#sums[target + x] as number) += weight * (acrossWeights[x] as number) *
          (probabilities[source + x] as number);
      }
    }
  }

  /** Takes the rows that no later tile reaches, and moves on to the next row of tiles. */
  finish(row: number): MapStrip {
    const { starts, lengthPx, paddingPx, sidePx } = this.#down;
    const width = this.#across.lengthPx;
    const start = present(starts[row]);
    const end = starts[row + 1] ?? lengthPx;
    const from = Math.max(start, paddingPx);
    const to = Math.min(end, paddingPx + sidePx);
    const data = this.#cropped(from - start, to - start);
    this.#sums.copyWithin(0, (end - start) * width);
    this.#sums.fill(0, this.#sums.length - (end - start) * width);
    return { topPx: from - paddingPx, heightPx: to - from, data };
  }

  /** Rows of the strip without the padding; rounding of the weights may have gone past 1. */
  #cropped(from: number, to: number): Float32Array {
    const { lengthPx, paddingPx, sidePx } = this.#across;
    const data = new Float32Array((to - from) * sidePx);
    for (let y = from; y < to; y++) {
      const source = y * lengthPx + paddingPx;
      const target = (y - from) * sidePx;
      for (let x = 0; x < sidePx; x++) {
        data[target + x] = Math.min(1, this.#sums[source + x] as number);
      }
    }
    return data;
  }
}
