import { join } from "@std/path";
import { expect } from "expect";
import { withRemedy } from "papilio/jupyter/_kernel_errors.ts";
import { BrokenMessage } from "papilio/jupyter/message.ts";
import { Kernel } from "papilio/jupyter/kernel.ts";
import { makeConnection } from "papilio/jupyter/connection.ts";
import { inFolder } from "../data/_files.ts";

Deno.test("the connection file is its owner's alone and is removed; each key is new", async () => {
  const connections = [await makeConnection(), await makeConnection()];
  for (const { file, key, shellPort, iopubPort, remove } of connections) {
    const settings = JSON.parse(await Deno.readTextFile(file));
    expect([settings.key, settings.shell_port, settings.iopub_port]).toEqual([
      key,
      shellPort,
      iopubPort,
    ]);
    if (Deno.build.os !== "windows") expect((await Deno.stat(file)).mode! & 0o777).toBe(0o600);
    await remove();
    await expect(Deno.stat(file)).rejects.toThrow(Deno.errors.NotFound);
  }
  expect(new Set(connections.map(({ key }) => key)).size).toBe(2);
});

Deno.test("a kernel that cannot start is an error with its last words", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(join(folder, "deno.json"), "{ broken");
    await expect(Kernel.start(folder)).rejects.toThrow(
      /got its end by exit code 1, after the words: .*deno\.json/s,
    );
  }));

Deno.test("a kernel that does not answer in time is an error", async () => {
  await expect(Kernel.start(".", { startSeconds: 0 })).rejects.toThrow(
    "Cannot start a kernel: expected an answer within 0 s, got none.",
  );
});

Deno.test("closing twice is closing once; a closed kernel runs nothing", async () => {
  const kernel = await Kernel.start(".");
  await Promise.all([kernel.close(), kernel.close()]);
  await expect(kernel.execute("1", () => {})).rejects.toThrow("expected a running process");
});

Deno.test("a message with a wrong signature means that an output was too large", () => {
  expect(String(withRemedy(new BrokenMessage(5_040_000)))).toContain(
    "got one of 5.0 MB with a wrong one. The output is too large: above 1 MB",
  );
  const another = new Error("another");
  expect(withRemedy(another)).toBe(another);
});
