import { findTensorflow } from "papilio/engine/eager/tensorflow.ts";

// A program of its own, since a library that was loaded once stays: prints what is found in a package.

const [packageFolder = ""] = Deno.args;
console.log(JSON.stringify(await findTensorflow({ packageFolder, canLoad: () => true })));
