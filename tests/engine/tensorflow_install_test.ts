/** The download of TensorFlow's library by its package's script, from a server on this machine. */
import { dirname, join } from "@std/path";
import { expect } from "expect";
import { create } from "tar";
import { installedTensorflow, installTensorflow } from "papilio/engine/eager/tensorflow_install.ts";
import { inFolder } from "../data/_files.ts";
import { realPackage } from "./_tensorflow_stand_in.ts";

const root = dirname(dirname(import.meta.dirname ?? ""));
const libraryArchive = "/tensorflow/libtensorflow/libtensorflow-gpu-linux-x86_64-2.9.1.tar.gz";
const addonArchive = "/tf-builds/pre-built-binary/napi-v8/4.22.0/GPU-linux-4.22.0.tar.gz";

/** A project of its own with the package, from Deno's cache. */
async function makeProject(folder: string): Promise<{ project: string; packageFolder: string }> {
  const project = join(folder, "project");
  const { imports } = JSON.parse(await Deno.readTextFile(join(root, "deno.json")));
  const names = ["@tensorflow/tfjs", "@tensorflow/tfjs-node-gpu"];
  const own = Object.fromEntries(names.map((name) => [name, imports[name]]));
  await Deno.mkdir(project);
  const configuration = { imports: own, nodeModulesDir: "auto" };
  await Deno.writeTextFile(join(project, "deno.json"), JSON.stringify(configuration));
  await Deno.copyFile(join(root, "deno.lock"), join(project, "deno.lock"));
  const args = ["install", "--cached-only"];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args, cwd: project })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
  const link = join(project, "node_modules", "@tensorflow", "tfjs-node-gpu");
  return { project, packageFolder: await Deno.realPath(link) };
}

/** Archives of the same layout as the published ones. */
async function makeArchives(folder: string): Promise<Record<string, Uint8Array<ArrayBuffer>>> {
  const [library, addon] = [join(folder, "library"), join(folder, "addon")];
  await Deno.mkdir(join(library, "lib"), { recursive: true });
  await Deno.writeTextFile(join(library, "lib", "libtensorflow.so.2.9.1"), "a library");
  await Deno.symlink("libtensorflow.so.2.9.1", join(library, "lib", "libtensorflow.so.2"));
  await Deno.mkdir(join(addon, "napi-v8"), { recursive: true });
  await Deno.writeTextFile(join(addon, "napi-v8", "tfjs_binding.node"), "an addon");
  const pack = async (cwd: string, top: string) => {
    const file = `${cwd}.tar.gz`;
    await create({ cwd, file, gzip: true }, [top]);
    return await Deno.readFile(file);
  };
  return {
    [libraryArchive]: await pack(library, "."),
    [addonArchive]: await pack(addon, "napi-v8"),
  };
}

/** Runs work with a server of these files, and the environment that names it as the mirror. */
async function withServer(
  files: Record<string, Uint8Array<ArrayBuffer>>,
  work: (env: Record<string, string>) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const file = files[new URL(request.url).pathname];
    return file ? new Response(file) : new Response("not found", { status: 404 });
  });
  const address = `http://127.0.0.1:${server.addr.port}`;
  try {
    await work({
      TFJS_NODE_CDN_STORAGE: `${address}/`,
      npm_config_tfjs_binding_binary_host_mirror: `${address}/tf-builds/pre-built-binary`,
      HTTPS_PROXY: "",
      https_proxy: "",
      HTTP_PROXY: "",
      http_proxy: "",
    });
  } finally {
    await server.shutdown();
  }
}

const isPossible = Deno.build.os === "linux" && Deno.build.arch === "x86_64";
const place = (packageFolder: string) => ({ packageFolder });

function installTest(name: string, work: (folder: string) => Promise<void>) {
  Deno.test(name, async () => {
    if (!isPossible) return console.log(`skipped: ${name} (no archives for this machine)`);
    await inFolder(work);
  });
}

installTest("both archives are downloaded, unpacked and found", async (folder) => {
  const { project, packageFolder } = await makeProject(folder);
  expect(await installedTensorflow(place(packageFolder))).toBeUndefined();
  const shared = join(realPackage, "package.json"); // One file with the project's, in Deno's cache.
  const { mtime } = await Deno.stat(shared);
  await withServer(await makeArchives(folder), async (env) => {
    const lines: string[] = [];
    const options = { ...place(packageFolder), env, say: (line: string) => lines.push(line) };
    const installed = await installTensorflow(project, options);
    expect(installed).toEqual({
      libraryPath: join(packageFolder, "deps", "lib", "libtensorflow.so.2.9.1"),
      librarySizeBytes: "a library".length,
      addonPath: join(packageFolder, "lib", "napi-v8", "tfjs_binding.node"),
    });
    expect(lines[0]).toContain("Downloading TensorFlow's library");
    await Deno.writeTextFile(installed.libraryPath, "damaged, and longer");
    expect((await installTensorflow(project, options)).librarySizeBytes).toBe("a library".length);
    expect(await installedTensorflow(place(packageFolder))).toEqual(installed);
    expect((await Deno.stat(shared)).mtime).toEqual(mtime);
  });
});

installTest("a download that fails says why, and can be tried again", async (folder) => {
  const { project, packageFolder } = await makeProject(folder);
  const archives = await makeArchives(folder);
  const addonPath = join(packageFolder, "lib", "napi-v8", "tfjs_binding.node");
  await Deno.mkdir(dirname(addonPath), { recursive: true });
  await Deno.writeTextFile(addonPath, "an older addon");
  await withServer({}, async (env) => {
    const installing = installTensorflow(project, { ...place(packageFolder), env });
    await expect(installing).rejects.toThrow(
      "Cannot install TensorFlow's library: expected the library and its addon after the download, " +
        "got an answer that is no archive: the address is wrong, or the download broke off. See " +
        "whether the network lets it through",
    );
  });
  await expect(Deno.stat(addonPath)).rejects.toThrow(Deno.errors.NotFound);
  await withServer(archives, async (env) => {
    await installTensorflow(project, { ...place(packageFolder), env });
  });
});

installTest("a half of the library's archive installs nothing", async (folder) => {
  const { project, packageFolder } = await makeProject(folder);
  const archives = await makeArchives(folder);
  const whole = archives[libraryArchive]!;
  const half = whole.slice(0, whole.length / 2);
  await withServer({ ...archives, [libraryArchive]: half }, async (env) => {
    await expect(installTensorflow(project, { ...place(packageFolder), env })).rejects.toThrow(
      "no archive",
    );
  });
  expect(await installedTensorflow(place(packageFolder))).toBeUndefined();
});

installTest("nobody answers at the address", async (folder) => {
  const { project, packageFolder } = await makeProject(folder);
  let closed: Record<string, string> = {};
  await withServer({}, (env) => Promise.resolve(void (closed = env)));
  await expect(installTensorflow(project, { ...place(packageFolder), env: closed })).rejects
    .toThrow(
      "ECONNREFUSED",
    );
});
