import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { present } from "papilio/core/assert.ts";

/**
 * A stream of random numbers that is fixed by a seed and a path of labels.
 *
 * Each use takes a stream of its own, `Random.from(seed, "augment", epoch, id)`, so that no state has
 * to be kept: the numbers of epoch 7 are the same whether the run began there or was resumed there.
 *
 * @example
 * ```ts
 * import { Random } from "papilio/core/random.ts";
 * const first = Random.from(7, "shuffle", 3).shuffle(["a", "b", "c", "d"]);
 * const again = Random.from(7, "shuffle", 3).shuffle(["a", "b", "c", "d"]);
 * console.assert(first.join() === again.join());
 * ```
 */
export class Random {
  readonly #generator;

  private constructor(seed: number) {
    this.#generator = xoroshiro128plus(seed);
  }

  /** The stream of a seed and its labels; another label gives an unrelated stream. */
  static from(seed: number, ...labels: readonly (string | number)[]): Random {
    return new Random(hash32(JSON.stringify([seed, ...labels])));
  }

  /** A number in `[low, high)`, with 53 random bits. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * uniformFloat64(this.#generator);
  }

  /** An integer in `[low, high]`, both ends included. */
  integer(low: number, high: number): number {
    return uniformInt(this.#generator, low, high);
  }

  /** A normally distributed number, by the Box–Muller transform. */
  normal(mean = 0, standardDeviation = 1): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return mean + standardDeviation * radius * Math.cos(2 * Math.PI * this.uniform());
  }

  /** `true` with the given probability. */
  chance(probability: number): boolean {
    return this.uniform() < probability;
  }

  /** One of the items. */
  pick<T>(items: readonly T[]): T {
    return present(items[this.integer(0, items.length - 1)], "an item to pick");
  }

  /** The items in random order (Fisher–Yates), in a new array. */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.integer(0, i);
      [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
    }
    return shuffled;
  }
}

/** FNV-1a with a final avalanche (MurmurHash3's), so that near labels give far seeds. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}
