import { expect } from "expect";
import { logAxis, logTicks } from "papilio/report/_log_axis.ts";
import { rateSearchSpec } from "papilio/report/_rate_search_spec.ts";
import { vegaToSvg } from "papilio/report/_vega.ts";
import { renderRateSearch } from "papilio/report/rate_search.ts";

Deno.test("logTicks: round numbers within, fewer the more decades there are", () => {
  expect(logTicks([2, 7])).toEqual([2, 3, 4, 5, 6, 7]);
  expect(logTicks([0.8, 30])).toEqual([1, 2, 5, 10, 20]);
  expect(logTicks([1e-3, 0.5])).toEqual([0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5]);
  expect(logTicks([1e-7, 10])).toEqual([1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.1, 1, 10]);
  expect(logTicks([1e-20, 1])).toHaveLength(21);
  expect(logAxis("a", { title: "t", domain: [1, 10] })).toMatchObject({ scale: { type: "log" } });
});

const trial = (rate: number, loss: number, smoothedLoss = loss) => ({ rate, loss, smoothedLoss });

Deno.test("rate search: the plot reaches over what happened before the loss diverged", async () => {
  const trials = [trial(1e-4, 2), trial(1e-3, 1), trial(1e-2, 1e30), trial(1e-1, NaN)];
  const marked = [{ rate: 3e-4, label: "first" }, { rate: 1e-3, label: "second" }];
  const svg = await vegaToSvg(rateSearchSpec({ title: "Search", trials, marked }));
  for (const text of ["Search", "first", "second", "smoothed", "loss of a batch", "1e-4", "1e-2"]) {
    expect(svg).toContain(`>${text}</text>`);
  }
  const paths = [...svg.matchAll(/ d="(M[^"]*)"/g)].map(([, path = ""]) => path).join(" ");
  const numbers = [...paths.matchAll(/-?\d[\d.e+]*/g)].map(([text]) => Math.abs(Number(text)));
  expect(Math.max(...numbers)).toBeLessThan(1e5); // Nothing can be drawn at 1e30 pixels.
  expect(numbers.every(Number.isFinite)).toBe(true);
});

Deno.test("rate search: a PNG, and an error for nothing", async () => {
  const png = await renderRateSearch({
    title: "t",
    trials: [trial(1, 1), trial(2, 1)],
    marked: [],
  });
  expect([...png.slice(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
  await expect(renderRateSearch({ title: "t", trials: [trial(1, NaN)], marked: [] }))
    .rejects.toThrow('Cannot draw the chart "t"');
});
