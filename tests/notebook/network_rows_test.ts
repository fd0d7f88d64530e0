import * as tf from "@tensorflow/tfjs";
import { expect } from "expect";
import { countNetworks, networkRows } from "papilio/notebook/network_rows.ts";

await tf.setBackend("cpu");

/*
 * Levels of 4, 8 and 16 filters, two 3×3 convolutions with biases each, at sides 32, 16 and 8:
 *   enc   9·3·4 + 4 + 9·4·4 + 4 = 260;  9·4·8 + 8 + 9·8·8 + 8 = 880;  9·8·16 + 16 + 9·16·16 + 16 = 3,488
 *   dec1  4·16·8 + 8 + 9·16·8 + 8 + 9·8·8 + 8 = 2,264;  dec2  4·8·4 + 4 + 9·8·4 + 4 + 9·4·4 + 4 = 572
 *   mask  4 + 1
 * and the multiply-adds of the encoder are its weights without biases at 32², 16² and 8² positions.
 */
Deno.test("a narrow U-Net's halves are counted as by hand, and nothing stays behind", () => {
  const before = tf.memory().numTensors;
  const narrow = { encoder: "double-conv", encoderFilters: 4, encoderDepth: 3 } as const;
  const [network] = countNetworks({ narrow }, { inputSidePx: 32 });
  expect(network?.encoder).toEqual({
    parameters: 260 + 880 + 3488,
    multiplyAdds: 252 * 32 ** 2 + 864 * 16 ** 2 + 3456 * 8 ** 2,
  });
  expect(network?.decoder.parameters).toBe(2264 + 572 + 5);
  expect(network?.all.parameters).toBe(4628 + 2841);
  expect(network?.learning).toBe(7469);
  // Three pixels, then two times 2; at half the side 2·2·2 more, and so on, and back.
  expect(network?.fieldPx).toBe(44);
  expect(tf.memory().numTensors).toBe(before);
});

Deno.test("moving statistics do not learn, and unpooling sees far, too", () => {
  const normalised = {
    ...{ encoder: "vgg16", encoderFilters: 2, encoderBatchNorm: true, decoder: "segnet" } as const,
  };
  const [network] = countNetworks({ SegNet: normalised }, { inputSidePx: 32 });
  // Two for each channel that is normalised, in the encoder 132, in the decoder 48 + 40 + 20 + 6 + 2.
  expect(network!.all.parameters - network!.learning).toBe(2 * (132 + 116));
  // As tests/model/receptive_field_test.ts has it on paper.
  expect(network?.fieldPx).toBe(404);
});

Deno.test("a row of the table", () => {
  const cost = (parameters: number, multiplyAdds: number) => ({ parameters, multiplyAdds });
  const rows = networkRows([{
    name: "wide",
    all: cost(1_234_567, 2_469_134_000),
    encoder: cost(1_000_000, 1),
    decoder: cost(234_567, 2),
    learning: 1,
    fieldPx: 44,
  }]);
  expect(rows).toEqual([{
    network: "wide",
    parameters: "1,234,567",
    "of these the encoder's": "1,000,000",
    "multiply-adds (billions)": "2.47",
    "for each parameter": "2,000",
    "sees (px)": "44",
  }]);
});
