import { DELIMITER, join } from "@std/path";
import { expect } from "expect";
import { ensureKernelspec, kernelspecFile } from "papilio/jupyter/kernelspec.ts";
import { describeKernelspec, findJupyter, runJupyter } from "papilio/jupyter/lab.ts";
import { inFolder, writeBytes } from "../data/_files.ts";

/** The folders of a user who has nothing yet. */
const userIn = (folder: string) => ({ HOME: folder, XDG_DATA_HOME: folder, APPDATA: folder });

const programIn = async (file: string) => JSON.parse(await Deno.readTextFile(file)).argv[0];

Deno.test("the kernel is installed where it is missing, left where it works, repaired where its program is gone", () =>
  inFolder(async (folder) => {
    const installed = await ensureKernelspec(userIn(folder));
    expect(installed).toMatchObject({
      file: expect.stringContaining(folder),
      change: "installed",
    });
    // Through npx, Deno may have been started by a link.
    expect(await Deno.realPath(installed.program)).toBe(await Deno.realPath(Deno.execPath()));
    expect(await programIn(installed.file)).toBe(installed.program);
    expect((await ensureKernelspec(userIn(folder))).change).toBe("none");

    const spec = JSON.parse(await Deno.readTextFile(installed.file));
    spec.argv[0] = join(folder, "gone");
    await Deno.writeTextFile(installed.file, JSON.stringify(spec));
    expect(await ensureKernelspec(userIn(folder))).toEqual({ ...installed, change: "repaired" });
    expect(await programIn(installed.file)).toBe(installed.program);

    await Deno.writeTextFile(installed.file, "{");
    expect((await ensureKernelspec(userIn(folder))).change).toBe("repaired");
  }));

Deno.test("a folder that cannot be written is an error with Deno's words", () =>
  inFolder(async (folder) => {
    const { HOME } = userIn(join(folder, "file"));
    await writeBytes(HOME, "a file where a folder should be");
    await expect(ensureKernelspec(userIn(HOME))).rejects.toThrow(
      `Cannot install Deno's kernel for Jupyter: expected Deno to write ${HOME}`,
    );
  }));

Deno.test("the place of the kernel's entry on each system", () => {
  const env = (variables: Record<string, string>) => (name: string) => variables[name];
  const end = join("kernels", "deno", "kernel.json");
  expect(kernelspecFile("linux", env({ HOME: "h" }))).toBe(
    join("h", ".local", "share", "jupyter", end),
  );
  expect(kernelspecFile("linux", env({ HOME: "h", XDG_DATA_HOME: "d" }))).toBe(
    join("d", "jupyter", end),
  );
  expect(kernelspecFile("darwin", env({ HOME: "h" }))).toBe(join("h", "Library", "Jupyter", end));
  expect(kernelspecFile("windows", env({ APPDATA: "a" }))).toBe(join("a", "jupyter", end));
});

Deno.test("JupyterLab is taken before the classic notebook, wherever they lie on the PATH", () =>
  inFolder(async (folder) => {
    const [classic, lab] = [
      join(folder, "a", "jupyter-notebook"),
      join(folder, "b", "jupyter-lab"),
    ];
    const path = ["", join(folder, "a"), join(folder, "b")].join(DELIMITER);
    expect(await findJupyter(path, "")).toBeUndefined();
    await writeBytes(classic, "");
    expect(await findJupyter(path, "")).toBe(classic);
    await writeBytes(lab, "");
    expect(await findJupyter(path, "")).toBe(lab);
    expect(await findJupyter(path, ".exe")).toBeUndefined();
  }));

Deno.test("a program runs in the folder with its options, and its exit code counts", () =>
  inFolder(async (folder) => {
    const code = 'Deno.writeTextFileSync("here", Deno.args.join()); Deno.exit(7);';
    await Deno.writeTextFile(join(folder, "a.ts"), code);
    const args = ["run", "-A", "a.ts", "--no-browser", "x"];
    expect(await runJupyter(Deno.execPath(), folder, args)).toBe(7);
    expect(await Deno.readTextFile(join(folder, "here"))).toBe("--no-browser,x");
  }));

Deno.test("what is said of the kernel: what was done, and that npx's cache may be emptied", () => {
  const say = (program: string, change: "none" | "installed" | "repaired") =>
    describeKernelspec({ file: "k.json", program, change });
  expect(say("/usr/bin/deno", "none")).toBe(
    "Deno's kernel is installed (k.json) and starts /usr/bin/deno.",
  );
  expect(say("/usr/bin/deno", "installed")).toContain("is now installed");
  expect(say("/usr/bin/deno", "repaired")).toContain("pointed to a program that is gone");
  expect(say("/root/.npm/_npx/1/deno", "none")).toMatch(
    /starts \/root.*deno\. It lies in the cache of npx/,
  );
  expect(say("C:\\npm\\_npx\\1\\deno.exe", "none")).toContain("It lies in the cache of npx");
});
