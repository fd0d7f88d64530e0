import { median } from "papilio/core/median.ts";
import { textTable } from "papilio/core/text.ts";
import type { CaseTimes } from "papilio/cli/_bench_case.ts";

/** `"212.4 (205.1–230.0)"`: median, least and most. */
function describeTimes(msPerImage: readonly number[]): string {
  const [middle, least, most] = [
    median(msPerImage),
    Math.min(...msPerImage),
    Math.max(...msPerImage),
  ]
    .map((value) => value.toFixed(1));
  return `${middle} (${least}–${most})`;
}

/** Median of the first contender by that of the second; below 1, the first is faster. */
export function ratioOfMedians({ msPerImage }: CaseTimes): number | undefined {
  const [first, second] = Object.values(msPerImage).map(median);
  return first === undefined || second === undefined ? undefined : first / second;
}

/** A line for each case, with columns of equal width. */
export function formatTable(results: readonly CaseTimes[]): string {
  const names = Object.keys(results[0]?.msPerImage ?? {});
  const header = ["ms/image", ...names, ...(names.length > 1 ? [names.join(" / ")] : [])];
  const rows = results.map((result) => {
    const ratio = ratioOfMedians(result)?.toFixed(2);
    const times = Object.values(result.msPerImage).map(describeTimes);
    return [result.case.name, ...times, ...(ratio === undefined ? [] : [ratio])];
  });
  return textTable([header, ...rows]);
}
