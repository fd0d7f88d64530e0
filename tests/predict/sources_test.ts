import { join } from "@std/path";
import { expect } from "expect";
import { resolveConfig } from "papilio/core/config.ts";
import { photosAt, photosOfRun } from "papilio/predict/sources.ts";
import { halves, inFolder } from "./_fixtures.ts";

async function photo(...path: string[]): Promise<string> {
  const whole = join(...path);
  await Deno.mkdir(join(whole, ".."), { recursive: true });
  await halves(4, 4).png().toFile(whole);
  return whole;
}

/** Three cases in instance folders. */
async function dataSet(folder: string): Promise<void> {
  for (const id of ["a", "b", "c"]) {
    await photo(folder, id, "images", `${id}.png`);
    await photo(folder, id, "masks", "1.png");
  }
}

Deno.test("a folder of photos: ids come from the paths below it", async () => {
  await inFolder(async (folder) => {
    const path = await photo(folder, "wings", "a.png");
    await Deno.writeTextFile(join(folder, "notes.txt"), "");
    const { photos, description } = await photosAt(folder);
    expect(photos).toEqual([{ id: "wings__a", path }]);
    expect(description).toBe(`1 photo (folder ${folder}); skipped 1 other file (notes.txt)`);
  });
});

Deno.test("a data set: its cases, not its masks; as a folder of photos: every picture", async () => {
  await inFolder(async (folder) => {
    await dataSet(folder);
    const { photos, description } = await photosAt(folder);
    expect(photos.map(({ id }) => id)).toEqual(["a", "b", "c"]);
    expect(photos[1]?.path).toBe(join(folder, "b", "images", "b.png"));
    expect(description).toBe(`3 photos (data set ${folder}, layout instances)`);
    expect((await photosAt(folder, { layout: "photos" })).photos.length).toBe(6);
  });
});

Deno.test("a list: paths relative to it, each once; ids never lead out of the folder", async () => {
  await inFolder(async (folder) => {
    const list = join(folder, "lists", "list.csv");
    await Deno.mkdir(join(folder, "lists"));
    await Deno.writeTextFile(list, `\ufeffpath\r\n../a.png\r\n"b, 1.png"\r\n\r\n../a.png\r\n`);
    const { photos } = await photosAt(list);
    expect(photos).toEqual([
      { id: "a", path: join(folder, "a.png") },
      { id: "lists__b, 1", path: join(folder, "lists", "b, 1.png") },
    ]);
  });
});

Deno.test("a list: ids come from the paths below its folder, else below the one of all photos", async () => {
  const idsOf = async (lines: string[]) =>
    await inFolder(async (folder) => {
      const list = join(folder, "list.txt");
      await Deno.writeTextFile(list, lines.join("\n"));
      return (await photosAt(list)).photos.map(({ id }) => id);
    });
  expect(await idsOf(["wings/a.png", "wings/b.png"])).toEqual(["wings__a", "wings__b"]);
  expect(await idsOf(["/far/away/a/1.png", "/far/away/b/1.png"])).toEqual(["a__1", "b__1"]);
  expect(await idsOf(["/far/away/1.png"])).toEqual(["1"]);
});

Deno.test("a single photo", async () => {
  await inFolder(async (folder) => {
    const path = await photo(folder, "a.png");
    expect((await photosAt(path)).photos).toEqual([{ id: "a", path }]);
  });
});

Deno.test("nothing to predict is an error that says what was there", async () => {
  await inFolder(async (folder) => {
    await expect(photosAt(join(folder, "absent"))).rejects.toThrow(
      "expected a folder, a list or a photo",
    );
    await Deno.writeTextFile(join(folder, "notes.md"), "");
    await expect(photosAt(folder)).rejects.toThrow(
      `Cannot find photos to predict in ${folder}: expected files such as .jpg, .png, .tif or .webp, ` +
        "or a list of such files, got 1 other file (notes.md).",
    );
    await Deno.writeTextFile(join(folder, "empty.txt"), "\n\n");
    await expect(photosAt(join(folder, "empty.txt"))).rejects.toThrow("got no line");
  });
});

Deno.test("a run's split names its photos; an empty part names the others", async () => {
  await inFolder(async (folder) => {
    await dataSet(join(folder, "data"));
    const config = resolveConfig("smoke", { data: join(folder, "data") });
    await Deno.writeTextFile(join(folder, "config.json"), JSON.stringify(config));
    await Deno.writeTextFile(
      join(folder, "split.csv"),
      "id,split\na,train\nb,train\nc,validation\n",
    );
    expect((await photosOfRun(folder, "validation")).photos.map(({ id }) => id)).toEqual(["c"]);
    await expect(photosOfRun(folder, "test")).rejects.toThrow(
      `Cannot predict the test split of ${folder}: expected at least one case in it, got none; the ` +
        "run has train (2), validation (1). Choose a split with --split, or give other photos with --input.",
    );
    await Deno.rename(join(folder, "data"), join(folder, "moved"));
    await expect(photosOfRun(folder, "validation")).rejects.toThrow(
      `expected it in ${
        join(folder, "data")
      }, where it was when the run began, got nothing at this path. Move it back, or write its new place into ${
        join(folder, "config.json")
      }, or say with --input which photos to predict`,
    );
    await Deno.rename(join(folder, "moved"), join(folder, "data"));
    await expect(photosOfRun(join(folder, "data"), "test")).rejects.toThrow(
      "Say with --input which photos to predict",
    );
  });
});
