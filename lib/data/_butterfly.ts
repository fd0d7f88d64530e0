import type { Random } from "papilio/core/random.ts";
import {
  circle,
  css,
  group,
  type Hsl,
  lighter,
  path,
  type Point,
  short,
} from "papilio/data/_svg.ts";
import {
  drawPattern,
  drawWingShapes,
  paintWing,
  type Palette,
  type Pattern,
  type WingShapes,
} from "papilio/data/_wings.ts";

export const partNames = ["wings", "body", "antennae"] as const;
export type PartName = typeof partNames[number];

/** Where a butterfly sits in the image. */
export interface Place {
  centrePx: Point;
  /** Length of a forewing. */
  radiusPx: number;
  rotationDegrees: number;
}

/** A butterfly as SVG: in colours, and the bare outlines of its parts in `currentColor`. */
export interface Butterfly {
  painted: string;
  /** From the lowest to the uppermost. */
  outlines: { part: PartName; svg: string }[];
}

/** How the wings are held. Opening is the cosine under which a pair of wings is seen; 0: hidden. */
interface Pose {
  openingLeft: number;
  openingRight: number;
  foreDegrees: number;
  hindDegrees: number;
}

const palettes: readonly Palette[] = [
  { inner: [28, 90, 52], outer: [18, 85, 46], border: [20, 40, 10], spots: [45, 60, 92] },
  { inner: [210, 80, 58], outer: [222, 85, 40], border: [230, 50, 9], spots: [200, 60, 88] },
  { inner: [55, 45, 92], outer: [50, 30, 86], border: [40, 15, 24], spots: [30, 10, 20] },
  { inner: [50, 90, 60], outer: [46, 92, 54], border: [40, 45, 10], spots: [215, 70, 52] },
  { inner: [8, 62, 34], outer: [14, 70, 42], border: [15, 40, 12], spots: [42, 80, 70] },
  { inner: [30, 35, 34], outer: [32, 32, 46], border: [25, 30, 16], spots: [36, 50, 78] },
  { inner: [95, 30, 46], outer: [80, 34, 58], border: [90, 30, 18], spots: [60, 50, 86] },
  { inner: [255, 40, 44], outer: [275, 42, 34], border: [265, 40, 12], spots: [290, 40, 84] },
];

/** Colours of a random species; flowers take them too, so that colour alone tells nothing. */
export function drawPalette(random: Random): Palette {
  const base = random.pick(palettes);
  const turn = random.uniform(-14, 14);
  const shade = random.uniform(-8, 8);
  const vary = ([hue, saturation, lightness]: Hsl): Hsl => [
    hue + turn,
    saturation * random.uniform(0.7, 1.1),
    lightness + shade,
  ];
  return {
    inner: vary(base.inner),
    outer: vary(base.outer),
    border: vary(base.border),
    spots: vary(base.spots),
  };
}

/** A random butterfly at its place. `id` is unique in the document. */
export function drawButterfly(id: string, place: Place, random: Random): Butterfly {
  const pattern = drawPattern(drawPalette(random), random);
  const shapes = drawWingShapes(random);
  const pose = drawPose(random);
  const body = drawBody(pattern, random);
  const antennae = drawAntennae(place.radiusPx, random);
  const [x, y] = place.centrePx;
  const transform = `transform="translate(${short(x)} ${short(y)}) rotate(${
    short(place.rotationDegrees)
  }) scale(${short(place.radiusPx)})"`;
  return {
    painted: group(
      transform,
      ...sides(pose).map((side) => paintSide(`${id}${side.name}`, side, pose, shapes, pattern)),
      body.painted,
      group(`color="${css(pattern.palette.border)}"`, antennae),
    ),
    outlines: [
      {
        part: "wings",
        svg: group(transform, ...sides(pose).map((side) => outlineSide(side, pose, shapes))),
      },
      { part: "body", svg: group(transform, body.outline) },
      { part: "antennae", svg: group(transform, antennae) },
    ],
  };
}

function drawPose(random: Random): Pose {
  const fore = random.uniform(-14, 12);
  const angles = { foreDegrees: fore, hindDegrees: fore * 0.5 + random.uniform(-6, 8) };
  const opening = random.uniform(0.7, 1);
  const kind = random.uniform();
  if (kind < 0.15) return { ...angles, openingLeft: 0, openingRight: random.uniform(0.8, 1) };
  if (kind < 0.4) {
    return { ...angles, openingLeft: random.uniform(0.3, 0.6), openingRight: opening };
  }
  return { ...angles, openingLeft: opening * random.uniform(0.9, 1), openingRight: opening };
}

interface Side {
  name: string;
  /** Horizontal scale: negative on the left. */
  scaleX: number;
}

function sides(pose: Pose): Side[] {
  return [
    { name: "l", scaleX: -pose.openingLeft },
    { name: "r", scaleX: pose.openingRight },
  ].filter((side) => side.scaleX !== 0);
}

/** The hind wing lies under the fore wing; a side that is turned away is darker. */
function paintSide(
  id: string,
  side: Side,
  pose: Pose,
  shapes: WingShapes,
  pattern: Pattern,
): string {
  const dim = (1 - Math.abs(side.scaleX)) * 0.45;
  const shade = `fill="black" fill-opacity="${short(dim)}"`;
  return onSide(
    side,
    pose,
    paintWing(`${id}h`, shapes.hind, pattern) + path(shapes.hind.outline, shade),
    paintWing(`${id}f`, shapes.fore, pattern) + path(shapes.fore.outline, shade),
  );
}

function outlineSide(side: Side, pose: Pose, shapes: WingShapes): string {
  const fill = `fill="currentColor"`;
  return onSide(side, pose, path(shapes.hind.outline, fill), path(shapes.fore.outline, fill));
}

function onSide(side: Side, pose: Pose, hind: string, fore: string): string {
  return group(
    `transform="scale(${short(side.scaleX)} 1)"`,
    group(`transform="rotate(${short(pose.hindDegrees)} 0 0)"`, hind),
    group(`transform="rotate(${short(pose.foreDegrees)} 0 -0.1)"`, fore),
  );
}

function drawBody(pattern: Pattern, random: Random): { painted: string; outline: string } {
  const thickness = random.uniform(0.85, 1.3);
  const length = random.uniform(0.36, 0.5);
  const abdomen = `M${short(-0.05 * thickness)},-0.02C${short(-0.075 * thickness)},0.15 ` +
    `${short(-0.05 * thickness)},${short(length - 0.06)} 0,${short(length)}C` +
    `${short(0.05 * thickness)},${short(length - 0.06)} ${short(0.075 * thickness)},0.15 ` +
    `${short(0.05 * thickness)},-0.02Z`;
  const shapes = (abdomenFill: string, thoraxFill: string) =>
    path(abdomen, `fill="${abdomenFill}"`) +
    `<ellipse cx="0" cy="-0.12" rx="${short(0.075 * thickness)}" ry="0.14" fill="${thoraxFill}"/>` +
    circle([0, -0.28], 0.055 * thickness, thoraxFill);
  const { border, inner } = pattern.palette;
  const stripes = Array.from(
    { length: 5 },
    (_, i) => `M${short(-0.035 * thickness)},${short(0.06 + i * 0.05)}h${short(0.07 * thickness)}`,
  ).join("");
  return {
    outline: shapes("currentColor", "currentColor"),
    painted: shapes(css(lighter(border, 12)), css(lighter(border, 6))) +
      path(stripes, `stroke="${css(lighter(inner, -8))}" stroke-width="0.012"`) +
      circle([-0.02, -0.2], 0.02, css(lighter(border, 26)), `fill-opacity="0.7"`),
  };
}

/** Two curves that end in clubs, never thinner than a pixel and a half. */
function drawAntennae(radiusPx: number, random: Random): string {
  const width = Math.max(0.02, 1.5 / radiusPx);
  const spread = random.uniform(0.14, 0.32);
  const reach = random.uniform(0.28, 0.42);
  return [-1, 1].map((side) => {
    const tip: Point = [side * spread, -0.3 - reach];
    const d = `M${short(side * 0.02)},-0.3Q${short(side * spread * 0.35)},${
      short(-0.3 - reach * 0.7)
    } ${short(tip[0])},${short(tip[1])}`;
    return path(d, `fill="none" stroke="currentColor" stroke-width="${short(width)}"`) +
      circle(tip, width * 1.1, "currentColor");
  }).join("");
}
