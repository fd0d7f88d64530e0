import { join } from "@std/path";
import { PapilioError } from "papilio/core/errors.ts";
import { exists } from "papilio/core/files.ts";
import type { Config } from "papilio/core/config.ts";
import { counted } from "papilio/core/text.ts";
import type { DataSet } from "papilio/data/data_set.ts";
import { listFolder } from "papilio/data/_folder.ts";
import { hasInstances, hasParts, readInstances } from "papilio/data/_instances.ts";
import { hasFolders, type PairedFolders, readPaired } from "papilio/data/_paired.ts";
import { absentFaults, readPetLists } from "papilio/data/_pet_lists.ts";
import type { Reading } from "papilio/data/_reading.ts";

/** How the files of a data set are arranged. */
interface Layout {
  /** For people: what a folder of this layout holds. */
  looksLike: string;
  fits(folder: string): Promise<boolean>;
  read(folder: string): Promise<Reading>;
}

export type LayoutName = Exclude<Config["layout"], "auto">;

const pets: PairedFolders = {
  images: "images",
  masks: join("annotations", "trimaps"),
  encoding: { kind: "labels", foreground: [1, 3] }, // 1 pet, 2 background, 3 its border.
};

/** Every layout, in the order in which `auto` tries them: a new data set is one more entry. */
const layouts: Record<LayoutName, Layout> = {
  pets: {
    ...pairedLayout("images/<id>.jpg and annotations/trimaps/<id>.png", pets),
    read: readPets,
  },
  leeds: pairedLayout("images/<id>.png and segmentations/<id>_seg0.png", {
    images: "images",
    masks: "segmentations",
    encoding: { kind: "labels", foreground: [1, 3] },
    idOfMask: (stem) => stem.replace(/_seg\d+$/, ""),
  }),
  paired: pairedLayout("images/<id>.* and masks/<id>.*", {
    images: "images",
    masks: "masks",
    encoding: { kind: "threshold" },
  }),
  instances: {
    looksLike: "<id>/images/* and <id>/masks/*",
    fits: hasInstances,
    read: (folder) => readInstances(folder, "masks"),
  },
  parts: {
    looksLike: "<id>/images/* and <id>/parts/*",
    fits: hasParts,
    read: (folder) => readInstances(folder, "parts"),
  },
};

/**
 * Reads a folder of images and masks into cases, and notes what is wrong as far as names tell.
 *
 * `auto` takes the first layout that fits. Hidden files are passed over, macOS' `._*` among them.
 *
 * @throws {PapilioError} if no layout fits; it says what was looked for and what was found.
 */
export async function readDataSet(
  folder: string,
  layout: Config["layout"] = "auto",
): Promise<DataSet> {
  const name = await chooseLayout(folder, layout);
  const { cases, faults, listedSplit } = await layouts[name].read(folder);
  if (cases.length + faults.length === 0) throw await unrecognised(folder, [name]);
  cases.sort((a, b) => a.id < b.id ? -1 : 1);
  return { folder, layout: name, cases, faults, ...(listedSplit ? { listedSplit } : {}) };
}

async function chooseLayout(folder: string, layout: Config["layout"]): Promise<LayoutName> {
  const names = layout === "auto" ? Object.keys(layouts) as LayoutName[] : [layout];
  for (const name of names) if (await layouts[name].fits(folder)) return name;
  if (!await exists(folder)) throw nothingThere(folder);
  throw await unrecognised(folder, names);
}

function pairedLayout(looksLike: string, folders: PairedFolders): Layout {
  return {
    looksLike,
    fits: (folder) => hasFolders(folder, [folders.images, folders.masks]),
    read: (folder) => readPaired(folder, folders),
  };
}

async function readPets(folder: string): Promise<Reading> {
  const { cases, faults } = await readPaired(folder, pets);
  const listedSplit = await readPetLists(folder);
  if (!listedSplit) return { cases, faults };
  const absent = absentFaults(listedSplit, new Set(cases.map(({ id }) => id)), folder);
  return { cases, faults: [...faults, ...absent], listedSplit };
}

function nothingThere(folder: string): PapilioError {
  return new PapilioError({
    cannot: `read the data set ${folder}`,
    expected: "a folder",
    got: "nothing at this path",
    remedy: "Check the path.",
  });
}

async function unrecognised(folder: string, names: readonly LayoutName[]): Promise<PapilioError> {
  return new PapilioError({
    cannot: `read the data set ${folder}`,
    expected: names.map((name) => `${layouts[name].looksLike} (${name})`).join(", or "),
    got: await describeFolder(folder),
    remedy: "Give the folder that holds these, or name its layout with --layout.",
  });
}

async function describeFolder(folder: string): Promise<string> {
  const { folders, images, others } = await listFolder(folder);
  if (folders.length + images.length + others.length === 0) {
    return "an empty folder, or a file";
  }
  const some = [...folders.map((name) => `${name}/`), ...images, ...others];
  const shown = some.slice(0, 5).join(", ") + (some.length > 5 ? ", …" : "");
  const files = images.length + others.length;
  return `${counted(folders.length, "folder")} and ${counted(files, "file")}: ${shown}`;
}
