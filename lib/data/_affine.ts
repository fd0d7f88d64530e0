import type { Augmentation } from "papilio/data/augment.ts";

/** Where an output pixel comes from: `sourceX = xx·x + xy·y + x0`, `sourceY = yx·x + yy·y + y0`. */
export interface SourceMap {
  xx: number;
  xy: number;
  x0: number;
  yx: number;
  yy: number;
  y0: number;
}

/** New red = `rr·r + rg·g + rb·b + r0`, and so on; without colours, `contrast·value + offset`. */
export interface ColourMap {
  contrast: number;
  offset: number;
  rr: number;
  rg: number;
  rb: number;
  r0: number;
  gr: number;
  gg: number;
  gb: number;
  g0: number;
  br: number;
  bg: number;
  bb: number;
  b0: number;
}

/**
 * The inverse of the augmentation's movement, `p_in = c + F·Rᵀ·(p_out − c − t) / s`, on pixel indices.
 *
 * `c` is the centre, `F` the flips, `R` the rotation, `t` the shift and `s` the scale; the centre of
 * pixel 0 lies at 0.5.
 */
export function sourceMap(
  augmentation: Augmentation,
  widthPx: number,
  heightPx: number,
): SourceMap {
  const { flipHorizontal, flipVertical, rotationDegrees, scale, shiftX, shiftY } = augmentation;
  const angle = rotationDegrees * Math.PI / 180;
  const flipX = flipHorizontal ? -1 : 1;
  const flipY = flipVertical ? -1 : 1;
  const xx = flipX * Math.cos(angle) / scale;
  const xy = flipX * Math.sin(angle) / scale;
  const yx = -flipY * Math.sin(angle) / scale;
  const yy = flipY * Math.cos(angle) / scale;
  const fromX = 0.5 - widthPx * (0.5 + shiftX);
  const fromY = 0.5 - heightPx * (0.5 + shiftY);
  const x0 = widthPx / 2 - 0.5 + xx * fromX + xy * fromY;
  const y0 = heightPx / 2 - 0.5 + yx * fromX + yy * fromY;
  return { xx, xy, x0, yx, yy, y0 };
}

/**
 * Hue, saturation, contrast and brightness as one map of the colours:
 * `c·(grey + s·(cos h·(rgb − grey) + sin h·S·rgb) − 127.5) + 127.5 + 255·b`.
 *
 * Source: grey and the turn `S` of the colours around it are those of `hueRotate` in SVG's
 * feColorMatrix, so that grey stays grey and luminance is kept.
 */
export function colourMap(augmentation: Augmentation): ColourMap {
  const { brightness, contrast, saturation, hueDegrees } = augmentation;
  const cos = saturation * Math.cos(hueDegrees * Math.PI / 180);
  const sin = saturation * Math.sin(hueDegrees * Math.PI / 180);
  const offset = 127.5 * (1 - contrast) + 255 * brightness;
  const [greyR, greyG, greyB] = [0.213, 0.715, 0.072];
  return {
    contrast,
    offset,
    rr: contrast * (greyR + cos * (1 - greyR) + sin * -0.213),
    rg: contrast * (greyG - cos * greyG + sin * -0.715),
    rb: contrast * (greyB - cos * greyB + sin * 0.928),
    r0: offset,
    gr: contrast * (greyR - cos * greyR + sin * 0.143),
    gg: contrast * (greyG + cos * (1 - greyG) + sin * 0.140),
    gb: contrast * (greyB - cos * greyB + sin * -0.283),
    g0: offset,
    br: contrast * (greyR - cos * greyR + sin * -0.787),
    bg: contrast * (greyG - cos * greyG + sin * 0.715),
    bb: contrast * (greyB + cos * (1 - greyB) + sin * 0.072),
    b0: offset,
  };
}

/** The index inside `[0, size)` that an index beyond the border is mirrored to: `b a | a b c | c b`. */
export function mirrored(index: number, size: number): number {
  if (index >= 0 && index < size) return index;
  const period = 2 * size;
  const folded = ((index % period) + period) % period;
  return folded < size ? folded : period - 1 - folded;
}
