import { basename, dirname, join, toFileUrl } from "@std/path";
import { expect } from "expect";
import { inFolder } from "./data/_files.ts";

const ROOT = dirname(import.meta.dirname ?? "");
const LIB = join(ROOT, "lib");

/** A folder may import from those with a lower number, and from itself. */
const RANKS = new Map(Object.entries({
  core: 0,
  jupyter: 1,
  data: 1,
  model: 1,
  report: 1,
  metrics: 2,
  annotation: 2,
  engine: 2,
  predict: 3,
  train: 4,
  evaluation: 5,
  comparison: 6,
  notebook: 7,
  doctor: 7,
  cli: 8,
}));

/** These take plain data: nothing but `core`. */
const CORE_ALONE = new Set(["jupyter", "report"]);

/** One file of lib that imports another. */
interface Import {
  from: string;
  to: string;
}

/** What is wrong with an import; nothing if it is allowed. Paths are relative to lib. */
function problemOf({ from, to }: Import): string | null {
  const [fromFolder, toFolder] = [topFolder(from), topFolder(to)];
  if (isPrivate(to) && !`${from}/`.startsWith(`${dirname(to)}/`)) {
    return `${from} imports the private ${to}`;
  }
  if (fromFolder === toFolder) return null;
  const [fromRank, toRank] = [RANKS.get(fromFolder), RANKS.get(toFolder)];
  if (fromRank === undefined || toRank === undefined) return `${from} or ${to} has no rank`;
  if (toRank >= fromRank) return `${from} imports ${to}, which is not below it`;
  if (CORE_ALONE.has(fromFolder) && toFolder !== "core") {
    return `${from} imports more than core: ${to}`;
  }
  return null;
}

function topFolder(path: string): string {
  return path.split("/")[0] ?? "";
}

function isPrivate(path: string): boolean {
  return basename(path).startsWith("_");
}

/** What `deno info --json` says of a module, as far as it is of interest here. */
interface ModuleInfo {
  specifier: string;
  dependencies?: { code?: { specifier?: string }; type?: { specifier?: string } }[];
}

/** All imports within lib, types included. */
async function importsInLib(): Promise<Import[]> {
  const modules = await modulesOf(await sourceFiles(LIB));
  return modules.flatMap(({ specifier, dependencies = [] }) =>
    dependencies.flatMap(({ code, type }) => [code?.specifier, type?.specifier])
      .map((target) => ({ from: inLib(specifier), to: inLib(target) }))
      .filter((found): found is Import => found.from !== null && found.to !== null)
  );
}

/** The path below lib, with slashes; `null` for what lies elsewhere. */
function inLib(specifier: string | undefined): string | null {
  const prefix = `${toFileUrl(LIB)}/`;
  return specifier?.startsWith(prefix) ? decodeURI(specifier.slice(prefix.length)) : null;
}

async function sourceFiles(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) files.push(...await sourceFiles(path));
    else if (name.endsWith(".ts")) files.push(path);
  }
  return files;
}

/** Asks Deno once, about a file that imports all the others. */
async function modulesOf(files: readonly string[]): Promise<ModuleInfo[]> {
  let modules: ModuleInfo[] = [];
  await inFolder(async (folder) => {
    const all = join(folder, "all.ts");
    await Deno.writeTextFile(all, files.map((file) => `import "${toFileUrl(file)}";`).join("\n"));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["info", "--json", "--config", join(ROOT, "deno.json"), all],
      cwd: ROOT,
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    modules = JSON.parse(new TextDecoder().decode(stdout)).modules;
  });
  return modules;
}

Deno.test("imports in lib point to lower folders, and private files stay in their folder or below it", async () => {
  const imports = await importsInLib();
  expect(imports).toContainEqual({ from: "data/decode.ts", to: "data/case.ts" }); // `import type`.
  expect(imports).toContainEqual({ from: "cli/data.ts", to: "core/config.ts" });
  expect(imports.map(problemOf).filter((problem) => problem !== null)).toEqual([]);
});

Deno.test("the rule itself: what it allows and what it names", () => {
  const allowed = [
    { from: "data/a.ts", to: "core/b.ts" },
    { from: "data/a.ts", to: "data/_b.ts" },
    { from: "cli/a.ts", to: "report/b.ts" },
    { from: "train/a.ts", to: "engine/compiled/b.ts" },
    { from: "engine/compiled/kernels/a.ts", to: "engine/compiled/_b.ts" },
  ];
  const forbidden = [
    { from: "core/a.ts", to: "data/b.ts" },
    { from: "model/a.ts", to: "data/b.ts" },
    { from: "predict/a.ts", to: "train/b.ts" },
    { from: "report/a.ts", to: "metrics/b.ts" },
    { from: "train/a.ts", to: "notebook/b.ts" },
    { from: "notebook/a.ts", to: "cli/b.ts" },
    { from: "jupyter/a.ts", to: "data/b.ts" },
    { from: "cli/a.ts", to: "data/_b.ts" },
    { from: "engine/a.ts", to: "engine/compiled/_b.ts" },
    { from: "newcomer/a.ts", to: "core/b.ts" },
  ];
  expect(allowed.map(problemOf)).toEqual(allowed.map(() => null));
  for (const pair of forbidden) expect(problemOf(pair)).toContain(pair.from);
});
