import Flatbush from "flatbush";
import { present } from "papilio/core/assert.ts";
import type { Size } from "papilio/data/masks.ts";

/** Most borders lie this near to each other, and noise always does: looked up without a tree. */
const NEARBY_PX = 4;

/** The steps to all pixels within that distance, the nearest first. */
const nearby = stepsWithin(NEARBY_PX);

/** Finds how far the nearest of some pixels is; exact. */
export class NearestPixel {
  readonly #size: Size;
  readonly #pixels: Uint32Array;
  readonly #isThere: Uint8Array;
  #tree: Flatbush | undefined;

  /** There must be one pixel at least. */
  constructor(pixels: Uint32Array, size: Size) {
    this.#size = size;
    this.#pixels = pixels;
    this.#isThere = new Uint8Array(size.widthPx * size.heightPx);
    for (const pixel of pixels) this.#isThere[pixel] = 1;
  }

  /** The distance of the centres. */
  distanceFrom(pixel: number): number {
    const { widthPx, heightPx } = this.#size;
    const [x, y] = position(pixel, widthPx);
    for (const { right, down, distance } of nearby) {
      const [column, row] = [x + right, y + down];
      if (column < 0 || row < 0 || column >= widthPx || row >= heightPx) continue;
      if (this.#isThere[row * widthPx + column] === 1) return distance;
    }
    return this.#distanceByTree(x, y);
  }

  #distanceByTree(x: number, y: number): number {
    const { widthPx } = this.#size;
    this.#tree ??= treeOf(this.#pixels, widthPx);
    const nearest = present(this.#tree.neighbors(x, y, 1)[0]);
    const [nearX, nearY] = position(this.#pixels[nearest] as number, widthPx);
    return Math.sqrt((nearX - x) ** 2 + (nearY - y) ** 2);
  }
}

function treeOf(pixels: Uint32Array, widthPx: number): Flatbush {
  const tree = new Flatbush(pixels.length);
  for (const pixel of pixels) tree.add(...position(pixel, widthPx));
  tree.finish();
  return tree;
}

function position(pixel: number, widthPx: number): [x: number, y: number] {
  return [pixel % widthPx, Math.floor(pixel / widthPx)];
}

function stepsWithin(radiusPx: number): { right: number; down: number; distance: number }[] {
  const span = Array.from({ length: 2 * radiusPx + 1 }, (_, k) => k - radiusPx);
  return span.flatMap((right) =>
    span.map((down) => ({ right, down, distance: Math.sqrt(right ** 2 + down ** 2) }))
  ).filter(({ distance }) => distance <= radiusPx).sort((a, b) => a.distance - b.distance);
}
