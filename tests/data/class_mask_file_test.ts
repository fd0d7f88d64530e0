import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { encodeClassMask, readClassMaskFile } from "papilio/data/class_mask_file.ts";

const COLOURS = ["#ffffff", "#56b4e9", "#e69f00"];

Deno.test("indices are class numbers, and the palette their colours", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [widthPx, heightPx] of [[3, 2], [1, 7], [250, 130]] as const) {
      const data = Uint8Array.from({ length: widthPx * heightPx }, (_, i) => (i * i) % 3);
      const png = await encodeClassMask({ data, widthPx, heightPx }, COLOURS);
      expect(await sharp(png).metadata()).toMatchObject({ format: "png", isPalette: true });
      const { data: pixels } = await sharp(png).removeAlpha().raw()
        .toBuffer({ resolveWithObject: true });
      const colours = COLOURS.map((colour) => [...Uint8Array.fromHex(colour.slice(1))]);
      expect([...pixels]).toEqual([...data].flatMap((number) => colours[number]!));
      const path = join(folder, "mask.png");
      await Deno.writeFile(path, png);
      expect(await readClassMaskFile(path)).toEqual({ data, widthPx, heightPx });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a number without a colour is refused", async () => {
  const mask = { data: Uint8Array.of(0, 3), widthPx: 2, heightPx: 1 };
  await expect(encodeClassMask(mask, COLOURS)).rejects.toThrow(
    "Cannot write a mask of classes: expected a colour for each of its numbers, at most 256, got the " +
      "number 3 and 3 colours.",
  );
});
