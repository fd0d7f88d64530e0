import type { TopLevelSpec } from "vega-lite";
import { checkAny, formatterFor, isMeasured } from "papilio/report/_chart_values.ts";
import { colourAt, DARK, PLOT_WIDTH_PX, themed } from "papilio/report/_theme.ts";
import type { BarsOptions } from "papilio/report/charts.ts";

const BAR_PX = 22;

/** Lying bars in the order given, so that long names are read level; each with its number. */
export function barsSpec({ title, valueTitle, bars, valueDomain }: BarsOptions): TopLevelSpec {
  const measured = bars.flatMap(({ label, value, group = "" }) =>
    isMeasured(value) ? [{ label, value, group }] : []
  );
  checkAny(measured, title);
  const numbers = measured.map(({ value }) => value);
  const format = formatterFor(numbers);
  const values = measured.map((bar) => ({
    ...bar,
    text: format(bar.value),
    // Beside a bar that points to the left is its label: its number stands to the right of zero.
    textAt: Math.max(bar.value, 0),
  }));
  const groups = [...new Set(values.map(({ group }) => group))];
  const isClustered = new Set(values.map(({ label }) => label)).size < values.length;
  const encoding = {
    y: { field: "label", type: "nominal", sort: null, axis: { title: null, labelLimit: 320 } },
    ...(isClustered && { yOffset: { field: "group", sort: groups } }),
    x: {
      field: "value",
      type: "quantitative",
      title: valueTitle,
      scale: valueDomain ? { domain: valueDomain, nice: false } : { nice: true, zero: true },
      ...(numbers.every(Number.isInteger) && { axis: { tickMinStep: 1 } }),
    },
    color: colourOf(groups),
  };
  return themed(title, {
    width: PLOT_WIDTH_PX * 0.85,
    height: { step: BAR_PX, ...(isClustered && { for: "offset" }) },
    data: { values },
    encoding,
    layer: [
      { mark: { type: "bar" } },
      {
        mark: { type: "text", align: "left", baseline: "middle", dx: 4 },
        encoding: { x: { field: "textAt" }, text: { field: "text" }, color: { value: DARK } },
      },
    ],
  });
}

function colourOf(groups: readonly string[]): object {
  return {
    field: "group",
    type: "nominal",
    scale: { domain: groups, range: groups.map((_, index) => colourAt(index)) },
    legend: groups.length > 1 ? { title: null, orient: "top" } : null,
  };
}
