import type { BinaryMask } from "papilio/data/case.ts";

/** A contour's line runs between pixels; those whose centres are nearer than this are on it. */
const ON_CONTOUR_PX = 0.75;

/**
 * How far each pixel lies from the mask's border, to the nearest pixel of the other class less half a
 * pixel: negative inside, positive outside.
 *
 * Exact Euclidean distances: along columns by two passes, along rows by the lower envelope of parabolas.
 * The image's own edge is no border. Without a border the distances are infinite.
 *
 * Shapes: row-major `[heightPx, widthPx]`, as the mask.
 *
 * Units: pixels.
 *
 * Source: Felzenszwalb & Huttenlocher, Distance Transforms of Sampled Functions (2012), section 2.1.
 *
 * @example
 * ```ts
 * import { signedDistances } from "papilio/data/distances.ts";
 * const mask = { data: Uint8Array.of(0, 0, 1, 1), widthPx: 4, heightPx: 1 };
 * console.assert(signedDistances(mask).join() === "1.5,0.5,-0.5,-1.5");
 * ```
 */
export function signedDistances(mask: BinaryMask): Float32Array {
  const distances = new Float32Array(mask.data.length);
  forEachRow(mask, 0, (squared, start) => {
    for (let x = 0; x < squared.length; x++) {
      if (mask.data[start + x] === 0) continue;
      distances[start + x] = 0.5 - Math.sqrt(squared[x] as number);
    }
  });
  forEachRow(mask, 1, (squared, start) => {
    for (let x = 0; x < squared.length; x++) {
      if (mask.data[start + x] === 1) continue;
      distances[start + x] = Math.sqrt(squared[x] as number) - 0.5;
    }
  });
  return distances;
}

/**
 * How deep in the mask each pixel lies: the distance from its centre to that of the nearest background
 * pixel, 0 outside; infinite where there is no background.
 *
 * It is SciPy's `distance_transform_edt`, in float32.
 *
 * Shapes: row-major `[heightPx, widthPx]`, as the mask.
 *
 * Units: pixels.
 *
 * @example
 * ```ts
 * import { depths } from "papilio/data/distances.ts";
 * const mask = { data: Uint8Array.of(0, 1, 1, 1), widthPx: 4, heightPx: 1 };
 * console.assert(depths(mask).join() === "0,1,2,3");
 * ```
 */
export function depths(mask: BinaryMask): Float32Array {
  const distances = new Float32Array(mask.data.length);
  forEachRow(mask, 0, (squared, start) => {
    for (let x = 0; x < squared.length; x++) distances[start + x] = Math.sqrt(squared[x] as number);
  });
  return distances;
}

/**
 * The pixels on the line that runs `offsetPx` outside the mask's border, inside if it is negative.
 *
 * At 0 these are the pixels with a side in common with one of the other class, on both sides of the
 * border. Shapes: indices into the mask's data, ascending.
 */
export function contourPixels(mask: BinaryMask, offsetPx = 0): Uint32Array {
  return pixelsAt(signedDistances(mask), offsetPx);
}

/** The pixels at which distances are near a value: one line around, or inside, a mask. */
export function pixelsAt(distances: Float32Array, distancePx: number): Uint32Array {
  const indices: number[] = [];
  for (let i = 0; i < distances.length; i++) {
    if (Math.abs((distances[i] as number) - distancePx) < ON_CONTOUR_PX) indices.push(i);
  }
  return Uint32Array.from(indices);
}

/**
 * How far a mask's border lies outside that of a reference, on average along it; negative if inside.
 *
 * NaN where one of them has no border.
 *
 * Units: pixels.
 *
 * @example
 * ```ts
 * import { meanGrowthPx } from "papilio/data/distances.ts";
 * const row = (...data: number[]) => ({ data: Uint8Array.from(data), widthPx: 6, heightPx: 1 });
 * console.assert(meanGrowthPx(row(1, 1, 1, 1, 0, 0), row(1, 1, 0, 0, 0, 0)) === 2);
 * ```
 */
export function meanGrowthPx(mask: BinaryMask, reference: BinaryMask): number {
  const distances = signedDistances(reference);
  let sum = 0;
  let count = 0;
  for (const [one, other] of borderSides(mask)) {
    sum += ((distances[one] as number) + (distances[other] as number)) / 2;
    count++;
  }
  const mean = sum / count;
  return Number.isFinite(mean) ? mean : NaN;
}

/** The pairs of pixels that have a side of the border between them. */
function* borderSides({ data, widthPx }: BinaryMask): Generator<[number, number]> {
  for (let i = 0; i < data.length; i++) {
    const right = i + 1;
    const below = i + widthPx;
    if (right % widthPx !== 0 && data[i] !== data[right]) yield [i, right];
    if (below < data.length && data[i] !== data[below]) yield [i, below];
  }
}

/** Calls `use` with each row of squared distances to the nearest pixel of a class, and where it starts. */
function forEachRow(
  mask: BinaryMask,
  value: 0 | 1,
  use: (squared: Float64Array, start: number) => void,
): void {
  const { widthPx, heightPx } = mask;
  const row = new Float64Array(widthPx);
  const isThere = mask.data.includes(value);
  const columns = isThere ? alongColumns(mask, value) : null;
  const envelope = new Envelope(widthPx);
  for (let y = 0; y < heightPx; y++) {
    const start = y * widthPx;
    if (columns) {
      for (let x = 0; x < widthPx; x++) row[x] = (columns[start + x] as number) ** 2;
      envelope.lower(row);
    } else row.fill(Infinity);
    use(row, start);
  }
}

/** The distance within the column; where it has no such pixel, one longer than any in the image. */
function alongColumns({ data, widthPx, heightPx }: BinaryMask, value: 0 | 1): Int32Array {
  const none = widthPx + heightPx;
  const distances = new Int32Array(data.length);
  const step = (i: number, before: number) => {
    const onward = (distances[before] ?? none) + 1; // Beyond the edge there is none.
    distances[i] = data[i] === value ? 0 : Math.min(distances[i] as number, onward);
  };
  distances.fill(none);
  for (let i = 0; i < data.length; i++) step(i, i - widthPx);
  for (let i = data.length - 1; i >= 0; i--) step(i, i + widthPx);
  return distances;
}

/** The lower envelope of the parabolas `(x − q)² + heights[q]`. */
class Envelope {
  /** The parabolas of the envelope from left to right, and where each begins. */
  readonly #vertices: Int32Array;
  readonly #begins: Float64Array;
  readonly #heights: Float64Array;

  constructor(length: number) {
    this.#vertices = new Int32Array(length);
    this.#begins = new Float64Array(length);
    this.#heights = new Float64Array(length);
  }

  /** Puts in place of each height the envelope there. */
  lower(heights: Float64Array): void {
    this.#heights.set(heights);
    this.#build();
    let k = 0;
    for (let x = 0; x < heights.length; x++) {
      while ((this.#begins[k + 1] as number) <= x) k++;
      const vertex = this.#vertices[k] as number;
      heights[x] = (x - vertex) ** 2 + (this.#heights[vertex] as number);
    }
  }

  #build(): void {
    this.#begins.fill(Infinity);
    this.#begins[0] = -Infinity;
    this.#vertices[0] = 0;
    let k = 0;
    for (let q = 1; q < this.#heights.length; q++) {
      let begin = this.#crossing(this.#vertices[k] as number, q);
      while (begin <= (this.#begins[k] as number)) {
        this.#begins[k--] = Infinity;
        begin = this.#crossing(this.#vertices[k] as number, q);
      }
      this.#vertices[++k] = q;
      this.#begins[k] = begin;
    }
  }

  /** Where the parabola of `q` dips below that of `p`, which stands left of it. */
  #crossing(p: number, q: number): number {
    const [low, high] = [this.#heights[p] as number, this.#heights[q] as number];
    return ((high + q * q) - (low + p * p)) / (2 * (q - p));
  }
}
