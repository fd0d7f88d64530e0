import { expect } from "expect";
import { formatDuration, startProgress, withoutProgress } from "papilio/core/progress.ts";

/** What is printed to standard error meanwhile. */
function printedBy(work: () => void): string[] {
  const lines: string[] = [];
  const { error } = console;
  console.error = (line: string) => void lines.push(line);
  try {
    work();
  } finally {
    console.error = error;
  }
  return lines;
}

Deno.test("formatDuration: rounded first, so that no 60 seconds are left over", () => {
  expect([0.4, 59.6, 80, 3599.7, 3720].map(formatDuration)).toEqual([
    "0 s",
    "1 min 00 s",
    "1 min 20 s",
    "1 h 00 min",
    "1 h 02 min",
  ]);
});

Deno.test("without a terminal there are plain lines: when due, and once at the end", () => {
  const rare = { unit: "images", isTerminal: false };
  const atEnd = printedBy(() => {
    const progress = startProgress("reading", 3, rare);
    for (const done of [1, 2, 3, 3]) progress.update(done, done === 3 ? "1 failed" : "");
    progress.stop();
  });
  expect(atEnd).toHaveLength(1);
  expect(atEnd[0]).toMatch(/^reading: 3\/3 images, \S+\/s, 0 s left, 1 failed$/);
  const always = printedBy(() => {
    const progress = startProgress("reading", 3, { ...rare, plainLineSeconds: 0 });
    for (const done of [1, 1, 2]) progress.update(done);
  });
  expect(always.map((line) => line.slice(0, 12))).toEqual(["reading: 1/3", "reading: 2/3"]);
});

Deno.test("withoutProgress: what it works on shows no progress, whatever comes of it", async () => {
  const lines: string[] = [];
  const { error } = console;
  console.error = (line: string) => void lines.push(line);
  const work = () => startProgress("reading", 1, { unit: "images", isTerminal: false }).update(1);
  try {
    expect(await withoutProgress(() => Promise.resolve(work()))).toBe(undefined);
    await withoutProgress(() => Promise.reject(new Error("no"))).catch(() => {});
    expect(lines).toEqual([]);
    work();
    expect(lines.length).toBe(1);
  } finally {
    console.error = error;
  }
});
