/** Loads a saved model with tfjs alone and prints what it predicts for the image of `unet_test.ts`. */
import * as tf from "@tensorflow/tfjs";

const folder = Deno.args[0] as string;
await tf.setBackend("cpu");
const rest = JSON.parse(await Deno.readTextFile(`${folder}/model.json`));
const weightData = (await Deno.readFile(`${folder}/weights.bin`)).buffer;
const model = await tf.loadLayersModel(tf.io.fromMemory({ ...rest, weightData }));
const image = tf.randomUniform([1, 32, 32, 3], 0, 255, "float32", 5);
console.log(JSON.stringify(Array.from((model.predict(image) as tf.Tensor).dataSync())));
