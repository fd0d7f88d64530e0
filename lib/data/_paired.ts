import { join } from "@std/path";
import { present } from "papilio/core/assert.ts";
import type { Case, MaskEncoding } from "papilio/data/case.ts";
import { type Fault, fault } from "papilio/data/data_set.ts";
import { listFolder, type Listing, stemOf } from "papilio/data/_folder.ts";
import { type Reading, strayFaults } from "papilio/data/_reading.ts";

/** A folder of images beside a folder of masks. */
export interface PairedFolders {
  images: string;
  masks: string;
  encoding: MaskEncoding;
  /** The id of the case that a mask belongs to, from the mask's name without extension. */
  idOfMask?: (stem: string) => string;
}

/** Whether both folders are there. */
export async function hasFolders(folder: string, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const isFolder = await Deno.stat(join(folder, path)).then(
      (stat) => stat.isDirectory,
      () => false,
    );
    if (!isFolder) return false;
  }
  return true;
}

/** Reads images and their masks by name. */
export async function readPaired(folder: string, folders: PairedFolders): Promise<Reading> {
  const { encoding, idOfMask = (stem: string) => stem } = folders;
  const images = await listFolder(join(folder, folders.images));
  const masks = await listFolder(join(folder, folders.masks));
  const imagesById = Map.groupBy(images.images, stemOf);
  const masksById = Map.groupBy(masks.images, (name) => idOfMask(stemOf(name)));
  const cases = [...imagesById].filter(([, names]) => names.length === 1).map(([id, names]) => ({
    id,
    imagePath: join(images.path, present(names[0])),
    maskPaths: (masksById.get(id) ?? []).map((name) => join(masks.path, name)),
    maskEncoding: encoding,
  }));
  const faults = [
    ...severalImages(imagesById, images),
    ...missingMasks(cases, masks),
    ...missingImages(masksById, imagesById, masks),
    ...strayFaults(images),
    ...strayFaults(masks),
  ];
  return { cases, faults };
}

type NamesById = ReadonlyMap<string, readonly string[]>;

function severalImages(imagesById: NamesById, { path }: Listing): Fault[] {
  return [...imagesById].filter(([, names]) => names.length > 1).map(([id, names]) =>
    fault("several images", { id, message: `${names.join(" and ")} have the same name`, path })
  );
}

function missingMasks(cases: readonly Case[], { path }: Listing): Fault[] {
  return cases.filter(({ maskPaths }) => maskPaths.length === 0).map(({ id }) =>
    fault("missing masks", { id, message: "there is no mask", path })
  );
}

function missingImages(masksById: NamesById, imagesById: NamesById, { path }: Listing): Fault[] {
  return [...masksById].filter(([id]) => !imagesById.has(id)).map(([id, names]) =>
    fault("missing image", {
      id,
      message: `${names.join(", ")} has no image`,
      path: join(path, present(names[0])),
    })
  );
}
