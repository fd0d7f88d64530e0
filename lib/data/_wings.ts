import type { Random } from "papilio/core/random.ts";
import {
  at,
  circle,
  css,
  group,
  type Hsl,
  lighter,
  onCubic,
  path,
  type Point,
  short,
  toward,
} from "papilio/data/_svg.ts";

/** Colours of a species. */
export interface Palette {
  inner: Hsl;
  outer: Hsl;
  border: Hsl;
  spots: Hsl;
}

/** What the wings of a species bear, the same on the left and on the right. */
export interface Pattern {
  palette: Palette;
  borderWidth: number;
  veins: number;
  veinOpacity: number;
  spotRows: number;
  spotRadius: number;
  eyespot: boolean;
  bands: number;
}

/** The outline of a wing that points right, in units of the wing's length, and what it is drawn from. */
export interface Wing {
  outline: string;
  base: Point;
  /** Points of the outer margin, from front to back. */
  margin: Point[];
}

/** How the two wings of a side look, the same on the left and on the right. */
export interface WingShapes {
  fore: Wing;
  hind: Wing;
}

export function drawPattern(palette: Palette, random: Random): Pattern {
  return {
    palette,
    borderWidth: random.uniform(0.03, 0.2),
    veins: random.integer(4, 8),
    veinOpacity: random.uniform(0.25, 0.85),
    spotRows: random.integer(0, 2),
    spotRadius: random.uniform(0.018, 0.045),
    eyespot: random.chance(0.35),
    bands: random.chance(0.3) ? random.integer(1, 2) : 0,
  };
}

export function drawWingShapes(random: Random): WingShapes {
  const scallops = random.chance(0.5) ? random.uniform(-0.035, 0.03) : 0;
  return { fore: foreWing(scallops, random), hind: hindWing(scallops, random) };
}

function foreWing(scallops: number, random: Random): Wing {
  const base: Point = [0.03, -0.16];
  const apex: Point = [random.uniform(0.82, 1.0), random.uniform(-0.85, -0.5)];
  const corner: Point = [random.uniform(0.66, 0.86), random.uniform(-0.04, 0.12)];
  const bulge = random.uniform(-0.06, 0.14);
  const margin = marginPoints(
    apex,
    [apex[0] + 0.08, apex[1] + 0.16],
    [corner[0] + bulge, corner[1] - 0.22],
    corner,
  );
  const outline = `M${at(base)}C${at([0.18, -0.5])} ${
    at([apex[0] * 0.6, apex[1] - random.uniform(0.02, 0.14)])
  } ${at(apex)}${marginPath(margin, scallops)}C${at([corner[0] * 0.6, corner[1] + 0.05])} ${
    at([0.2, 0.1])
  } ${at([0.03, 0.02])}Z`;
  return { outline, base, margin };
}

function hindWing(scallops: number, random: Random): Wing {
  const base: Point = [0.03, -0.02];
  const shoulder: Point = [random.uniform(0.62, 0.82), random.uniform(0.02, 0.16)];
  const bottom: Point = [random.uniform(0.26, 0.42), random.uniform(0.6, 0.8)];
  const margin = marginPoints(
    shoulder,
    [shoulder[0] + random.uniform(0.02, 0.14), shoulder[1] + 0.3],
    [bottom[0] + 0.28, bottom[1] + random.uniform(-0.04, 0.08)],
    bottom,
  );
  const tailLength = random.chance(0.3) ? random.uniform(0.14, 0.34) : 0;
  const outline = `M${at(base)}C${at([0.25, -0.16])} ${
    at([shoulder[0] - 0.15, shoulder[1] - 0.16])
  } ${at(shoulder)}${marginPath(margin, scallops, tailLength)}C${
    at([bottom[0] - 0.16, bottom[1] + 0.02])
  } ${at([0.06, 0.45])} ${at([0.03, 0.2])}Z`;
  return { outline, base, margin };
}

function marginPoints(start: Point, control1: Point, control2: Point, end: Point): Point[] {
  const count = 8;
  return Array.from(
    { length: count + 1 },
    (_, i) => onCubic(start, control1, control2, end, i / count),
  );
}

/** The margin as arcs that bulge by `scallops`; a tail, if any, grows near the back end. */
function marginPath(margin: Point[], scallops: number, tailLength = 0): string {
  let d = "";
  for (let i = 1; i < margin.length; i++) {
    const [from, to] = [margin[i - 1] as Point, margin[i] as Point];
    const middle = toward(from, to, 0.5);
    const outward = toward([0, 0], middle, 1 + scallops * 2.2);
    if (tailLength > 0 && i === margin.length - 2) d += tailPath(from, to, tailLength);
    else d += `Q${at(outward)} ${at(to)}`;
  }
  return d;
}

function tailPath(from: Point, to: Point, length: number): string {
  const tip: Point = [to[0] + length * 0.35, to[1] + length];
  return `C${at([from[0] - 0.02, from[1] + length * 0.4])} ${at([tip[0] + 0.07, tip[1] - 0.1])} ${
    at([tip[0] + 0.03, tip[1]])
  }C${at([tip[0] - 0.05, tip[1] + 0.05])} ${at([to[0] + 0.02, to[1] + length * 0.4])} ${at(to)}`;
}

/** The wing in colours; nothing is painted beyond its outline. `id` is unique in the document. */
export function paintWing(id: string, wing: Wing, pattern: Pattern): string {
  const { inner, outer, border } = pattern.palette;
  const stops = `<stop offset="0" stop-color="${css(lighter(inner, -16))}"/>` +
    `<stop offset="0.3" stop-color="${css(inner)}"/><stop offset="1" stop-color="${css(outer)}"/>`;
  const definitions = `<clipPath id="${id}c">${path(wing.outline, "")}</clipPath>` +
    `<radialGradient id="${id}g" gradientUnits="userSpaceOnUse" cx="0" cy="-0.1" r="1.1">` +
    `${stops}</radialGradient>`;
  const borderStroke = `fill="none" stroke="${css(border)}" stroke-width="${
    short(pattern.borderWidth * 2)
  }" stroke-linejoin="round"`;
  return `<defs>${definitions}</defs>` + group(
    `clip-path="url(#${id}c)"`,
    path(wing.outline, `fill="url(#${id}g)"`),
    bands(wing, pattern),
    veins(wing, pattern),
    path(wing.outline, borderStroke),
    spots(wing, pattern),
    pattern.eyespot ? eyespot(wing, pattern) : "",
  );
}

function veins(wing: Wing, pattern: Pattern): string {
  const { border } = pattern.palette;
  const d = Array.from({ length: pattern.veins }, (_, i) => {
    const end = wing
      .margin[Math.round(i * (wing.margin.length - 1) / (pattern.veins - 1))] as Point;
    const [x, y] = toward(wing.base, end, 0.55);
    return `M${at(wing.base)}Q${at([x, y - 0.05])} ${at(end)}`;
  }).join("");
  return path(
    d,
    `fill="none" stroke="${css(border)}" stroke-width="0.018" stroke-opacity="${
      short(pattern.veinOpacity)
    }"`,
  );
}

function spots(wing: Wing, pattern: Pattern): string {
  const fill = css(pattern.palette.spots);
  let drawn = "";
  for (let row = 0; row < pattern.spotRows; row++) {
    for (const [i, end] of wing.margin.entries()) {
      const radius = pattern.spotRadius * (1 + 0.4 * Math.sin(i * 2.1 + row));
      drawn += circle(toward(wing.base, end, 0.93 - 0.12 * row), radius, fill);
    }
  }
  return drawn;
}

function bands(wing: Wing, pattern: Pattern): string {
  const fill = css(pattern.palette.spots);
  return Array.from({ length: pattern.bands }, (_, i) => {
    const share = 0.72 - 0.26 * i;
    const points = wing.margin.map((end) => at(toward(wing.base, end, share))).join(" ");
    return `<polyline points="${points}" fill="none" stroke="${fill}" stroke-width="0.08" ` +
      `stroke-opacity="0.8"/>`;
  }).join("");
}

function eyespot(wing: Wing, pattern: Pattern): string {
  const { border, spots, inner } = pattern.palette;
  const centre = toward(wing.base, wing.margin[3] as Point, 0.66);
  return circle(centre, 0.12, css(border)) + circle(centre, 0.09, css(spots)) +
    circle(centre, 0.06, css(lighter(inner, -25))) + circle(centre, 0.022, "white");
}
