import { expect } from "expect";
import fc from "fast-check";
import { resolveConfig } from "papilio/core/config.ts";
import { Random } from "papilio/core/random.ts";
import {
  applyAugmentation,
  augment,
  type Augmentation,
  drawAugmentation,
  identityAugmentation,
} from "papilio/data/augment.ts";
import { IGNORED } from "papilio/core/classes.ts";
import type { BinaryMask, ChannelImage, RgbImage } from "papilio/data/case.ts";

const options = { ...resolveConfig().augment, enabled: true };

function randomImage(widthPx: number, heightPx: number, seed = 1): RgbImage {
  const random = Random.from(seed, "image");
  const data = Uint8Array.from({ length: widthPx * heightPx * 3 }, () => random.integer(0, 255));
  return { data, widthPx, heightPx };
}

function randomMask(widthPx: number, heightPx: number, seed = 1): BinaryMask {
  const random = Random.from(seed, "mask");
  const data = Uint8Array.from({ length: widthPx * heightPx }, () => random.integer(0, 1));
  return { data, widthPx, heightPx };
}

/** An ellipse, and an image that shows nothing else: white on black. */
function ellipse(sidePx: number, centreX: number, radiusX: number): BinaryMask {
  const data = Uint8Array.from({ length: sidePx * sidePx }, (_, i) => {
    const x = (i % sidePx + 0.5 - centreX) / radiusX;
    const y = (Math.floor(i / sidePx) + 0.5 - sidePx * 0.45) / (sidePx * 0.3);
    return x * x + y * y < 1 ? 1 : 0;
  });
  return { data, widthPx: sidePx, heightPx: sidePx };
}

function pictureOf(mask: BinaryMask): RgbImage {
  const data = Uint8Array.from(
    { length: mask.data.length * 3 },
    (_, i) => 255 * mask.data[Math.floor(i / 3)]!,
  );
  return { ...mask, data };
}

function apply(change: Partial<Augmentation>, image: RgbImage, mask?: BinaryMask) {
  const { widthPx, heightPx } = image;
  return applyAugmentation(image, mask ?? randomMask(widthPx, heightPx), {
    ...identityAugmentation,
    ...change,
  });
}

/** One pixel after a change of colour. */
function colour(change: Partial<Augmentation>, rgb: number[]): number[] {
  const image = { data: Uint8Array.from(rgb), widthPx: 1, heightPx: 1 };
  return [...apply(change, image).image.data];
}

/** Value of channel 0 at a pixel. */
function at(image: RgbImage, x: number, y: number): number {
  return image.data[(y * image.widthPx + x) * 3]!;
}

Deno.test("the identity changes no byte", () => {
  const image = randomImage(13, 7);
  const mask = randomMask(13, 7);
  expect(apply({}, image, mask)).toEqual({ image, mask });
});

Deno.test("flips are exact", () => {
  const image = randomImage(6, 5);
  const mask = randomMask(6, 5);
  const flipped = apply({ flipHorizontal: true }, image, mask);
  const upsideDown = apply({ flipVertical: true }, image, mask);
  for (let y = 0; y < 5; y++) {
    for (let x = 0; x < 6; x++) {
      expect(at(flipped.image, x, y)).toBe(at(image, 5 - x, y));
      expect(flipped.mask.data[y * 6 + x]).toBe(mask.data[y * 6 + 5 - x]);
      expect(at(upsideDown.image, x, y)).toBe(at(image, x, 4 - y));
      expect(upsideDown.mask.data[y * 6 + x]).toBe(mask.data[(4 - y) * 6 + x]);
    }
  }
});

Deno.test("a quarter turn is exact, and clockwise", () => {
  const image = randomImage(8, 8);
  const mask = randomMask(8, 8);
  const turned = apply({ rotationDegrees: 90 }, image, mask);
  for (let y = 0; y < 8; y++) {
    for (let x = 0; x < 8; x++) {
      // What was at the top is now at the right.
      expect(at(turned.image, 7 - y, x)).toBe(at(image, x, y));
      expect(turned.mask.data[x * 8 + 7 - y]).toBe(mask.data[y * 8 + x]);
    }
  }
});

Deno.test("a shift moves right and down, and mirrors what it uncovers", () => {
  const row = { data: Uint8Array.of(1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4), widthPx: 4, heightPx: 1 };
  const moved = apply({ shiftX: 0.5 }, row);
  expect([0, 1, 2, 3].map((x) => at(moved.image, x, 0))).toEqual([2, 1, 1, 2]);
  const column = { ...row, widthPx: 1, heightPx: 4 };
  const lowered = apply({ shiftY: 0.25 }, column);
  expect([0, 1, 2, 3].map((y) => at(lowered.image, 0, y))).toEqual([1, 1, 2, 3]);
});

Deno.test("scale 2 interpolates between pixels, as by hand", () => {
  // Output centres 0.5, 1.5, 2.5, 3.5 come from 1.25, 1.75, 2.25, 2.75: between 40 (at 1.5) and 80 (2.5).
  const row = {
    data: Uint8Array.of(0, 0, 0, 40, 40, 40, 80, 80, 80, 200, 200, 200),
    widthPx: 4,
    heightPx: 1,
  };
  const grown = apply({ scale: 2 }, row);
  expect([0, 1, 2, 3].map((x) => at(grown.image, x, 0))).toEqual([30, 50, 70, 110]);
});

Deno.test("brightness, contrast and saturation by hand", () => {
  expect(colour({ brightness: 0.2 }, [0, 100, 250])).toEqual([51, 151, 255]);
  expect(colour({ brightness: -0.2 }, [0, 100, 250])).toEqual([0, 49, 199]);
  expect(colour({ contrast: 0.5 }, [0, 100, 255])).toEqual([64, 114, 191]); // 63.75, 113.75, 191.25
  // Grey of (200, 100, 0) is 0.213·200 + 0.715·100 = 114.1.
  expect(colour({ saturation: 0 }, [200, 100, 0])).toEqual([114, 114, 114]);
  expect(colour({ saturation: 0.5 }, [200, 100, 0])).toEqual([157, 107, 57]);
});

Deno.test("hue turns as SVG's hueRotate does, and leaves grey alone", () => {
  expect(colour({ hueDegrees: 77 }, [90, 90, 90])).toEqual([90, 90, 90]);
  // hueRotate(180) = 2·grey − rgb for each channel, here grey = 0.213·100 + 0.715·120 + 0.072·80 = 112.86.
  expect(colour({ hueDegrees: 180 }, [100, 120, 80])).toEqual([126, 106, 146]);
  // hueRotate(90), red row: (0.213−0.213, 0.715−0.715, 0.072+0.928) = (0, 0, 1).
  expect(colour({ hueDegrees: 90 }, [100, 120, 80])[0]).toBe(80);
});

Deno.test("image and mask stay aligned under any draw", () => {
  const sidePx = 96;
  const geometry = fc.record({
    flipHorizontal: fc.boolean(),
    flipVertical: fc.boolean(),
    rotationDegrees: fc.double({ min: -180, max: 180, noNaN: true }),
    scale: fc.double({ min: 0.8, max: 1.5, noNaN: true }),
    shiftX: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
    shiftY: fc.double({ min: -0.3, max: 0.3, noNaN: true }),
  });
  const mask = ellipse(sidePx, 40, 22);
  const image = pictureOf(mask);
  fc.assert(
    fc.property(geometry, (change) => {
      const warped = apply(change, image, mask);
      let intersection = 0;
      let union = 0;
      warped.mask.data.forEach((inMask, i) => {
        const inImage = warped.image.data[i * 3]! > 127 ? 1 : 0;
        intersection += inMask & inImage;
        union += inMask | inImage;
      });
      expect(intersection).toBeGreaterThan(0.98 * union);
      expect(union).toBeGreaterThan(0);
    }),
    { seed: 42, numRuns: 60 },
  );
});

Deno.test("masks hold only 0 and 1, and the inputs are left alone", () => {
  const image = randomImage(32, 32);
  const mask = randomMask(32, 32);
  const before = structuredClone({ image, mask });
  for (let epoch = 0; epoch < 20; epoch++) {
    const varied = augment(image, mask, options, Random.from(1, epoch));
    expect(new Set(varied.mask.data)).toEqual(new Set([0, 1]));
  }
  expect({ image, mask }).toEqual(before);
});

Deno.test("the same seed gives the same bytes, another one does not", () => {
  const image = randomImage(24, 24);
  const mask = randomMask(24, 24);
  const first = augment(image, mask, options, Random.from(5, "augment", 2, "a"));
  expect(augment(image, mask, options, Random.from(5, "augment", 2, "a"))).toEqual(first);
  expect(augment(image, mask, options, Random.from(5, "augment", 3, "a"))).not.toEqual(first);
});

Deno.test("draws fill the options' ranges and keep to them", () => {
  const random = Random.from(3);
  const draws = Array.from({ length: 400 }, () => drawAugmentation(options, random));
  const extent = (pick: (draw: Augmentation) => number, middle: number) =>
    Math.max(...draws.map((draw) => Math.abs(pick(draw) - middle)));
  const expectExtent = (extentFound: number, range: number) => {
    expect(extentFound).toBeLessThanOrEqual(range);
    expect(extentFound).toBeGreaterThan(0.95 * range);
  };
  expectExtent(extent((draw) => draw.rotationDegrees, 0), options.rotationDegrees);
  expectExtent(extent((draw) => draw.scale, 1), options.scale);
  expectExtent(extent((draw) => draw.shiftX, 0), options.shift);
  expectExtent(extent((draw) => draw.shiftY, 0), options.shift);
  expectExtent(extent((draw) => draw.brightness, 0), options.brightness);
  expectExtent(extent((draw) => draw.contrast, 1), options.contrast);
  expectExtent(extent((draw) => draw.saturation, 1), options.saturation);
  expectExtent(extent((draw) => draw.hueDegrees, 0), options.hueDegrees);
  const flips = draws.filter((draw) => draw.flipHorizontal).length;
  expect(flips).toBeGreaterThan(160);
  expect(flips).toBeLessThan(240);
  expect(draws.some((draw) => draw.flipVertical)).toBe(false);
});

/** Those of one channel. */
function channelOf({ data, ...size }: ChannelImage, channel: number, channels: number) {
  return { ...size, data: data.filter((_, i) => i % channels === channel) };
}

const anyDraw = fc.integer().map((seed) => drawAugmentation(options, Random.from(seed)));

Deno.test("of many channels each is moved and lit by itself, whatever saturation and hue", () => {
  fc.assert(
    fc.property(anyDraw, fc.constantFrom(1, 2, 4, 5), (draw, channels) => {
      const [widthPx, heightPx] = [9, 7];
      const random = Random.from(channels);
      const length = widthPx * heightPx * channels;
      const data = Uint8Array.from({ length }, () => random.integer(0, 255));
      const image = { data, widthPx, heightPx };
      const mask = randomMask(widthPx, heightPx);
      const varied = applyAugmentation(image, mask, draw).image;
      const { brightness, contrast } = draw;
      const unlit = { ...draw, brightness: 0, contrast: 1, saturation: 1, hueDegrees: 0 };
      for (let c = 0; c < channels; c++) {
        const alone = applyAugmentation(channelOf(image, c, channels), mask, draw).image;
        expect(channelOf(varied, c, channels)).toEqual(alone);
        const moved = applyAugmentation(channelOf(image, c, channels), mask, unlit).image;
        alone.data.forEach((value, i) => {
          const lit = contrast * (moved.data[i]! - 127.5) + 127.5 + 255 * brightness;
          expect(Math.abs(value - Math.min(255, Math.max(0, lit)))).toBeLessThanOrEqual(1.2);
        });
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("grey varies as RGB of equal channels does", () => {
  fc.assert(
    fc.property(anyDraw, (draw) => {
      const grey = channelOf(randomImage(8, 8), 0, 3);
      const data = new Uint8Array(grey.data.length * 3).map((_, i) =>
        grey.data[Math.floor(i / 3)]!
      );
      const mask = randomMask(8, 8);
      const varied = applyAugmentation({ ...grey, data }, mask, draw).image.data;
      const one = applyAugmentation(grey, mask, draw).image.data;
      one.forEach((value, i) => expect(Math.abs(value - varied[i * 3]!)).toBeLessThanOrEqual(1));
    }),
    { numRuns: 30 },
  );
});

Deno.test("classes move as the mask of each would; no number is made up", () => {
  fc.assert(fc.property(anyDraw, fc.integer(), (draw, seed) => {
    const [widthPx, heightPx] = [11, 6];
    const random = Random.from(seed);
    const numbers = [0, 3, 7, IGNORED];
    const image = randomImage(widthPx, heightPx);
    const data = Uint8Array.from(
      { length: widthPx * heightPx },
      () => numbers[random.integer(0, 3)]!,
    );
    const varied = applyAugmentation(image, { data, widthPx, heightPx }, draw).mask.data;
    for (const number of numbers) {
      const one = { data: data.map((value) => value === number ? 1 : 0), widthPx, heightPx };
      expect(varied.map((value) => value === number ? 1 : 0))
        .toEqual(applyAugmentation(image, one, draw).mask.data);
    }
  }));
});
