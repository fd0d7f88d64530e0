/** A point in the units of its drawing: `[x, y]`, y downwards. */
export type Point = readonly [x: number, y: number];

/** A colour: hue in degrees, saturation and lightness in percent. */
export type Hsl = readonly [hue: number, saturation: number, lightness: number];

/** A number as SVG text, short. */
export function short(value: number): string {
  return String(Math.round(value * 1000) / 1000);
}

export function css([hue, saturation, lightness]: Hsl): string {
  const within = (percent: number) => Math.max(0, Math.min(100, percent));
  const degrees = ((hue % 360) + 360) % 360;
  return `hsl(${short(degrees)},${short(within(saturation))}%,${short(within(lightness))}%)`;
}

/** The colour made lighter, or darker if negative. */
export function lighter([hue, saturation, lightness]: Hsl, percent: number): Hsl {
  return [hue, saturation, lightness + percent];
}

export function at([x, y]: Point): string {
  return `${short(x)},${short(y)}`;
}

/** The point at a share of the way from one to another. */
export function toward(from: Point, to: Point, share: number): Point {
  return [from[0] + (to[0] - from[0]) * share, from[1] + (to[1] - from[1]) * share];
}

/** The point at `t` in [0, 1] of a cubic Bézier curve. */
export function onCubic(
  start: Point,
  control1: Point,
  control2: Point,
  end: Point,
  t: number,
): Point {
  const along = (i: 0 | 1) =>
    (1 - t) ** 3 * start[i] + 3 * (1 - t) ** 2 * t * control1[i] +
    3 * (1 - t) * t ** 2 * control2[i] + t ** 3 * end[i];
  return [along(0), along(1)];
}

export function circle([x, y]: Point, radius: number, fill: string, more = ""): string {
  return `<circle cx="${short(x)}" cy="${short(y)}" r="${short(radius)}" fill="${fill}" ${more}/>`;
}

export function path(d: string, more: string): string {
  return `<path d="${d}" ${more}/>`;
}

export function group(attributes: string, ...content: string[]): string {
  return `<g ${attributes}>${content.join("")}</g>`;
}

export function svgDocument(widthPx: number, heightPx: number, ...content: string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${widthPx}" height="${heightPx}" ` +
    `viewBox="0 0 ${widthPx} ${heightPx}">${content.join("")}</svg>`;
}
