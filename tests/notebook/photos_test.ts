import { join } from "@std/path";
import { expect } from "expect";
import { sortedNames } from "papilio/core/files.ts";
import { decodeImage } from "papilio/data/decode.ts";
import { readDataSet } from "papilio/data/layouts.ts";
import { makeSyntheticDataSet } from "papilio/data/synthetic.ts";
import { openPhotos } from "papilio/notebook/photos.ts";

Deno.test("photos: the folder given, else copies of images and a file that cannot be read", async () => {
  const folder = await Deno.makeTempDir({ prefix: "papilio-notebook-" });
  try {
    const data = join(folder, "data");
    await makeSyntheticDataSet(data, { count: 2, maxSidePx: 96, minSidePx: 64, jpegShare: 0 });
    const { cases } = await readDataSet(data);
    const made = join(folder, "photos");
    Deno.env.delete("PAPILIO_PHOTOS");

    expect(await openPhotos(made, cases)).toBe(made);
    expect(await openPhotos(made, cases)).toBe(made); // A second time over the first.
    expect(await sortedNames(made)).toEqual(["cut_off.png", "sample_0001.png", "sample_0002.png"]);
    expect(await decodeImage(join(made, "sample_0002.png"))).toEqual(
      await decodeImage(cases[1]!.imagePath),
    );
    await expect(decodeImage(join(made, "cut_off.png"))).rejects.toThrow("cut_off.png");

    expect(await openPhotos(made, cases, data)).toBe(data);
    Deno.env.set("PAPILIO_PHOTOS", folder);
    expect(await openPhotos(made, cases)).toBe(folder);
    await expect(openPhotos(made, cases, join(folder, "none"))).rejects.toThrow(
      "Cannot open the photos of this notebook: expected a folder, got nothing at",
    );
  } finally {
    Deno.env.delete("PAPILIO_PHOTOS");
    await Deno.remove(folder, { recursive: true });
  }
});
