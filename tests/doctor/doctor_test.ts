import { fromFileUrl, join } from "@std/path";
import { expect } from "expect";
import { type Addon, addonChecks, loadApart } from "papilio/doctor/addons.ts";
import { allChecks } from "papilio/doctor/all.ts";
import { type Check, describeFinding, describeSum, examine } from "papilio/doctor/check.ts";
import { benchmark, engines } from "papilio/doctor/engines.ts";
import { EagerEngine } from "papilio/engine/eager/eager_engine.ts";
import { address, folder, kernel, weights } from "papilio/doctor/machine.ts";
import type { EngineCandidate } from "papilio/engine/candidate.ts";
import { inFolder } from "../data/_files.ts";

const repository = fromFileUrl(new URL("../..", import.meta.url));
const one = async (check: Check) => (await examine([check]))[0];

Deno.test("doctor: a check that throws is a finding, and the others are made", async () => {
  const heard: string[] = [];
  const findings = await examine([
    {
      name: "a",
      look: () => Promise.reject(new Error("lost\nmore")),
      failure: "problem",
      remedy: "Look.",
    },
    { name: "b", look: () => Promise.resolve({ state: "ok", text: "well" }) },
  ], ({ name }) => void heard.push(name));
  expect(findings).toEqual([
    { name: "a", state: "problem", text: "lost", remedy: "Look." },
    { name: "b", state: "ok", text: "well" },
  ]);
  expect(heard).toEqual(["a", "b"]);
  expect(findings.map(describeFinding)).toEqual([
    "PROBLEM a: lost\n        → Look.",
    "ok      b: well",
  ]);
  expect(describeSum(findings)).toBe("1 problem to mend before training and export; 0 notes.");
  expect(describeSum(findings.slice(1))).toBe("Training and export work here; 0 notes.");
});

Deno.test("doctor: a permission that is lacking is a note that says how to start it", async () => {
  const look = () => Promise.reject(new Deno.errors.NotCapable("Requires net access"));
  expect(await one({ name: "net", look })).toMatchObject({
    state: "note",
    remedy: expect.stringContaining("deno task doctor"),
  });
});

Deno.test("doctor: a library that is broken is a problem where it is essential, a note where not", async () => {
  const load = () => Promise.resolve();
  const libraries = [
    { name: "sharp", load, use: "pictures", isEssential: true },
    { name: "resvg", load, use: "pictures", isEssential: false },
    { name: "h5wasm", load, use: "weights", isEssential: true },
  ];
  const attempt = ({ name }: Addon) =>
    Promise.resolve(name === "h5wasm" ? undefined : "ELF header");
  const findings = await examine(addonChecks(libraries, attempt));
  expect(findings.map(({ name, state }) => `${name} ${state}`)).toEqual([
    "library sharp problem",
    "library resvg note",
    "library h5wasm ok",
  ]);
  expect(findings[0]?.text).toBe("does not load, and pictures need it: ELF header");
  expect(findings[0]?.remedy).toContain("deno install");
});

Deno.test("doctor: a library that cannot be loaded is no end of the doctor", async () => {
  const unknown = { load: () => Promise.resolve(), use: "", isEssential: true };
  expect(await loadApart({ ...unknown, name: "ends with an error" })).toContain("error");
});

Deno.test("doctor: the libraries load here", async () => {
  expect((await examine(addonChecks())).filter(({ state }) => state !== "ok")).toEqual([]);
});

Deno.test("doctor: engines, each with what it lacks; none but tfjs' own is a problem", async () => {
  const create = () => Promise.reject(new Error("it hangs"));
  const cpu: EngineCandidate = {
    name: "cpu",
    device: "cpu",
    description: "slow",
    isGpu: false,
    create: () => EagerEngine.create("cpu"),
  };
  const absence = { reason: "no library", remedy: "Install it." };
  const findings = await examine([
    engines(() =>
      Promise.resolve([{ ...cpu, name: "onnx", absence }, { ...cpu, name: "webgpu", create }, cpu])
    ),
  ]);
  expect(findings.map(({ state }) => state)).toEqual(["note", "note", "ok", "problem"]);
  expect(findings[1]?.text).toBe("--engine webgpu --device cpu: slow does not compute: it hangs");
  expect(findings[0]).toMatchObject({
    text: "--engine onnx --device cpu: no library",
    remedy: "Install it.",
  });
  expect(await one(benchmark({}, create))).toMatchObject({ state: "problem", text: "it hangs" });
});

Deno.test("doctor: the kernel is missing, broken, pointing nowhere, or well", async () => {
  await inFolder(async (home) => {
    const env = (name: string) =>
      name === "HOME" ? home : name === "XDG_DATA_HOME" ? home : undefined;
    const state = async () => (await one(kernel(env)))?.state;
    if (Deno.build.os !== "linux") return;
    expect((await one(kernel(env)))?.text).toContain("not installed");
    const path = join(home, "jupyter", "kernels", "deno");
    await Deno.mkdir(path, { recursive: true });
    const write = (text: string) => Deno.writeTextFile(join(path, "kernel.json"), text);
    await write("{");
    expect(await one(kernel(env))).toMatchObject({
      state: "note",
      remedy: expect.stringContaining("deno task lab"),
    });
    await write('{"argv": ["/nowhere/deno"]}');
    expect((await one(kernel(env)))?.text).toContain("/nowhere/deno, which is gone");
    await write(JSON.stringify({ argv: [Deno.execPath()] }));
    expect(await state()).toBe("ok");
  });
});

Deno.test("doctor: weights, folders and addresses, there and not there", async () => {
  await inFolder(async (root) => {
    expect((await one(weights(join(root, "none"))))?.state).toBe("note");
    await Deno.writeTextFile(join(root, "net.h5"), "");
    expect((await one(weights(root)))?.text).toBe(`net.h5 in ${root}`);
    expect((await one(folder("outputs", join(root, "new"), true)))?.state).not.toBe("problem");
    expect([...Deno.readDirSync(root)].map(({ name }) => name)).toEqual(["net.h5"]);
    const blocked = await one(folder("outputs", join(root, "net.h5", "inside"), true));
    expect([blocked?.state, blocked?.remedy]).toEqual([
      "problem",
      expect.stringContaining("with --out"),
    ]);
  });
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    () => new Response(),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  expect((await one(address("registry", url, "it")))?.state).toBe("ok");
  await server.shutdown();
  expect(await one(address("registry", url, "it"))).toMatchObject({
    state: "note",
    text: `${url}: no connection`,
  });
});

Deno.test("doctor: the command, without a network and a kernel, says so and succeeds", async () => {
  await inFolder(async (home) => {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--no-check", "-P=doctor", "lib/cli/doctor.ts", "--json", "--no-benchmark"],
        ...["--registry", "http://127.0.0.1:1/"],
      ],
      cwd: repository,
      env: {
        XDG_DATA_HOME: home,
        PAPILIO_CACHE: home,
        CI: "true",
        HTTPS_PROXY: "http://127.0.0.1:1",
      },
      stdin: "null",
      stderr: "null",
    }).output();
    const findings = JSON.parse(new TextDecoder().decode(stdout));
    const states = new Map(
      findings.map(({ name, state }: { name: string; state: string }) => [name, state]),
    );
    expect(code).toBe(0);
    expect(["versions", "npm registry", "ImageNet weights"].map((name) => states.get(name)))
      .toEqual(["ok", "note", "note"]);
    expect(states.size).toBeGreaterThan(12);
  });
});

Deno.test("doctor: without the benchmark, nothing else is left out", () => {
  const names = (benchmark: boolean) => allChecks({ benchmark }).map(({ name }) => name);
  expect([...names(false), "benchmark"]).toEqual(names(true));
});
