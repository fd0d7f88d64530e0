import * as tf from "@tensorflow/tfjs";
import type { Config } from "papilio/core/config.ts";
import { buildSegmentation, type SegmentationModel } from "papilio/model/segmentation.ts";

/**
 * What `work` finds out about the network of a configuration, which is built for it alone.
 *
 * @throws {PapilioError} if there is no such network.
 */
export function withNetwork<Found>(
  config: Config,
  work: (network: SegmentationModel) => Found,
): Found {
  tf.enableProdMode(); // No advice to install another backend.
  const network = buildSegmentation(config);
  try {
    return work(network);
  } finally {
    network.model.dispose();
  }
}
