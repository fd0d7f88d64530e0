/**
 * Yields `work(item)` for every item, in the items' order, with up to `ahead` of them under way.
 *
 * It starts work before its result is asked for, so that decoding goes on while the network computes.
 * A rejection is thrown when its turn comes, after the results before it.
 *
 * @example
 * ```ts
 * import { mapAhead } from "papilio/core/parallel.ts";
 * const squares: number[] = [];
 * for await (const square of mapAhead([1, 2, 3], (n) => Promise.resolve(n * n), 2)) {
 *   squares.push(square);
 * }
 * console.assert(squares.join() === "1,4,9");
 * ```
 */
export async function* mapAhead<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  work: (item: T) => Promise<R>,
  ahead: number,
): AsyncGenerator<R> {
  const underWay: Promise<R>[] = [];
  for await (const item of items) {
    const result = work(item);
    result.catch(() => {}); // It is thrown below; until then it must not count as unhandled.
    underWay.push(result);
    if (underWay.length > ahead) yield underWay.shift() as Promise<R>;
  }
  yield* underWay;
}
