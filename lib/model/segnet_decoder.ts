import * as tf from "@tensorflow/tfjs";
import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { channelsOf, refine } from "papilio/model/_blocks.ts";
import type { Decoder, DecoderSettings } from "papilio/model/decoder.ts";
import type { Encoded, Encoder, Pooling } from "papilio/model/encoder.ts";
import { glorotUniform } from "papilio/model/initializers.ts";
import { MaxUnpooling2D } from "papilio/model/unpooling.ts";

/**
 * SegNet's decoder: undoes the encoder's poolings by their own maxima, with convolutions in between.
 *
 * It mirrors the encoder: as many 3×3 convolutions in a stage, each with normalisation and ReLU, the
 * last of them to the channels of the next finer stage; the very last one, `mask`, gives the logits.
 *
 * Source: Badrinarayanan et al. 2017 (arXiv 1511.00561), section 3. There the encoder is VGG16 with
 * normalisation.
 */
export function segnetDecoder({ classes = 1, seed }: Omit<DecoderSettings, "filters">): Decoder {
  const title = "a SegNet";
  return {
    name: "segnet",
    title,
    build(encoded, encoder) {
      const poolings = poolingsOf(encoded, encoder, title).toReversed();
      let features = encoded.bottleneck.tensor;
      for (const [index, pooling] of poolings.entries()) {
        const prefix = `dec${index + 1}`;
        const finer = poolings[index + 1];
        const unpooled = new MaxUnpooling2D({ name: `${prefix}_unpool` })
          .apply([features, pooling.before]) as tf.SymbolicTensor;
        features = convolveStage(unpooled, { pooling, finer, prefix, seed });
      }
      return classify(features, { classes, seed });
    },
  };
}

interface StageOptions {
  pooling: Pooling;
  /** That of the next stage; the last stage has none, and its last convolution is the classifier. */
  finer: Pooling | undefined;
  prefix: string;
  seed: number;
}

function convolveStage(
  input: tf.SymbolicTensor,
  { pooling, finer, prefix, seed }: StageOptions,
): tf.SymbolicTensor {
  const { before, convolutions } = pooling;
  const kept = new Array<number>(convolutions - 1).fill(channelsOf(before));
  const filtersOf = finer === undefined ? kept : [...kept, channelsOf(finer.before)];
  return filtersOf.reduce(
    (features, filters, i) =>
      refine(features, { prefix, index: i + 1, filters, seed, batchNorm: true }),
    input,
  );
}

function classify(
  features: tf.SymbolicTensor,
  { classes, seed }: { classes: number; seed: number },
): tf.SymbolicTensor {
  const kernelInitializer = glorotUniform(seed, "mask");
  const window = { kernelSize: 3, padding: "same" } as const;
  return tf.layers.conv2d({ name: "mask", filters: classes, ...window, kernelInitializer })
    .apply(features) as tf.SymbolicTensor;
}

function poolingsOf(
  { poolings, bottleneck }: Encoded,
  { name }: Encoder,
  title: string,
): readonly Pooling[] {
  const last = poolings?.at(-1);
  if (last?.after.tensor === bottleneck.tensor) return present(poolings);
  throw new PapilioError({
    cannot: `build ${title}`,
    expected: "an encoder that halves by 2×2 max-poolings alone, and ends with one",
    got: name,
    remedy: "Take the encoder vgg16.",
  });
}
