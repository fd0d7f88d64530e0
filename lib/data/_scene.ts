import type { Random } from "papilio/core/random.ts";
import {
  type Butterfly,
  drawButterfly,
  type PartName,
  partNames,
  type Place,
} from "papilio/data/_butterfly.ts";
import { drawLight, drawScenery } from "papilio/data/_scenery.ts";
import { group, short, svgDocument } from "papilio/data/_svg.ts";

/** A picture before it is rasterised: as an image, and as a map of what is where. */
export interface Scene {
  widthPx: number;
  heightPx: number;
  /** From the lowest to the uppermost. */
  butterflies: Butterfly[];
  scenery: string;
  shadows: string;
  light: string;
}

export interface SceneOptions {
  minSidePx: number;
  maxSidePx: number;
  maxButterflies: number;
}

export function drawScene(options: SceneOptions, random: Random): Scene {
  const widthPx = random.integer(options.minSidePx, options.maxSidePx);
  const heightPx = random.integer(options.minSidePx, options.maxSidePx);
  const places = drawPlaces(widthPx, heightPx, options.maxButterflies, random);
  const butterflies = places.map((place, i) => drawButterfly(`b${i}`, place, random));
  return {
    widthPx,
    heightPx,
    butterflies,
    scenery: drawScenery(widthPx, heightPx, random),
    shadows: shadowsOf(butterflies, places, random),
    light: drawLight(widthPx, heightPx, random),
  };
}

export function sceneSvg(scene: Scene): string {
  const { widthPx, heightPx, butterflies, scenery, shadows, light } = scene;
  const painted = butterflies.map((butterfly) => butterfly.painted);
  return svgDocument(widthPx, heightPx, scenery, shadows, ...painted, light);
}

/** Red is the number of the butterfly, from 1, green that of the part; 0 is background. */
export function labelMapSvg({ widthPx, heightPx, butterflies }: Scene): string {
  const outlines = butterflies.flatMap((butterfly, i) =>
    butterfly.outlines.map(({ part, svg }) =>
      group(`color="rgb(${i + 1},${partNumber(part)},0)"`, svg)
    )
  );
  const background = `<rect width="${widthPx}" height="${heightPx}" fill="black"/>`;
  return svgDocument(
    widthPx,
    heightPx,
    background,
    group(`shape-rendering="crispEdges"`, ...outlines),
  );
}

export function partNumber(part: PartName): number {
  return partNames.indexOf(part) + 1;
}

/** One to `most` places that overlap little; now and then one is cut by the frame. */
function drawPlaces(widthPx: number, heightPx: number, most: number, random: Random): Place[] {
  const wanted = random.chance(0.5) ? 1 : random.integer(1, most);
  const places: Place[] = [];
  for (let attempt = 0; attempt < 20 * wanted && places.length < wanted; attempt++) {
    const place = drawPlace(widthPx, heightPx, 0.48 / Math.sqrt(wanted), random);
    if (places.every((other) => isApart(place, other))) places.push(place);
  }
  return places;
}

function drawPlace(widthPx: number, heightPx: number, largest: number, random: Random): Place {
  const radiusPx = Math.min(widthPx, heightPx) * random.uniform(largest * 0.75, largest);
  const insetPx = radiusPx * (random.chance(0.2) ? 0.3 : 1);
  return {
    centrePx: [
      random.uniform(insetPx, widthPx - insetPx),
      random.uniform(insetPx, heightPx - insetPx),
    ],
    radiusPx,
    rotationDegrees: random.chance(0.6) ? random.normal(0, 35) : random.uniform(0, 360),
  };
}

function isApart(one: Place, other: Place): boolean {
  const distance = Math.hypot(
    one.centrePx[0] - other.centrePx[0],
    one.centrePx[1] - other.centrePx[1],
  );
  return distance > 0.85 * (one.radiusPx + other.radiusPx);
}

/** Blurred outlines, moved in the direction of the light; far ones if the butterflies fly. */
function shadowsOf(butterflies: Butterfly[], places: Place[], random: Random): string {
  if (random.chance(0.35)) return "";
  const distance = random.uniform(0.03, 0.14) * Math.max(...places.map((place) => place.radiusPx));
  const direction = random.uniform(0, 2 * Math.PI);
  const move = `translate(${short(distance * Math.cos(direction))} ${
    short(distance * Math.sin(direction))
  })`;
  const filter = `<filter id="shadow" x="-10%" y="-10%" width="120%" height="120%">` +
    `<feGaussianBlur stdDeviation="${short(Math.max(0.8, distance * 0.35))}"/></filter>`;
  const outlines = butterflies.flatMap((butterfly) => butterfly.outlines.map(({ svg }) => svg));
  return filter + group(
    `filter="url(#shadow)" color="black" opacity="${
      short(random.uniform(0.25, 0.6))
    }" transform="${move}"`,
    ...outlines,
  );
}
