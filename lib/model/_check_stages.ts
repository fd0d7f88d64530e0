import { PapilioError } from "papilio/core/errors.ts";
import type { Encoder } from "papilio/model/encoder.ts";

interface Stages {
  filters: readonly number[];
  encoder: Encoder;
  /** Of the network, with its article. */
  title: string;
  /** How many numbers of filters there must be. */
  stages: number;
}

/** @throws {PapilioError} if there is not one number of filters for each doubling of the side. */
export function checkStages({ filters, encoder, title, stages }: Stages): void {
  if (filters.length === stages) return;
  throw new PapilioError({
    cannot: `build ${title}`,
    expected:
      `${stages} numbers of decoder filters, one for each doubling of the side (${encoder.name})`,
    got: `${filters.length} (${filters.join(", ")})`,
    remedy:
      `Give ${stages} numbers with --decoder-filters, from coarse to fine, or "" for those that go with it.`,
  });
}
