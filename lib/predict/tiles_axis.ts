import { present } from "papilio/core/assert.ts";

/**
 * How the tiles that cover one spot are put together.
 *
 * `gaussian` weighs each tile by how near its centre is, `nearest` takes the tile whose centre is nearest
 * alone. A plain mean would show the tiles' borders, where the network sees least.
 */
export type Blending = "gaussian" | "nearest";

export interface TileAxisOptions {
  tileSidePx: number;
  /** Share of a tile that the next one covers too, at the least; 0…1 without 1. */
  overlap: number;
  blending: Blending;
}

/** The tiles along one side of a picture; a grid of tiles is the product of two of these. */
export interface TileAxis {
  /** The picture's. */
  sidePx: number;
  /** Positions along the side: the picture's own, or a tile's side if that is longer. */
  lengthPx: number;
  /** First position of each tile. */
  starts: readonly number[];
  /** For each tile the weights of its positions; over the tiles they sum to 1 at each position. */
  weights: readonly Float32Array[];
  /** For each tile the pixels of the picture that are seen in it. */
  seen: readonly Uint32Array[];
  /** Position of the picture's first pixel. */
  paddingPx: number;
}

/** The Gaussian's standard deviation, of a tile's side. */
const SIGMA_SHARE = 1 / 8;

/**
 * Lays tiles along a side of a picture: the first at its begin, the last at its end, even steps between.
 *
 * A side that is shorter than a tile lies in the tile's middle, between its own mirror images. The weight of
 * a grid's tile is the product of its weights along both sides, so they sum to 1 over the grid too.
 *
 * `weight = g(i) / Σ g` over the tiles at the same position, with `g(i) = exp(−(i + ½ − S/2)² / 2σ²)` and
 * `σ = S/8` for `gaussian`.
 *
 * Units: pixels.
 * Source: Isensee et al. 2021, "nnU-Net", online methods, inference: patches that overlap by half a patch,
 * and a Gaussian that weighs their centres more; σ from its code. There the Gaussian's centre is the pixel
 * `S/2`, here it is the tile's middle.
 *
 * @example
 * ```ts
 * import { tileAxis } from "papilio/predict/tiles_axis.ts";
 * const axis = tileAxis(10, { tileSidePx: 4, overlap: 0.5, blending: "gaussian" });
 * console.assert(axis.starts.join() === "0,2,4,6");
 * ```
 */
export function tileAxis(sidePx: number, options: TileAxisOptions): TileAxis {
  const { tileSidePx } = options;
  const lengthPx = Math.max(sidePx, tileSidePx);
  const starts = tileStarts(lengthPx, options);
  const paddingPx = Math.floor((lengthPx - sidePx) / 2);
  const pixels = Uint32Array.from(
    { length: lengthPx },
    (_, position) => mirrored(position - paddingPx, sidePx),
  );
  const weights = tileWeights(lengthPx, starts, options);
  const seen = starts.map((start) => pixels.subarray(start, start + tileSidePx));
  return { sidePx, lengthPx, starts, weights, seen, paddingPx };
}

function tileStarts(lengthPx: number, { tileSidePx, overlap }: TileAxisOptions): number[] {
  const longestStepPx = Math.max(1, Math.floor(tileSidePx * (1 - overlap)));
  const lastPx = lengthPx - tileSidePx;
  const steps = Math.ceil(lastPx / longestStepPx);
  return Array.from({ length: steps + 1 }, (_, k) => k === 0 ? 0 : Math.round(k * lastPx / steps));
}

/** The edge is not repeated: 3 2 1 | 0 1 2 3 | 2 1 0. */
function mirrored(position: number, sidePx: number): number {
  const period = Math.max(1, 2 * (sidePx - 1));
  const phase = ((position % period) + period) % period;
  return Math.min(phase, period - phase);
}

function tileWeights(
  lengthPx: number,
  starts: readonly number[],
  options: TileAxisOptions,
): Float32Array[] {
  const shares = starts.map((_, tile) => tileShares(tile, starts, options));
  const sums = new Float64Array(lengthPx);
  shares.forEach((values, tile) => {
    const start = present(starts[tile]);
    for (let i = 0; i < values.length; i++) (sums[start + i] as number) += values[i] as number;
  });
  return shares.map((values, tile) => {
    const start = present(starts[tile]);
    return Float32Array.from(values, (value, i) => value / (sums[start + i] as number));
  });
}

/** The weights of one tile before they are brought to sum to 1. */
function tileShares(
  tile: number,
  starts: readonly number[],
  { tileSidePx, blending }: TileAxisOptions,
): Float64Array {
  const shares = new Float64Array(tileSidePx);
  if (blending === "gaussian") return shares.map((_, i) => gaussian(i, tileSidePx));
  const start = present(starts[tile]);
  const middleTo = (other: number | undefined, otherwise: number) =>
    other === undefined ? otherwise : (start + other + tileSidePx) / 2;
  const from = middleTo(starts[tile - 1], -Infinity);
  const to = middleTo(starts[tile + 1], Infinity);
  return shares.map((_, i) => start + i + 0.5 >= from && start + i + 0.5 < to ? 1 : 0);
}

function gaussian(i: number, tileSidePx: number): number {
  const distance = (i + 0.5 - tileSidePx / 2) / (tileSidePx * SIGMA_SHARE);
  return Math.exp(-(distance ** 2) / 2);
}
