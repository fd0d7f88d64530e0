import { expect } from "expect";
import sharp from "sharp";
import { samplePng, takeSamples } from "papilio/train/sample_images.ts";

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
