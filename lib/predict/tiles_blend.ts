import { present } from "papilio/core/assert.ts";
import type { TileAxis } from "papilio/predict/tiles_axis.ts";

/** Finished rows of a map of probabilities. */
export interface MapStrip {
  /** The first of its rows. */
  topPx: number;
  heightPx: number;
  /** Row-major `[heightPx, width of the image]`, or with several classes `[…, C]`; 0…1. */
  data: Float32Array;
}

/** Weighted sums of one row of tiles after another, in a strip as high as a tile. */
export class StripBlend {
  readonly #down: TileAxis;
  readonly #across: TileAxis;
  readonly #tileSidePx: number;
  readonly #channels: number;
  /** `[tileSidePx, across.lengthPx, channels]`, from the start of the row of tiles that is under way. */
  readonly #sums: Float32Array;

  constructor(
    down: TileAxis,
    across: TileAxis,
    { tileSidePx, channels = 1 }: { tileSidePx: number; channels?: number },
  ) {
    this.#down = down;
    this.#across = across;
    this.#tileSidePx = tileSidePx;
    this.#channels = channels;
    this.#sums = new Float32Array(tileSidePx * across.lengthPx * channels);
  }

  /** The weights of all tiles sum to 1 at each pixel, so the sum is the mean. */
  add(probabilities: Float32Array, row: number, column: number): void {
    const [sidePx, channels] = [this.#tileSidePx, this.#channels];
    const downWeights = present(this.#down.weights[row]);
    const acrossWeights = present(this.#across.weights[column]);
    const left = present(this.#across.starts[column]);
    for (let y = 0; y < sidePx; y++) {
      const weight = downWeights[y] as number;
      if (weight === 0) continue;
      let target = (y * this.#across.lengthPx + left) * channels;
      let source = y * sidePx * channels;
      for (let x = 0; x < sidePx; x++) {
        const share = weight * (acrossWeights[x] as number);
        for (let c = 0; c < channels; c++) {
          (this.#sums[target++] as number) += share * (probabilities[source++] as number);
        }
      }
    }
  }

  /** Takes the rows that no later tile reaches, and moves on to the next row of tiles. */
  finish(row: number): MapStrip {
    const { starts, lengthPx, paddingPx, sidePx } = this.#down;
    const width = this.#across.lengthPx * this.#channels;
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
    const [rowLength, channels] = [sidePx * this.#channels, this.#channels];
    const data = new Float32Array((to - from) * rowLength);
    for (let y = from; y < to; y++) {
      const source = (y * lengthPx + paddingPx) * channels;
      const target = (y - from) * rowLength;
      for (let i = 0; i < rowLength; i++) {
        data[target + i] = Math.min(1, this.#sums[source + i] as number);
      }
    }
    return data;
  }
}
