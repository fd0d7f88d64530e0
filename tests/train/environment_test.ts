import { join } from "@std/path";
import { expect } from "expect";
import { currentCommit, describeEnvironment } from "papilio/train/environment.ts";
import { withFolder } from "./_stand_in.ts";

Deno.test("describeEnvironment: versions, machine, engine and seed", async () => {
  const environment = await describeEnvironment("an engine", 7);
  expect(environment).toMatchObject({ engine: "an engine", seed: 7, deno: Deno.version.deno });
  expect(environment.packages["@tensorflow/tfjs"]).toMatch(/^\d+\.\d+\.\d+$/);
  expect(environment.packages["crc-32"]).toBe("1.2.2");
  expect(Object.keys(environment.packages).every((name) => /^[@a-z]/.test(name))).toBe(true);
});

Deno.test("currentCommit: a loose branch, a packed one, a detached head, no repository", async () => {
  await withFolder(async (folder) => {
    expect(await currentCommit(folder)).toBe(null);
    await Deno.writeTextFile(join(folder, "HEAD"), "ref: refs/heads/main\n");
    await Deno.writeTextFile(join(folder, "packed-refs"), "# pack-refs\naaaa refs/heads/main\n");
    expect(await currentCommit(folder)).toBe("aaaa");
    await Deno.mkdir(join(folder, "refs", "heads"), { recursive: true });
    await Deno.writeTextFile(join(folder, "refs", "heads", "main"), "bbbb\n");
    expect(await currentCommit(folder)).toBe("bbbb");
    await Deno.writeTextFile(join(folder, "HEAD"), "cccc\n");
    expect(await currentCommit(folder)).toBe("cccc");
  });
});
