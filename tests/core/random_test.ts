import { expect } from "expect";
import fc from "fast-check";
import { Random } from "papilio/core/random.ts";

function draw<T>(count: number, next: () => T): T[] {
  return Array.from({ length: count }, next);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

Deno.test("a stream is fixed by its seed and labels: these numbers must never change", () => {
  const random = Random.from(42, "shuffle", 3);
  expect(draw(4, () => random.integer(0, 999))).toEqual([992, 915, 311, 452]);
  expect(Random.from(42, "augment").shuffle([..."abcdefgh"]).join("")).toBe("bgheafdc");
});

Deno.test("another seed, another label, or labels joined otherwise give another stream", () => {
  const start = (random: Random) => draw(4, () => random.uniform()).join();
  const starts = [
    start(Random.from(1, "a")),
    start(Random.from(2, "a")),
    start(Random.from(1, "b")),
    start(Random.from(1, "a", 1)),
    start(Random.from(1, "a1")),
    start(Random.from(1, "a", "1")),
    start(Random.from(1)),
  ];
  expect(new Set(starts).size).toBe(starts.length);
});

Deno.test("streams of neighbouring seeds and epochs are unrelated", () => {
  const firsts = Array.from({ length: 2000 }, (_, i) => Random.from(7, "epoch", i).uniform());
  const correlation = mean(
    firsts.slice(1).map((value, i) => (value - 0.5) * ((firsts[i] ?? 0) - 0.5)),
  );
  expect(Math.abs(mean(firsts) - 0.5)).toBeLessThan(0.03); // 4.6 standard errors.
  expect(Math.abs(correlation)).toBeLessThan(0.01); // 5 standard errors.
});

Deno.test("uniform stays in [low, high) and fills it evenly", () => {
  const random = Random.from(1, "uniform");
  const values = draw(20_000, () => random.uniform(-3, 5));
  expect(Math.min(...values)).toBeGreaterThanOrEqual(-3);
  expect(Math.max(...values)).toBeLessThan(5);
  const perEighth = Object.values(Object.groupBy(values, (value) => Math.floor(value)));
  expect(perEighth.length).toBe(8);
  for (const part of perEighth) expect(Math.abs((part?.length ?? 0) - 2500)).toBeLessThan(250);
});

Deno.test("integer includes both ends, and nothing else", () => {
  const random = Random.from(1, "integer");
  const seen = new Set(draw(500, () => random.integer(-1, 2)));
  expect([...seen].toSorted((a, b) => a - b)).toEqual([-1, 0, 1, 2]);
  expect(random.integer(5, 5)).toBe(5);
});

Deno.test("normal has its mean, spread and share within one standard deviation", () => {
  const random = Random.from(1, "normal");
  const values = draw(20_000, () => random.normal(10, 2));
  const average = mean(values);
  const spread = Math.sqrt(mean(values.map((value) => (value - average) ** 2)));
  const within = values.filter((value) => Math.abs(value - 10) < 2).length / values.length;
  expect(Math.abs(average - 10)).toBeLessThan(0.06);
  expect(Math.abs(spread - 2)).toBeLessThan(0.05);
  expect(Math.abs(within - 0.6827)).toBeLessThan(0.015);
  expect(values.every(Number.isFinite)).toBe(true);
});

Deno.test("chance: never at 0, always at 1, half the time at 0.5", () => {
  const random = Random.from(1, "chance");
  const count = (probability: number) =>
    draw(2000, () => random.chance(probability)).filter(Boolean).length;
  expect([count(0), count(1)]).toEqual([0, 2000]);
  expect(Math.abs(count(0.5) - 1000)).toBeLessThan(110);
});

Deno.test("pick takes every item, and says so if there is none", () => {
  const random = Random.from(1, "pick");
  expect(new Set(draw(200, () => random.pick(["a", "b", "c"])))).toEqual(new Set(["a", "b", "c"]));
  expect(() => random.pick([])).toThrow();
});

Deno.test("shuffle keeps the items and leaves the given array alone", () => {
  fc.assert(fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
    const before = [...items];
    const shuffled = Random.from(seed).shuffle(items);
    expect(items).toEqual(before);
    expect(shuffled.toSorted((a, b) => a - b)).toEqual(before.toSorted((a, b) => a - b));
  }));
});

Deno.test("shuffle gives all six orders of three items about equally often", () => {
  const random = Random.from(3, "orders");
  const orders = draw(6000, () => random.shuffle(["a", "b", "c"]).join(""));
  const counts = Object.values(Object.groupBy(orders, (order) => order)).map((group) =>
    group?.length ?? 0
  );
  expect(counts.length).toBe(6);
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150); // 5 standard errors.
});
