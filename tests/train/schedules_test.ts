import { expect } from "expect";
import fc from "fast-check";
import { resolveConfig } from "papilio/core/config.ts";
import {
  type ScheduleName,
  scheduleOf,
  type ScheduleOptions,
  schedules,
} from "papilio/train/schedules.ts";
import golden from "../golden/optimizers/optimizers.json" with { type: "json" };

for (const { name, options, rates } of golden.schedules) {
  Deno.test(`${name} ${JSON.stringify(options)} equals PyTorch's`, () => {
    const rateAt = schedules[name as ScheduleName](options as ScheduleOptions);
    rates.forEach((rate, step) =>
      expect(Math.abs(rateAt(step) - rate)).toBeLessThan(1e-12 * options.rate)
    );
  });
}

Deno.test("constant: the same rate at any step", () => {
  const rateAt = schedules.constant({ rate: 0.3, steps: 5 });
  expect([0, 4, 99].map(rateAt)).toEqual([0.3, 0.3, 0.3]);
});

Deno.test("cosine: the warm-up rises by equal parts to the rate, which the cosine begins with", () => {
  const rateAt = schedules.cosine({ rate: 0.8, steps: 12, warmUpShare: 1 / 3, minimum: 0.2 });
  const expected = [0.2, 0.4, 0.6, 0.8, 0.8];
  expect([0, 1, 2, 3, 4].map(rateAt)).toEqual(expected.map((rate) => expect.closeTo(rate, 12)));
  expect(rateAt(8)).toBeCloseTo(0.5, 12); // half way
  expect(rateAt(12)).toBeCloseTo(0.2, 12);
});

for (const [name, make] of Object.entries(schedules)) {
  Deno.test(`${name}: between 0 and the rate for every run, and stays after its end`, () => {
    fc.assert(fc.property(
      fc.integer({ min: 1, max: 50 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 1e-6, max: 1, noNaN: true }),
      (steps, warmUpShare, rate) => {
        const rateAt = make({ rate, steps, warmUpShare });
        for (let step = 0; step <= steps; step++) {
          expect(rateAt(step)).toBeGreaterThanOrEqual(0);
          expect(rateAt(step)).toBeLessThanOrEqual(rate * (1 + 1e-12));
        }
        expect(rateAt(steps + 10)).toBe(rateAt(steps));
      },
    ));
  });
}

Deno.test("options out of range are refused by name", () => {
  const options = { rate: 0.1, steps: 10 };
  expect(() => schedules.cosine({ ...options, warmUpShare: 1.5 })).toThrow(
    "Cannot use the schedule's warmUpShare: expected a number from 0 to 1, got 1.5.",
  );
  expect(() => schedules.poly({ ...options, power: -1 })).toThrow("power");
  expect(() => schedules.poly({ ...options, minimum: 0.2 })).toThrow("from 0 to 0.1, got 0.2");
  expect(() => schedules.constant({ ...options, rate: NaN })).toThrow("rate");
  expect(() => schedules["one-cycle"]({ ...options, steps: 0 })).toThrow("at least 1, got 0");
});

Deno.test("scheduleOf: the configuration's fields, each where it belongs", () => {
  const run = { rate: 0.4, steps: 20 };
  const settings = { warmUpShare: 0.25, minimum: 0.1, polyPower: 2 };
  const rates = (schedule: object) => {
    const rateAt = scheduleOf(resolveConfig("butterfly", { schedule }).schedule, run);
    return rateAt && Array.from({ length: 21 }, (_, step) => rateAt(step));
  };
  const expected = (name: ScheduleName, options: object) =>
    Array.from({ length: 21 }, (_, step) => schedules[name]({ ...run, ...options })(step));
  expect(rates({ name: "plateau", ...settings })).toBeUndefined();
  expect(rates({ name: "constant", ...settings })).toEqual(expected("constant", {}));
  expect(rates({ name: "one-cycle", ...settings })).toEqual(expected("one-cycle", {}));
  const { warmUpShare, minimum, polyPower: power } = settings;
  expect(rates({ name: "cosine", ...settings }))
    .toEqual(expected("cosine", { warmUpShare, minimum }));
  expect(rates({ name: "poly", ...settings })).toEqual(expected("poly", { minimum, power }));
  expect(() => rates({ name: "poly", minimum: 0.5 })).toThrow("the schedule's minimum");
});
