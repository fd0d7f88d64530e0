import { fromFileUrl } from "@std/path";
import { expect } from "expect";

Deno.test("stopOnInterrupt: the first interrupt ends the work, not the process; the next one does", async () => {
  // In a process of its own: `deno test` listens to interrupts itself.
  const script = fromFileUrl(new URL("_interrupted.ts", import.meta.url));
  const { stdout, signal } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", script],
    env: { NO_COLOR: "1" },
    stderr: "inherit",
  }).output();
  expect(new TextDecoder().decode(stdout).trim().split("\n")).toEqual([
    "done",
    "Interrupted. What is finished is saved: run this cell again to go on.",
  ]);
  expect(signal).toBe("SIGINT");
});
