import type { Random } from "papilio/core/random.ts";
import { drawPalette } from "papilio/data/_butterfly.ts";
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

/** The area to be painted. */
interface Canvas {
  widthPx: number;
  heightPx: number;
  random: Random;
}

/** A background without butterflies: one of several kinds, grained, in or out of focus. */
export function drawScenery(widthPx: number, heightPx: number, random: Random): string {
  const canvas = { widthPx, heightPx, random };
  const kind = random.pick([meadow, foliage, bokeh, flowerBed, ground]);
  const blurPx = random.chance(0.5) ? random.uniform(0.6, 2.5) : 0;
  const filter = `<filter id="focus" x="-5%" y="-5%" width="110%" height="110%">` +
    `<feGaussianBlur stdDeviation="${short(blurPx)}"/></filter>`;
  return (blurPx > 0 ? filter : "") +
    group(blurPx > 0 ? `filter="url(#focus)"` : "", kind(canvas)) + grain(canvas);
}

/** A soft darkening towards the corners and a tint, over everything. */
export function drawLight(widthPx: number, heightPx: number, random: Random): string {
  const darkness = short(random.uniform(0.05, 0.45));
  const tint = css([random.uniform(0, 360), 60, 50]);
  return `<radialGradient id="vignette" cx="${short(random.uniform(0.3, 0.7))}" cy="${
    short(random.uniform(0.3, 0.7))
  }" r="0.85"><stop offset="0.4" stop-color="black" stop-opacity="0"/>` +
    `<stop offset="1" stop-color="black" stop-opacity="${darkness}"/></radialGradient>` +
    fullRectangle(widthPx, heightPx, tint, `fill-opacity="${short(random.uniform(0, 0.08))}"`) +
    fullRectangle(widthPx, heightPx, "url(#vignette)");
}

function meadow(canvas: Canvas): string {
  const { random } = canvas;
  const hue = random.uniform(60, 115);
  const sky: Hsl = [hue, random.uniform(30, 60), random.uniform(50, 70)];
  return gradient(canvas, sky, [hue + 10, 50, random.uniform(16, 30)]) +
    blurredCircles(canvas, 12, sky) +
    repeat(random.integer(90, 170), () => grassBlade(canvas, hue)) +
    repeat(random.integer(0, 7), () => flower(canvas));
}

function foliage(canvas: Canvas): string {
  const { random } = canvas;
  const hue = random.chance(0.75) ? random.uniform(75, 140) : random.uniform(18, 50);
  const lightness = random.uniform(24, 44);
  return gradient(canvas, [hue, 40, lightness - 10], [hue, 45, lightness - 18]) +
    repeat(random.integer(35, 80), () => leaf(canvas, hue, lightness));
}

function bokeh(canvas: Canvas): string {
  const { random } = canvas;
  const hue = random.uniform(0, 360);
  const base: Hsl = [hue, random.uniform(15, 50), random.uniform(25, 60)];
  return gradient(canvas, base, lighter([hue + random.uniform(-60, 60), base[1], base[2]], -15)) +
    blurredCircles(canvas, random.integer(20, 45), base) +
    repeat(random.integer(0, 5), () => twig(canvas));
}

function flowerBed(canvas: Canvas): string {
  const { random } = canvas;
  return foliage(canvas) + repeat(random.integer(6, 16), () => flower(canvas));
}

/** Sand, stone or bark: noise lit from the side, with pebbles or cracks. */
function ground(canvas: Canvas): string {
  const { widthPx, heightPx, random } = canvas;
  const base: Hsl = [random.uniform(15, 60), random.uniform(5, 35), random.uniform(35, 70)];
  const coarse = random.uniform(0.008, 0.03);
  const stretch = random.pick([1, 1, 6]);
  const filter = `<filter id="relief" x="0" y="0" width="100%" height="100%">` +
    `<feTurbulence type="fractalNoise" baseFrequency="${short(coarse * stretch)} ${
      short(coarse)
    }" numOctaves="4" seed="${random.integer(1, 9999)}"/>` +
    `<feDiffuseLighting surfaceScale="${short(random.uniform(4, 10))}" lighting-color="${
      css(base)
    }"><feDistantLight azimuth="${
      random.integer(0, 360)
    }" elevation="50"/></feDiffuseLighting></filter>`;
  return filter + fullRectangle(widthPx, heightPx, "white", `filter="url(#relief)"`) +
    repeat(random.integer(0, 14), () => pebble(canvas, base)) +
    repeat(random.integer(0, 6), () => leaf(canvas, random.uniform(20, 60), 36));
}

function grassBlade({ widthPx, heightPx, random }: Canvas, hue: number): string {
  const x = random.uniform(-0.1, 1.1) * widthPx;
  const foot = heightPx * random.uniform(0.98, 1.2);
  const height = heightPx * random.uniform(0.25, 0.95);
  const lean = random.normal(0, 0.25) * height;
  const width = random.uniform(1.5, 5);
  const tip = `${short(x + lean)},${short(foot - height)}`;
  const middleY = short(foot - height * 0.55);
  const d = `M${short(x - width)},${short(foot)}Q${short(x + lean * 0.2)},${middleY} ${tip}Q${
    short(x + lean * 0.2 + width)
  },${middleY} ${short(x + width)},${short(foot)}Z`;
  const colour: Hsl = [hue + random.normal(0, 12), random.uniform(25, 65), random.uniform(18, 60)];
  return path(d, `fill="${css(colour)}"`);
}

/** A leaf with midrib and side veins: in shape and markings not far from a wing. */
function leaf(canvas: Canvas, hue: number, lightness: number): string {
  const { random } = canvas;
  const length = Math.min(canvas.widthPx, canvas.heightPx) * random.uniform(0.1, 0.34);
  const half = random.uniform(0.16, 0.36);
  const colour: Hsl = [
    hue + random.normal(0, 10),
    random.uniform(25, 60),
    lightness + random.normal(0, 8),
  ];
  const blade = `M0,0C0.25,${short(-half * 1.3)} 0.7,${short(-half)} 1,0C0.7,${short(half)} 0.25,${
    short(half * 1.3)
  } 0,0Z`;
  const sideVeins = [0.2, 0.35, 0.5, 0.65, 0.8].map((x) => {
    const reach = half * 0.75 * (1 - Math.abs(x - 0.45));
    return `M${x},0l0.1,${short(-reach)}M${x},0l0.1,${short(reach)}`;
  }).join("");
  const vein = (width: number) =>
    `fill="none" stroke="${css(lighter(colour, 12))}" stroke-width="${width}" stroke-opacity="0.7"`;
  return group(
    scattered(canvas, length),
    path(blade, `fill="${css(colour)}"`),
    path("M0,0L0.97,0", vein(0.025)),
    path(sideVeins, vein(0.012)),
  );
}

function flower(canvas: Canvas): string {
  const { random } = canvas;
  const radius = Math.min(canvas.widthPx, canvas.heightPx) * random.uniform(0.03, 0.11);
  const palette = drawPalette(random);
  const petals = random.integer(5, 12);
  const petal = `<ellipse cx="0.6" cy="0" rx="0.42" ry="${short(2.2 / petals)}" fill="${
    css(random.chance(0.5) ? palette.inner : palette.spots)
  }" stroke="${css(lighter(palette.inner, -18))}" stroke-width="0.03"/>`;
  const ring = Array.from(
    { length: petals },
    (_, i) => group(`transform="rotate(${short(i * 360 / petals)})"`, petal),
  );
  return group(
    `${scattered(canvas, radius)}`,
    group(`transform="scale(1 ${short(random.uniform(0.55, 1))})"`, ...ring),
    circle([0, 0], 0.26, css([random.uniform(25, 60), 70, random.uniform(20, 60)])),
  );
}

function pebble(canvas: Canvas, base: Hsl): string {
  const { random } = canvas;
  const radius = Math.min(canvas.widthPx, canvas.heightPx) * random.uniform(0.02, 0.08);
  const colour = lighter(base, random.uniform(-22, 12));
  const flat = short(random.uniform(0.5, 0.9));
  return group(
    scattered(canvas, radius),
    `<ellipse cx="0.08" cy="0.12" rx="1" ry="${flat}" fill="black" fill-opacity="0.3"/>`,
    `<ellipse rx="1" ry="${flat}" fill="${css(colour)}"/>`,
    `<ellipse cx="-0.25" cy="-0.2" rx="0.5" ry="0.25" fill="white" fill-opacity="0.15"/>`,
  );
}

function twig({ widthPx, heightPx, random }: Canvas): string {
  const point = (): Point => [random.uniform(-0.1, 1.1) * widthPx, random.uniform(0, 1) * heightPx];
  const text = ([x, y]: Point) => `${short(x)},${short(y)}`;
  const colour = css([random.uniform(20, 100), 30, random.uniform(12, 40)]);
  return path(
    `M${text(point())}Q${text(point())} ${text(point())}`,
    `fill="none" stroke="${colour}" stroke-width="${short(random.uniform(2, 9))}"`,
  );
}

/** Out-of-focus lights and shapes; some in the colours of wings. */
function blurredCircles(canvas: Canvas, count: number, base: Hsl): string {
  const { widthPx, heightPx, random } = canvas;
  const side = Math.min(widthPx, heightPx);
  const circles = repeat(count, () => {
    const near: Hsl = [base[0] + random.normal(0, 25), base[1], base[2] + random.normal(0, 14)];
    const colour = random.chance(0.3) ? drawPalette(random).inner : near;
    const centre: Point = [random.uniform() * widthPx, random.uniform() * heightPx];
    const opacity = `fill-opacity="${short(random.uniform(0.2, 0.7))}"`;
    return circle(centre, side * random.uniform(0.03, 0.16), css(colour), opacity);
  });
  const filter = `<filter id="blur"><feGaussianBlur stdDeviation="${
    short(side * random.uniform(0.006, 0.025))
  }"/></filter>`;
  return filter + group(`filter="url(#blur)"`, circles);
}

/** Fine grey noise over the scenery, as a rough surface or a sensor makes it. */
function grain({ widthPx, heightPx, random }: Canvas): string {
  const frequency = short(random.uniform(0.15, 0.8));
  const strength = short(random.uniform(0.1, 0.45));
  return `<filter id="grain" x="0" y="0" width="100%" height="100%"><feTurbulence ` +
    `type="fractalNoise" baseFrequency="${frequency}" numOctaves="2" seed="${
      random.integer(1, 9999)
    }"/><feColorMatrix type="matrix" values="0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 ${strength} ${strength} 0 0 ${
      short(-0.42 * Number(strength) * 2)
    }"/></filter>` + fullRectangle(widthPx, heightPx, "black", `filter="url(#grain)"`);
}

function gradient({ widthPx, heightPx, random }: Canvas, from: Hsl, to: Hsl): string {
  const slant = short(random.uniform(-0.4, 0.4));
  return `<linearGradient id="back" x1="0" y1="0" x2="${slant}" y2="1"><stop offset="0" ` +
    `stop-color="${css(from)}"/><stop offset="1" stop-color="${css(to)}"/></linearGradient>` +
    fullRectangle(widthPx, heightPx, "url(#back)");
}

function fullRectangle(widthPx: number, heightPx: number, fill: string, more = ""): string {
  return `<rect width="${widthPx}" height="${heightPx}" fill="${fill}" ${more}/>`;
}

/** Somewhere in the canvas, turned at random, one unit being so many pixels. */
function scattered({ widthPx, heightPx, random }: Canvas, unitPx: number): string {
  const x = short(random.uniform(-0.05, 1.05) * widthPx);
  const y = short(random.uniform(-0.05, 1.05) * heightPx);
  const turn = short(random.uniform(0, 360));
  return `transform="translate(${x} ${y}) rotate(${turn}) scale(${short(unitPx)})"`;
}

function repeat(count: number, draw: () => string): string {
  return Array.from({ length: count }, draw).join("");
}
