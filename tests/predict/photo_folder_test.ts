import { join } from "@std/path";
import { expect } from "expect";
import { listPhotos } from "papilio/predict/photo_folder.ts";
import { inFolder } from "./_fixtures.ts";

async function touch(folder: string, ...names: string[]): Promise<void> {
  for (const name of names) {
    const path = join(folder, name);
    await Deno.mkdir(join(path, ".."), { recursive: true });
    await Deno.writeTextFile(path, "");
  }
}

Deno.test("photos are found in every subfolder, sorted; the rest is named", async () => {
  await inFolder(async (folder) => {
    await touch(folder, "b.JPG", "a.png", "sub/deep/c.tiff", "notes.txt", "sub/x.xmp");
    expect(await listPhotos(folder)).toEqual({
      photos: ["a.png", "b.JPG", "sub/deep/c.tiff"],
      skipped: ["notes.txt", "sub/x.xmp"],
    });
  });
});

Deno.test("hidden files, macOS' and hidden folders are passed over", async () => {
  await inFolder(async (folder) => {
    await touch(folder, "a.jpg", "._a.jpg", ".DS_Store", ".thumbnails/a.jpg");
    expect(await listPhotos(folder)).toEqual({ photos: ["a.jpg"], skipped: [] });
  });
});

Deno.test("a loop of links ends, and the output folder is passed over", async () => {
  await inFolder(async (folder) => {
    await touch(folder, "a.jpg", "sub/b.jpg", "masks/a/a_pred.png");
    await Deno.symlink("..", join(folder, "sub", "loop"));
    const { photos } = await listPhotos(folder, join(folder, "masks"));
    expect(photos).toEqual(["a.jpg", "sub/b.jpg"]);
  });
});

Deno.test("broken links with a photo's name are listed: reading them says what is wrong", async () => {
  await inFolder(async (folder) => {
    await Deno.symlink("nowhere", join(folder, "dangling.jpg"));
    await Deno.symlink("self.jpg", join(folder, "self.jpg"));
    expect((await listPhotos(folder)).photos).toEqual(["dangling.jpg", "self.jpg"]);
  });
});

Deno.test("a subfolder that cannot be read is listed: reading it says what is wrong", async () => {
  if (Deno.build.os === "windows" || Deno.uid() === 0) {
    return console.log("skipped: unreadable folders (this user reads everything)");
  }
  await inFolder(async (folder) => {
    const closed = join(folder, "closed");
    await Deno.mkdir(closed, { mode: 0o000 });
    await Deno.writeTextFile(join(folder, "a.jpg"), "");
    const { photos } = await listPhotos(folder);
    await Deno.chmod(closed, 0o700); // So that it can be removed.
    expect(photos).toEqual(["a.jpg", "closed"]);
  });
});

Deno.test("a folder that is not there is an error", async () => {
  await expect(listPhotos("no-such-folder")).rejects.toThrow(
    /^Cannot list the photos in no-such-folder: expected a folder that can be read, got .+\. Check the path and its permissions\.$/,
  );
});
