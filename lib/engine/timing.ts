import { median } from "papilio/core/median.ts";

/** How often work is done to time it. */
export interface TimingOptions {
  /** Timed runs. */
  times?: number;
  /** Untimed ones before, in which memory is taken and caches fill. */
  warmUps?: number;
  /** Milliseconds at any moment; for tests. */
  now?: () => number;
}

/**
 * The median duration of an asynchronous piece of work, one run after the other, in milliseconds.
 *
 * The median, since another program's burst makes single runs long and none short.
 *
 * @example
 * ```ts
 * import { medianMs } from "papilio/engine/timing.ts";
 * console.assert(await medianMs(() => Promise.resolve(), { times: 3 }) < 1000);
 * ```
 */
export async function medianMs(
  work: () => Promise<unknown>,
  { times = 5, warmUps = 2, now = () => performance.now() }: TimingOptions = {},
): Promise<number> {
  const durations: number[] = [];
  for (let run = -warmUps; run < times; run++) {
    const start = now();
    await work();
    if (run >= 0) durations.push(now() - start);
  }
  return median(durations);
}
