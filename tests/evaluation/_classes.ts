import { join } from "@std/path";
import sharp from "sharp";
import * as tf from "@tensorflow/tfjs";
import { classColours, namesOf, parseClasses } from "papilio/core/classes.ts";
import { resolveConfig } from "papilio/core/config.ts";
import { runFolder } from "papilio/core/run_folder.ts";
import { exportOnnx } from "papilio/engine/compiled/export.ts";

await tf.setBackend("cpu");

/** Pixels of red, green and blue photos are of these, and 9 in a mask is of none. */
export const table = "background=0,wings=1,body=2";

const SIDE_PX = 4;
const COLOURS = [[255, 0, 0], [0, 255, 0], [0, 0, 255]] as const;

/** A network of images of 4×4 pixels whose likeliest class is the brightest of red, green and blue. */
export function colourModel(classTable = table): Uint8Array {
  const classes = parseClasses(classTable);
  const kernel = tf.tensor4d([0.1, 0, 0, 0, 0.1, 0, 0, 0, 0.1], [1, 1, 3, 3])
    .slice([0, 0, 0, 0], [1, 1, 3, classes.length]);
  const layer = tf.layers.conv2d({
    ...{ filters: classes.length, kernelSize: 1, useBias: false, weights: [kernel] },
    ...{ activation: "softmax", inputShape: [SIDE_PX, SIDE_PX, 3] },
  });
  const model = tf.sequential({ layers: [layer] });
  return exportOnnx(model, {
    metadata: {
      "papilio.inputSidePx": String(SIDE_PX),
      "papilio.classes": JSON.stringify(namesOf(classes)),
      "papilio.classColours": JSON.stringify(classColours(classes)),
      "papilio.classTable": JSON.stringify(classes),
    },
  });
}

/** Masks as rows of digits: what the network finds in a photo, and what is true of it. */
export interface DrawnCase {
  found: string[];
  truth: string[];
}

/** By hand: 15 of 16 pixels are judged; the matrix is [[4, 1, 0], [0, 4, 0], [2, 0, 4]]. */
export const mixed: DrawnCase = {
  found: ["0011", "0111", "0022", "2220"],
  truth: ["0011", "0011", "0222", "9222"],
};

/** All right, without a body. */
export const right: DrawnCase = {
  found: ["0000", "0000", "1111", "1111"],
  truth: ["0000", "0000", "1111", "1111"],
};

/** Photos and masks of a `paired` data set. */
export async function writeClassCases(
  folder: string,
  cases: Readonly<Record<string, DrawnCase>>,
): Promise<void> {
  for (const name of ["images", "masks"]) await Deno.mkdir(join(folder, name), { recursive: true });
  for (const [id, { found, truth }] of Object.entries(cases)) {
    const size = { width: SIDE_PX, height: SIDE_PX };
    const rgb = Uint8Array.from(digits(found).flatMap((number) => [...COLOURS[number] ?? []]));
    await sharp(rgb, { raw: { ...size, channels: 3 } }).png().toFile(
      join(folder, "images", `${id}.png`),
    );
    await sharp(Uint8Array.from(digits(truth)), { raw: { ...size, channels: 1 } })
      .toColourspace("b-w").png().toFile(join(folder, "masks", `${id}.png`));
  }
}

function digits(rows: readonly string[]): number[] {
  return [...rows.join("")].map(Number);
}

const history =
  `phase,epoch,learning_rate,loss,dice,iou,val_loss,val_dice,val_iou,val_iou_wings,val_iou_body
1,1,0.001,1.2,0.4,0.3,0.9,0.5,0.4,0.8,
2,2,0.0001,0.8,0.6,0.5,0.5,0.8,0.7,0.9,0.5
`;

/** A run of the colour model in `<folder>/run`, with `mixed` and `right` as its validation cases. */
export async function writeClassRun(folder: string): Promise<string> {
  const data = join(folder, "data");
  await writeClassCases(data, { mixed, right });
  const run = runFolder(join(folder, "run"));
  await Deno.mkdir(run.model, { recursive: true });
  await Deno.writeFile(run.onnx, colourModel());
  const config = resolveConfig("smoke", { data, layout: "paired", classes: parseClasses(table) });
  await Deno.writeTextFile(run.config, JSON.stringify(config));
  await Deno.writeTextFile(run.split, "id,split\nmixed,validation\nright,validation\n");
  await Deno.writeTextFile(run.history, history);
  return run.path;
}
