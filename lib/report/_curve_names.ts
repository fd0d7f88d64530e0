import { type Box, type LabelPlace, leaderEnd, placeLabels } from "papilio/report/_label_places.ts";
import { DARK, FONT_PX, GREY, PLOT_WIDTH_PX } from "papilio/report/_theme.ts";
import type { HistoryRow } from "papilio/report/curves.ts";
import { textWidthPx } from "papilio/report/svg.ts";

const LINE_PX = 14;
/** Of the first name; it stands partly above the plot. */
const FIRST_TOP_PX = -6;
const INDENT_PX = 4;

interface PhaseStart {
  /** Between the last epoch of one phase and the first of the next. */
  epoch: number;
  leftPx: number;
  topPx: number;
  widthPx: number;
  text: string;
}

/** Lines between the phases, and in the chart at the top their names. */
export function phaseLayers(
  rows: readonly HistoryRow[],
  { x, heightPx, isNamed }: { x: object; heightPx: number; isNamed: boolean },
): object[] {
  const starts = phaseStarts(rows);
  const rules = starts.filter(({ epoch }) => epoch > 0.5).map((start) => ({
    data: { values: [start] },
    mark: { type: "rule", color: "#aaaaaa", strokeWidth: 1.5 },
    // A name above that is longer than its phase would be crossed.
    encoding: { x, y: { value: isNamed ? Math.max(start.topPx, 0) : 0 }, y2: { value: heightPx } },
  }));
  const texts = starts.map((start) => ({
    data: { values: [start] },
    mark: {
      type: "text",
      align: "left",
      baseline: "top",
      dx: INDENT_PX,
      fontSize: FONT_PX,
      color: GREY,
    },
    encoding: { x, y: { value: start.topPx }, text: { field: "text" } },
  }));
  return isNamed ? [...rules, ...texts] : rules;
}

/** What lines and names of phases take up in the chart at the top. */
export function phaseBoxes(rows: readonly HistoryRow[], heightPx: number): Box[] {
  return phaseStarts(rows).flatMap(({ leftPx, topPx, widthPx }) => [
    { left: leftPx - 1, right: leftPx + 1, top: topPx, bottom: heightPx },
    { left: leftPx, right: leftPx + INDENT_PX + widthPx, top: topPx, bottom: topPx + LINE_PX },
  ]);
}

function phaseStarts(rows: readonly HistoryRow[]): PhaseStart[] {
  const first = rows.map((_, i) => i).filter((i) => rows[i]?.phase !== rows[i - 1]?.phase);
  const starts = first.map((index) => {
    const text = phaseName(rows[index]?.phase ?? NaN);
    const leftPx = PLOT_WIDTH_PX * index / rows.length;
    return { epoch: index + 0.5, leftPx, text, widthPx: textWidthPx(text, FONT_PX) };
  });
  const areShort = starts.slice(1).some(({ leftPx }, i) => {
    const before = starts[i];
    return before !== undefined && before.leftPx + before.widthPx + 2 * INDENT_PX > leftPx;
  });
  // Each on a line of its own where a phase is narrower than its name.
  return starts.map((start, i) => ({
    ...start,
    topPx: FIRST_TOP_PX + (areShort ? LINE_PX * i : 0),
  }));
}

function phaseName(phase: number): string {
  const meaning = { 1: ": encoder frozen", 2: ": all layers" }[phase] ?? "";
  return `phase ${phase}${meaning}`;
}

/** The name of a point, near it where there is room, and a line to it if it must stand apart. */
export function nameLayers(
  { text, x, y }: { text: string; x: number; y: number },
  room: { taken: readonly Box[]; within: Box },
): object[] {
  const label = { x, y, widthPx: textWidthPx(text, FONT_PX) + 4, heightPx: FONT_PX + 3 };
  const [place] = placeLabels([label], room) as [LabelPlace];
  const { x: x2, y: y2 } = leaderEnd(label, place);
  const unscaled = (field: string) => ({ field, type: "quantitative", scale: null, axis: null });
  const leader = {
    data: { values: [{ x, y, x2, y2 }] },
    mark: { type: "rule", color: "#999999", strokeWidth: 0.8 },
    encoding: {
      x: unscaled("x"),
      y: unscaled("y"),
      x2: { field: "x2" },
      y2: { field: "y2" },
    },
  };
  const name = {
    data: { values: [{ x: place.x, y: place.y, text }] },
    mark: { type: "text", align: "center", baseline: "middle", fontSize: FONT_PX, color: DARK },
    encoding: { x: unscaled("x"), y: unscaled("y"), text: { field: "text" } },
  };
  return place.isApart ? [leader, name] : [name];
}
