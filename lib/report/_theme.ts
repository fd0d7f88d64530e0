import type { TopLevelSpec } from "vega-lite";
import { present } from "papilio/core/assert.ts";
import { FONT_FAMILY } from "papilio/report/svg.ts";

export const BLUE = "#0072B2";
export const ORANGE = "#D55E00";
export const GREEN = "#009E73";
export const DARK = "#222222";
export const GREY = "#777777";
/** Brighter than blue and orange: for areas, also on dark ground. */
export const SKY_BLUE = "#56B4E9";
export const AMBER = "#E69F00";

/**
 * Okabe and Ito's colours, told apart by every kind of colour vision; without their yellow, which is
 * too pale for lines on white.
 */
export const PALETTE = [BLUE, ORANGE, GREEN, "#CC79A7", SKY_BLUE, AMBER, DARK] as const;

/** Width of every plot without its axis and its labels. */
export const PLOT_WIDTH_PX = 560;
export const FONT_PX = 11;
/** Least distance of two lines of text. */
export const LABEL_GAP_PX = 15;

/** The colour of the nth series; they begin anew after the last. */
export function colourAt(index: number): string {
  return present(PALETTE[index % PALETTE.length]);
}

/** Red, green and blue of `"#rrggbb"`, 0…255. */
export function rgbOf(colour: string): readonly [number, number, number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, value >> 8 & 255, value & 255];
}

/** Least contrast to white; of the palette's colours sky blue and amber have the least, 2.3. */
const LEAST_CONTRAST = 2;

/**
 * The colour of a line on white: the colour itself, or a darker one of the same hue if it is too pale.
 *
 * Source: WCAG 2.1, "relative luminance" and "contrast ratio".
 */
export function onWhite(colour: string): string {
  const [red, green, blue] = rgbOf(colour).map((value) => toLinear(value / 255)) as RgbTuple;
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const most = 1.05 / LEAST_CONTRAST - 0.05;
  if (luminance <= most) return colour;
  const darker = [red, green, blue].map((value) => 255 * fromLinear(value * most / luminance));
  return `#${Uint8Array.from(darker, Math.round).toHex()}`;
}

type RgbTuple = [red: number, green: number, blue: number];

function toLinear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function fromLinear(value: number): number {
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
}

/** A drawing in the one style of all charts: `body` holds Vega-Lite's marks or concatenated views. */
export function themed(title: string, body: object): TopLevelSpec {
  return {
    title: { text: title, anchor: "start", fontSize: 15, offset: 12 },
    padding: 14,
    background: "white",
    ...body,
    config: {
      font: FONT_FAMILY,
      axis: {
        labelFontSize: FONT_PX,
        titleFontSize: FONT_PX,
        titleFontWeight: "normal",
        gridColor: "#eeeeee",
        labelSeparation: 8,
      },
      axisX: { tickCount: 8 },
      legend: { labelFontSize: FONT_PX, titleFontSize: FONT_PX, titleFontWeight: "normal" },
      text: { fontSize: FONT_PX },
      view: { stroke: null },
    },
  } as TopLevelSpec;
}

/**
 * A vertical axis' title that lies above the axis, where it is read without turning the head;
 * `linesBelow` leaves room for other text between.
 */
export function titleAbove(title: string, linesBelow = 0): object {
  const place = { titleX: 0, titleY: -10 - LABEL_GAP_PX * linesBelow };
  return { title, titleAngle: 0, titleAnchor: "end", titleAlign: "left", ...place };
}

/** Places at least `LABEL_GAP_PX` apart, in order, as near to those wished as a pass each way gets. */
export function spread(wished: readonly number[], heightPx: number): number[] {
  const places = [...wished];
  for (let i = 1; i < places.length; i++) {
    places[i] = Math.max(present(places[i]), present(places[i - 1]) + LABEL_GAP_PX);
  }
  for (let i = places.length - 1; i >= 0; i--) {
    const limit = i === places.length - 1 ? heightPx : present(places[i + 1]) - LABEL_GAP_PX;
    places[i] = Math.min(present(places[i]), limit);
  }
  return places;
}
