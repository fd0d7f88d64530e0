import { join } from "@std/path";
import { OnnxEngine } from "papilio/engine/compiled/onnx_engine.ts";
import { compareNetworks } from "papilio/notebook/comparing.ts";
import { entriesOn } from "./_two_entries.ts";
import { inNotebook } from "./_stub_kernel.ts";

/** Interrupts a comparison as its first line is shown, and gives the same call again; the folder holds `data`. */
const [folder = ""] = Deno.args;
const entries = entriesOn(join(folder, "data"));
const engine = await OnnxEngine.create();
const options = { out: join(folder, "comparison"), engine };
const host = Deno as unknown as { jupyter: unknown };
host.jupyter = { broadcast: () => Promise.resolve(Deno.kill(Deno.pid, "SIGINT")) };
console.log(await compareNetworks(entries, options).catch((error) => error.message));
await inNotebook(async () => {
  const { rows } = await compareNetworks(entries, options);
  console.log(`judged: ${rows.map(({ name }) => name).sort().join(", ")}`);
});
await engine.dispose();
