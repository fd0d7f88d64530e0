import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";

/** tfjs exports its layers' factories, not their classes; the registry of classes has them. */
export function stockLayer<Constructor>(className: string): Constructor {
  const { classNameMap } = tf.serialization.SerializationMap.getMap();
  return present(classNameMap[className], `tfjs' ${className}`)[0] as unknown as Constructor;
}
