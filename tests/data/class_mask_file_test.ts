import { join } from "@std/path";
import { expect } from "expect";
import sharp from "sharp";
import { PapilioError } from "papilio/core/errors.ts";
import { encodeClassMask, readClassMaskFile } from "papilio/data/class_mask_file.ts";
import { inFolder, writePng } from "./_files.ts";

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
      expect(await readClassMaskFile(path, 3)).toEqual({ data, widthPx, heightPx });
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

Deno.test("what is no mask of so many classes is refused, and the file named", () =>
  inFolder(async (folder) => {
    const path = join(folder, "mask.png");
    const problem = async (classes: number) => {
      const error = await readClassMaskFile(path, classes, { caseId: "a" }).catch((thrown) =>
        thrown
      );
      expect(error).toBeInstanceOf(PapilioError);
      return error.message;
    };
    await writePng(path, 3, [0, 2, 1]);
    expect((await readClassMaskFile(path, 3)).data).toEqual(Uint8Array.of(0, 2, 1));
    expect(await problem(2)).toBe(
      `Cannot read mask ${path} of case a: expected the numbers of 2 classes, 0 to 1, got 2. ` +
        "Give the folder of an export by a network of these classes.",
    );
    const raw = { width: 3, height: 1, channels: 1 } as const;
    await sharp(Uint16Array.of(0, 257, 2), { raw }).toColourspace("grey16").png().toFile(path);
    expect(await problem(3)).toContain("0 to 2, got 257.");
  }));
