/**
 * The learning rate as a pure function of the step, counted from 0; an epoch may be taken for a step.
 *
 * What depends on the validation loss, the plateau, is in `callbacks.ts`.
 */
import type { Config } from "papilio/core/config.ts";
import { requireWithin } from "papilio/train/_settings.ts";

/** The learning rate of a step, counted from 0; after the last one it stays. */
export type Schedule = (step: number) => number;

export interface ScheduleOptions {
  /** The largest learning rate. */
  rate: number;
  /** How many steps there will be. */
  steps: number;
  /** Share of the steps in which the rate rises: cosine (0 if not given) and one-cycle (0.3). */
  warmUpShare?: number;
  /** Where cosine and poly end; 0 if not given. */
  minimum?: number;
  /** Of poly; 0.9 if not given. */
  power?: number;
}

/** The same learning rate throughout. */
export function constantSchedule({ rate, steps }: ScheduleOptions): Schedule {
  requireRun({ rate, steps });
  return () => rate;
}

/**
 * A rise in a straight line, then half a cosine down to the minimum.
 *
 * With `W = round(warmUpShare·steps)`: `rate·(t + 1) / W` for t < W, then
 * `min + (rate - min)·(1 + cos(π(t - W) / (steps - W))) / 2`, which is `rate` at t = W.
 *
 * Source: Loshchilov and Hutter 2017 (SGDR), equation 5 without restarts; Goyal 2017, section 2.2.
 *
 * @throws {PapilioError} for options out of range.
 *
 * @example
 * ```ts
 * import { cosineSchedule } from "papilio/train/schedules.ts";
 * const rateAt = cosineSchedule({ rate: 1, steps: 12, warmUpShare: 1 / 6 });
 * console.assert([0, 1, 2, 7, 12].map((t) => rateAt(t).toFixed(2)).join() === "0.50,1.00,1.00,0.50,0.00");
 * ```
 */
export function cosineSchedule(options: ScheduleOptions): Schedule {
  const { rate, steps, warmUpShare = 0, minimum = 0 } = options;
  requireRun({ rate, steps, warmUpShare, minimum });
  const warmUp = Math.round(warmUpShare * steps);
  return (step) =>
    step < warmUp
      ? rate * (step + 1) / warmUp
      : alongCosine(rate, minimum, shareOf(step - warmUp, steps - warmUp));
}

const startDivisor = 25;
const endDivisor = 1e4;

/**
 * Half a cosine up to the largest learning rate, then half a cosine down to far below the first one.
 *
 * From `rate / 25` at step 0 to `rate` at step `warmUpShare·steps - 1`, and to `rate / 250000` at the
 * last step.
 *
 * Source: Smith and Topin 2018, as `torch.optim.lr_scheduler.OneCycleLR`, the momentum left as it is.
 *
 * @throws {PapilioError} for options out of range.
 */
export function oneCycleSchedule({ rate, steps, warmUpShare = 0.3 }: ScheduleOptions): Schedule {
  requireRun({ rate, steps, warmUpShare });
  const start = rate / startDivisor;
  const peak = warmUpShare * steps - 1;
  return (step) =>
    step < peak
      ? alongCosine(start, rate, step / peak)
      : alongCosine(rate, start / endDivisor, shareOf(step - peak, steps - 1 - peak));
}

/**
 * A power of what is left of the run, nearly a straight line down.
 *
 * `min + (rate - min)·(1 - t / steps)^power`
 *
 * Source: Chen 2017 (DeepLab), with its power of 0.9.
 *
 * @throws {PapilioError} for options out of range.
 */
export function polySchedule(options: ScheduleOptions): Schedule {
  const { rate, steps, minimum = 0, power = 0.9 } = options;
  requireRun({ rate, steps, minimum });
  requireWithin("the schedule's power", power, [0, Infinity]);
  return (step) => minimum + (rate - minimum) * (1 - shareOf(step, steps)) ** power;
}

/** The schedules by name. */
export const schedules = {
  "constant": constantSchedule,
  "cosine": cosineSchedule,
  "one-cycle": oneCycleSchedule,
  "poly": polySchedule,
} as const satisfies Record<string, (options: ScheduleOptions) => Schedule>;

export type ScheduleName = keyof typeof schedules;

/**
 * The schedule of a configuration; nothing for the plateau, which hangs on the validation loss.
 *
 * @throws {PapilioError} for options out of range: a minimum above the rate, for one.
 *
 * @example
 * ```ts
 * import { resolveConfig } from "papilio/core/config.ts";
 * import { scheduleOf } from "papilio/train/schedules.ts";
 * const { schedule } = resolveConfig("laptop", { schedule: { name: "poly", polyPower: 1 } });
 * console.assert(scheduleOf(schedule, { rate: 0.2, steps: 10 })?.(5) === 0.1);
 * ```
 */
export function scheduleOf(
  { name, warmUpShare, minimum, polyPower }: Config["schedule"],
  { rate, steps }: Pick<ScheduleOptions, "rate" | "steps">,
): Schedule | undefined {
  if (name === "plateau") return undefined;
  // One-cycle has a warm-up of its own: the configuration's is cosine's.
  return name === "one-cycle"
    ? oneCycleSchedule({ rate, steps })
    : schedules[name]({ rate, steps, warmUpShare, minimum, power: polyPower });
}

/**
 * The mean learning rate of `count` steps, from the step `first` on.
 *
 * @example
 * ```ts
 * import { meanRate, polySchedule } from "papilio/train/schedules.ts";
 * const falling = polySchedule({ rate: 1, steps: 4, power: 1 }); // 1, 0.75, 0.5, 0.25
 * console.assert(meanRate(falling, { first: 2, count: 2 }) === 0.375);
 * ```
 */
export function meanRate(
  schedule: Schedule,
  { first, count }: { first: number; count: number },
): number {
  let mean = 0;
  // Step by step, so that the mean of equal rates is that rate to the last bit.
  for (let i = 0; i < count; i++) mean += (schedule(first + i) - mean) / (i + 1);
  return mean;
}

function requireRun({ rate, steps, warmUpShare = 0, minimum = 0 }: ScheduleOptions): void {
  requireWithin("the schedule's rate", rate, [0, Infinity]);
  requireWithin("the schedule's steps", steps, [1, Infinity]);
  requireWithin("the schedule's warmUpShare", warmUpShare, [0, 1]);
  requireWithin("the schedule's minimum", minimum, [0, rate]);
}

/** How much of a stretch is done, from 0 to 1; a stretch without length is over. */
function shareOf(done: number, length: number): number {
  return length > 0 ? Math.min(done / length, 1) : 1;
}

/** From one value to another along half a cosine. */
function alongCosine(from: number, to: number, share: number): number {
  return to + (from - to) * (1 + Math.cos(Math.PI * share)) / 2;
}
