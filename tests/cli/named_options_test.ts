import { fromFileUrl, join, relative } from "@std/path";
import { expect } from "expect";
import { mapAhead } from "papilio/core/parallel.ts";
import denoJson from "../../deno.json" with { type: "json" };

const root = fromFileUrl(new URL("../..", import.meta.url));
const commandNames = Object.entries(denoJson.tasks)
  .flatMap(([name, { command }]) => command.includes("lib/cli/") ? [name] : []);
const networks = ["train", "rate", "compare"];
const predictions = ["export", "evaluate", "explain", "report"];

/** The commands that show the messages of a folder; those of other folders are shown by any. */
const commandsOf: Record<string, readonly string[]> = {
  "lib/comparison": ["compare"],
  "lib/data": [...networks, "data", "data:get", "data:sample"],
  "lib/evaluation": ["evaluate", "report", "train", "data"], // What runs were trained with, too.
  "lib/jupyter": ["notebooks", "lab"],
  "lib/model": networks,
  "lib/predict": predictions,
  "lib/train": networks,
};

/** Options of other programs: Deno, nvidia-smi, Jupyter's kernel. */
const foreign = new Set([
  ...["--allow-scripts", "--no-check", "--config", "--json", "--ext", "--format"],
  ...["--install", "--force", "--kernel", "--conn", "--query-gpu", "--no-browser"],
]);

/** An option that a text names, and the command that it is given to, if the text says that. */
interface Named {
  place: string;
  command: string | undefined;
  option: string;
}

/** The options that a command's help lists. */
async function optionsOf(name: string): Promise<[string, Set<string>]> {
  const { command } = denoJson.tasks[name as "train"];
  const script = command.split(" ").at(-1) ?? "";
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, "--help"],
    cwd: root,
  }).output();
  if (code !== 0) throw new Error(`deno task ${name} --help ends with ${code}`);
  const lines = new TextDecoder().decode(stdout).split("\n");
  const options = lines.flatMap((line) => /^ {2}(?:-\w, )?(--[\w.-]+)/.exec(line)?.[1] ?? []);
  return [name, new Set(options)];
}

/** The options in the strings of a line of code, or in a line of prose. */
function namedIn(line: string, place: string): Named[] {
  return [...line.matchAll(/(?<![\w-])--(?![\w.-]*\$)[a-z][a-z0-9]*(?:[.-][a-z0-9]+)*/g)].map(
    (match) => {
      const before = line.slice(0, match.index);
      const command = /deno task ([a-z:]+)[^`;"]*$/.exec(before)?.[1];
      return { place, command, option: match[0] };
    },
  );
}

/** Whether what follows stands in a string that began in this line. */
function isInString(before: string): boolean {
  let quote = "";
  for (let i = 0; i < before.length; i++) {
    const character = before.charAt(i);
    if (character === "\\") i++;
    else if (quote === "" && `"'\``.includes(character)) quote = character;
    else if (character === quote) quote = "";
  }
  return quote !== "";
}

async function* codeLines(folder: string): AsyncGenerator<{ line: string; place: string }> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* codeLines(path);
    if (isDirectory || !name.endsWith(".ts")) continue;
    for (const [i, line] of (await Deno.readTextFile(path)).split("\n").entries()) {
      if (/^\s*(\*|\/\*|\/\/)/.test(line)) continue;
      yield { line, place: `${relative(root, path).replaceAll("\\", "/")}:${i + 1}` };
    }
  }
}

async function namedInCode(): Promise<Named[]> {
  const named: Named[] = [];
  for await (const { line, place } of codeLines(join(root, "lib"))) {
    if (/style|var\(--/.test(place + line)) continue; // CSS has names of this form.
    const inStrings = namedIn(line, place).filter(({ option }) =>
      isInString(line.slice(0, line.indexOf(option)))
    );
    named.push(...inStrings);
  }
  return named.filter(({ option }) => !foreign.has(option));
}

async function namedInReadme(): Promise<Named[]> {
  const lines = (await Deno.readTextFile(join(root, "README.md"))).split("\n");
  return lines.flatMap((line, i) => namedIn(line.replace(/ #.*/, ""), `README.md:${i + 1}`))
    .filter(({ command }) => command !== undefined);
}

Deno.test("each option that a message or the README names is one of a command that shows it", async () => {
  const known = new Map(await Array.fromAsync(mapAhead(commandNames, optionsOf, 3)));
  expect(known.get("train")).toContain("--phase2.batch-size");
  const isKnown = ({ place, command, option }: Named) => {
    const folder = place.split("/").slice(0, 2).join("/");
    const commands = command === undefined ? commandsOf[folder] ?? commandNames : [command];
    return commands.some((name) => known.get(name)?.has(option));
  };
  const named = [...await namedInCode(), ...await namedInReadme()];
  expect(named.length).toBeGreaterThan(100);
  expect(named.filter((one) => !isKnown(one))).toEqual([]);
});

Deno.test("each task that a message or the README names is there", async () => {
  const lines = await Array.fromAsync(codeLines(join(root, "lib")));
  const readme = await Deno.readTextFile(join(root, "README.md"));
  const text = lines.map(({ line }) => line).join("\n") + readme;
  const named = new Set(
    [...text.matchAll(/deno task ([a-z]+(?::[a-z]+)?)/g)].map(([, name]) => name),
  );
  expect(named.size).toBeGreaterThan(10);
  expect([...named].filter((name) => !Object.hasOwn(denoJson.tasks, name ?? ""))).toEqual([]);
});
