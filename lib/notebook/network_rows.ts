import { present } from "papilio/core/assert.ts";
import { type Cost, halfCosts, totalCost } from "papilio/model/cost.ts";
import { receptiveFields } from "papilio/model/receptive_field.ts";
import {
  buildSegmentation,
  type SegmentationModel,
  type SegmentationOptions,
} from "papilio/model/segmentation.ts";
import { trainableVariables } from "papilio/model/variables.ts";

/** A network by what it is made of; what is left out is as in the configuration. */
export type NetworkOptions = Partial<SegmentationOptions>;

/** What a network is, in numbers. */
export interface CountedNetwork {
  name: string;
  /** Both halves, moving statistics included; constants of the preprocessing are in neither. */
  all: Cost;
  encoder: Cost;
  decoder: Cost;
  /** Weights that learn when no layer is frozen: what PyTorch counts. */
  learning: number;
  /** Pixels along one side that can have a say in a logit. */
  fieldPx: number;
}

/**
 * Builds each network for a side, counts, and lets it go.
 *
 * @throws {PapilioError} for an encoder and a decoder that do not go together.
 *
 * @example
 * ```ts
 * import { countNetworks } from "papilio/notebook/network_rows.ts";
 * const narrow = { encoder: "double-conv", encoderFilters: 4, encoderDepth: 3 } as const;
 * const [network] = countNetworks({ narrow }, { inputSidePx: 32 });
 * console.assert(network?.fieldPx === 44 && network.learning === network.all.parameters);
 * ```
 */
export function countNetworks(
  networks: Readonly<Record<string, NetworkOptions>>,
  { inputSidePx }: { inputSidePx: number },
): CountedNetwork[] {
  return Object.entries(networks).map(([name, options]) => {
    const segmentation = buildSegmentation({ inputSidePx, seed: 1, ...options });
    try {
      return { name, ...countNetwork(segmentation) };
    } finally {
      segmentation.model.dispose();
    }
  });
}

function countNetwork(segmentation: SegmentationModel): Omit<CountedNetwork, "name"> {
  const { encoder, decoder } = halfCosts(segmentation);
  return {
    all: totalCost([encoder, decoder]),
    encoder,
    decoder,
    learning: [...trainableVariables(segmentation.model).values()]
      .reduce((sum, { size }) => sum + size, 0),
    fieldPx: present(receptiveFields(segmentation.model).at(-1)).sizePx,
  };
}

/** A table of networks: their sizes, what they compute for an image, and how far they see. */
export function networkRows(networks: readonly CountedNetwork[]): Record<string, string>[] {
  return networks.map(({ name, all, encoder, fieldPx }) => ({
    network: name,
    parameters: all.parameters.toLocaleString("en"),
    "of these the encoder's": encoder.parameters.toLocaleString("en"),
    "multiply-adds (billions)": (all.multiplyAdds / 1e9).toFixed(2),
    "for each parameter": Math.round(all.multiplyAdds / all.parameters).toLocaleString("en"),
    "sees (px)": String(fieldPx),
  }));
}
