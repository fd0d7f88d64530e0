import { expect } from "expect";
import sharp from "sharp";
import { renderSamples, samplePng, takeSamples } from "papilio/train/sample_images.ts";

Deno.test("takeSamples, samplePng: image, mask and probabilities of the right case, side by side", async () => {
  const batch = {
    ids: ["first", "second", "third"],
    images: Uint8Array.from({ length: 3 * 2 * 2 * 3 }, (_, i) => i),
    masks: Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0),
    size: 3,
  };
  const probabilities = Float32Array.of(0, 0, 0, 0, 0, 0.2, 0.6, 1, 0, 0, 0, 0);
  const samples = takeSamples(batch, probabilities, { sidePx: 2, count: 2 });
  expect(samples.map(({ id }) => id)).toEqual(["first", "second"]);
  const [, second] = samples;
  const { png, widthPx, heightPx } = await samplePng(second!);
  expect([widthPx, heightPx]).toEqual([6, 2]);
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 6, height: 2, channels: 3 });
  const grey = (...values: number[]) => values.flatMap((value) => [value, value, value]);
  expect([...data]).toEqual([
    ...[12, 13, 14, 15, 16, 17, ...grey(255, 0), ...grey(0, 51)],
    ...[18, 19, 20, 21, 22, 23, ...grey(0, 255), ...grey(153, 255)],
  ]);
});

Deno.test("samplePng, renderSamples: what a mask ignores is neither black nor white, and is named", async () => {
  const sample = {
    ...{ id: "a", sidePx: 2, image: new Uint8Array(12), mask: Uint8Array.of(0, 1, 255, 255) },
    probabilities: new Float32Array(4),
  };
  const { data } = await sharp((await samplePng(sample)).png).raw()
    .toBuffer({ resolveWithObject: true });
  expect([...data.subarray(24, 30)]).toEqual(Array(6).fill(180));
  const heightOf = async (mask: Uint8Array) => {
    const png = await renderSamples([{ ...sample, mask }], { threshold: 0.5, title: "" });
    return (await sharp(png).metadata()).height;
  };
  const [without, withIgnored] = [
    await heightOf(Uint8Array.of(0, 1, 0, 0)),
    await heightOf(sample.mask),
  ];
  expect(withIgnored - without).toBe(2 * 22);
});

Deno.test("renderSamples: found in blue, true in orange, in squares beside one another", async () => {
  const sidePx = 32;
  const box = (from: number, to: number) => (_: unknown, i: number) =>
    [i % sidePx, Math.floor(i / sidePx)].every((at) => at >= from && at < to) ? 1 : 0;
  const length = sidePx * sidePx;
  const sample = {
    id: "a",
    sidePx,
    image: new Uint8Array(3 * length),
    mask: Uint8Array.from({ length }, box(2, 16)),
    probabilities: Float32Array.from({ length }, box(18, 30)).map((value) => 0.6 * value),
  };
  const png = await renderSamples([sample, sample], { threshold: 0.6, title: "Two" });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  // At (24, 24) of the 32 pixels of the first square: found, but not on the border, so a quarter blue.
  const scale = 2 * 160 / sidePx;
  const at = (x: number, y: number) => {
    const from = ((24 + Math.round(scale * x)) + (68 + Math.round(scale * y)) * info.width) * 3;
    return [...data.subarray(from, from + 3)];
  };
  expect(info.width).toBe(2 * (12 + 2 * (160 + 12)));
  const [red, green, blue] = at(24, 24) as [number, number, number];
  expect([red < 20, green > 25, green < 60, blue > 45, blue < 90]).toEqual(Array(5).fill(true));
  expect(at(2.1, 8)[0]).toBeGreaterThan(180);
  expect(at(8, 8)).toEqual([0, 0, 0]);
});

const classes = [
  { name: "background", colour: "#ffffff" },
  { name: "left", colour: "#ff0000" },
  { name: "right", colour: "#0000ff" },
];

Deno.test("samples of classes: masks and likeliest classes in their colours, grey images too", async () => {
  const batch = {
    ids: ["first", "second"],
    images: Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4),
    masks: Uint8Array.of(0, 0, 0, 0, 0, 1, 2, 255),
    size: 2,
  };
  const pixel = [[0.5, 0.3, 0.2], [0.2, 0.4, 0.4], [0, 0.1, 0.9], [0.1, 0.2, 0.7]].flat();
  const probabilities = Float32Array.from([...Array(12).fill(1 / 3), ...pixel]);
  const [, second] = takeSamples(batch, probabilities, { sidePx: 2, count: 2, classes });
  const { data } = await sharp((await samplePng(second!)).png).raw()
    .toBuffer({ resolveWithObject: true });
  const [white, red, blue] = [[255, 255, 255], [255, 0, 0], [0, 0, 255]] as const;
  const ignored = [180, 180, 180];
  expect([...data]).toEqual([
    ...[1, 1, 1, 2, 2, 2, ...white, ...red, ...white, ...red],
    ...[3, 3, 3, 4, 4, 4, ...blue, ...ignored, ...blue, ...blue],
  ]);
});

Deno.test("renderSamples of classes: true ones above, found ones below", async () => {
  const [sidePx, length] = [32, 32 * 32];
  const sample = {
    id: "a",
    sidePx,
    classes,
    image: new Uint8Array(3 * length),
    mask: new Uint8Array(length).fill(1),
    probabilities: Float32Array.from({ length: 3 * length }, (_, i) => i % 3 === 2 ? 1 : 0),
  };
  const png = await renderSamples([sample, sample], { threshold: 0.5, title: "Two" });
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info.width).toBe(2 * (12 + 2 * (160 + 12)));
  const at = (x: number, y: number) => [...data.subarray((y * info.width + x) * 3).subarray(0, 3)];
  // A picture is 320 pixels high, with two lines of text below.
  const isNear = (colour: number[], wanted: number[]) =>
    colour.every((value, i) => Math.abs(value - wanted[i]!) < 12);
  expect([isNear(at(180, 228), [89, 0, 0]), isNear(at(500, 228), [89, 0, 0])]).toEqual([
    true,
    true,
  ]);
  expect([isNear(at(180, 650), [0, 0, 89]), isNear(at(500, 650), [0, 0, 89])]).toEqual([
    true,
    true,
  ]);
});
