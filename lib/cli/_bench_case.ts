import { PapilioError } from "papilio/core/errors.ts";

/** What is timed: one step of training or one prediction, on a batch of square images. */
export interface BenchCase {
  name: string;
  /** `full`: all layers learn; `frozen`: the decoder alone. */
  mode: "full" | "frozen" | "inference";
  sidePx: number;
  batch: number;
}

/** Something that computes the same cases as another. */
export interface Contender {
  readonly name: string;
  /** Milliseconds per image of each of `steps` steps, after untimed ones that warm up. */
  measure(benchCase: BenchCase, steps: number): Promise<number[]>;
  dispose(): Promise<void>;
}

const makeCase = (mode: BenchCase["mode"], sidePx: number, batch: number): BenchCase => ({
  name: `${mode}-${sidePx}-b${batch}`,
  mode,
  sidePx,
  batch,
});

const benchCases: readonly BenchCase[] = [
  makeCase("full", 256, 4),
  makeCase("frozen", 256, 4),
  makeCase("full", 128, 8),
  makeCase("frozen", 128, 8),
  makeCase("inference", 256, 1),
  makeCase("inference", 256, 4),
];

/** The cases whose name contains one of the parts that commas separate. */
export function casesNamed(filter: string): BenchCase[] {
  const parts = filter.split(",").map((part) => part.trim());
  const cases = benchCases.filter(({ name }) => parts.some((part) => name.includes(part)));
  if (cases.length > 0) return cases;
  throw new PapilioError({
    cannot: "choose what to measure",
    expected: `a part of ${benchCases.map(({ name }) => name).join(", ")}`,
    got: `"${filter}"`,
    remedy: "Leave --cases out to measure all.",
  });
}

export interface CaseTimes {
  case: BenchCase;
  /** Milliseconds per image by contender, of all rounds. */
  msPerImage: Record<string, number[]>;
}

export interface RaceOptions {
  rounds: number;
  stepsPerTurn: number;
  /** Between two turns, so that waiting threads of the one no longer spin while the other computes. */
  pauseMs?: number;
}

/** Lets the contenders take turns, so that whatever else the machine does falls on each alike. */
export async function race(
  benchCase: BenchCase,
  contenders: readonly Contender[],
  { rounds, stepsPerTurn, pauseMs = 300 }: RaceOptions,
): Promise<CaseTimes> {
  const msPerImage: Record<string, number[]> = {};
  for (let round = 0; round < rounds; round++) {
    for (const contender of contenders) {
      const times = await contender.measure(benchCase, stepsPerTurn);
      (msPerImage[contender.name] ??= []).push(...times);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
  return { case: benchCase, msPerImage };
}
