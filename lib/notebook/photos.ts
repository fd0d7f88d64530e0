import { extname, join } from "@std/path";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import { counted } from "papilio/core/text.ts";
import type { Case } from "papilio/data/case.ts";

/** Photos that stand in for a folder of one's own. */
const COUNT = 8;

/**
 * A folder of photos to predict: the one given, else `PAPILIO_PHOTOS`, else `made`.
 *
 * `made` is filled with the images of the first cases, and with one that was cut off when it was copied.
 *
 * @throws {PapilioError} if there is no such folder.
 */
export async function openPhotos(
  made: string,
  cases: readonly Case[],
  given = "",
): Promise<string> {
  const folder = given || Deno.env.get("PAPILIO_PHOTOS") || "";
  if (folder === "") return await makePhotos(made, cases);
  if (!await exists(folder)) throw noPhotos(folder);
  console.log(`Photos: ${folder}`);
  return folder;
}

async function makePhotos(folder: string, cases: readonly Case[]): Promise<string> {
  await Deno.mkdir(folder, { recursive: true });
  const chosen = cases.slice(0, COUNT);
  for (const { id, imagePath } of chosen) {
    await Deno.copyFile(imagePath, join(folder, id + extname(imagePath)));
  }
  const { imagePath } = present(chosen[0]);
  const bytes = await Deno.readFile(imagePath);
  const broken = join(folder, `cut_off${extname(imagePath)}`);
  await Deno.writeFile(broken, bytes.subarray(0, bytes.length / 2));
  console.log(
    `Photos: ${folder}, copies of ${counted(chosen.length, "image")} and one that is cut off`,
  );
  return folder;
}

function noPhotos(folder: string): PapilioError {
  return new PapilioError({
    cannot: "open the photos of this notebook",
    expected: "a folder",
    got: `nothing at ${folder}`,
    remedy: "Correct the path, or leave it empty for copies of some images of the data set.",
  });
}
