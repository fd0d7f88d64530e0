import { join } from "@std/path";
import { present } from "papilio/core/assert.ts";
import { mapAhead } from "papilio/core/parallel.ts";
import type { Case } from "papilio/data/case.ts";
import { type Fault, fault } from "papilio/data/data_set.ts";
import { listFolder } from "papilio/data/_folder.ts";
import { type Reading, strayFaults } from "papilio/data/_reading.ts";

const FOLDERS_AHEAD = 8;

/** What may lie beside the images without being used: part masks, and where a data set came from. */
const KNOWN_FOLDERS = new Set(["images", "masks", "parts"]);
const KNOWN_FILES = new Set(["sample.json", "source.json"]);

/** Where the masks of a case lie beside its `images`. */
export type MaskFolder = "masks" | "parts";

/** Whether there are folders `<id>/images`, and none with parts alone. */
export async function hasInstances(folder: string): Promise<boolean> {
  const names = await namesInCases(folder);
  return names.has("images") && (names.has("masks") || !names.has("parts"));
}

/** Whether there are folders `<id>/images` and `<id>/parts`. */
export async function hasParts(folder: string): Promise<boolean> {
  const names = await namesInCases(folder);
  return names.has("images") && names.has("parts");
}

/** Reads `<id>/images/*` and `<id>/masks/*`, or parts: one image, one or more masks. */
export async function readInstances(folder: string, maskFolder: MaskFolder): Promise<Reading> {
  const top = await listFolder(folder);
  const cases: Case[] = [];
  const others = top.others.filter((name) => !KNOWN_FILES.has(name));
  const faults = strayFaults({ ...top, others, folders: [] }, { strayImages: true });
  const read = (id: string) => readInstance(folder, id, maskFolder);
  for await (const reading of mapAhead(top.folders, read, FOLDERS_AHEAD)) {
    cases.push(...reading.cases);
    faults.push(...reading.faults);
  }
  return { cases, faults };
}

async function readInstance(
  folder: string,
  id: string,
  maskFolder: MaskFolder,
): Promise<Reading> {
  const path = join(folder, id);
  const own = await listFolder(path);
  const isCase = own.folders.includes("images") || own.folders.includes(maskFolder);
  if (!isCase) {
    const message = `the folder ${id} has neither images nor ${maskFolder}`;
    return { cases: [], faults: [fault("stray file", { id: "", message, path })] };
  }
  const images = await listFolder(join(path, "images"));
  const masks = await listFolder(join(path, maskFolder));
  const beside = own.folders.filter((name) => !KNOWN_FOLDERS.has(name));
  const faults = [
    ...imageFaults(id, images.path, images.images),
    ...(masks.images.length === 0 ? [missingMasks(id, masks.path)] : []),
    ...strayFaults({ ...own, folders: beside }, { strayImages: true }),
    ...strayFaults(images),
    ...strayFaults(masks),
  ];
  if (images.images.length !== 1) return { cases: [], faults };
  const item: Case = {
    id,
    imagePath: join(images.path, present(images.images[0])),
    maskPaths: masks.images.map((name) => join(masks.path, name)),
    maskEncoding: { kind: "threshold" },
  };
  return { cases: [item], faults };
}

/** The folders that the folders of a data set have. */
async function namesInCases(folder: string): Promise<Set<string>> {
  const names = new Set<string>();
  const list = (id: string) => listFolder(join(folder, id));
  for await (
    const { folders } of mapAhead((await listFolder(folder)).folders, list, FOLDERS_AHEAD)
  ) {
    for (const name of folders) names.add(name);
  }
  return names;
}

function imageFaults(id: string, path: string, names: readonly string[]): Fault[] {
  if (names.length === 1) return [];
  if (names.length === 0) {
    return [fault("missing image", { id, message: "there is no image", path })];
  }
  const message = `there are ${names.length} images: ${names.join(", ")}`;
  return [fault("several images", { id, message, path })];
}

function missingMasks(id: string, path: string): Fault {
  return fault("missing masks", { id, message: "there is no mask", path });
}
