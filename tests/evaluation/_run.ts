import { join } from "@std/path";
import { resolveConfig } from "papilio/core/config.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { brightnessModel } from "../predict/_fixtures.ts";
import { writeDataSet } from "./_fixtures.ts";

const history = `phase,epoch,learning_rate,loss,dice,iou,val_loss,val_dice,val_iou
1,1,0.001,1.2,0.4,0.3,0.9,0.5,0.4
2,2,0.0001,0.8,0.6,0.5,0.5,0.8,0.7
2,3,0.0001,0.7,0.7,0.6,0.6,,
`;

/** A run of the brightness model in `<folder>/run`: validation finds a (IoU 1), b (0.5) and c (2/3). */
export async function writeRun(
  folder: string,
  split = "id,split\na,validation\nb,validation\nc,validation\nd,train\n",
): Promise<string> {
  const data = join(folder, "data");
  await writeDataSet(data, { a: 20, b: 30, c: 10, d: 20 });
  const run = runFolder(join(folder, "run"));
  await Deno.mkdir(run.model, { recursive: true });
  await Deno.copyFile(brightnessModel, run.onnx);
  const config = resolveConfig("smoke", { data, phase1: { epochs: 3 } });
  await Deno.writeTextFile(run.config, JSON.stringify(config));
  await Deno.writeTextFile(run.split, split);
  await Deno.writeTextFile(run.history, history);
  await Deno.writeTextFile(join(run.model, "README.md"), "# A card\n\nOf brightness.\n");
  return run.path;
}
