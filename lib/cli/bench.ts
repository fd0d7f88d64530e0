import { Command, InvalidArgumentError } from "commander";
import { casesNamed, type CaseTimes, type Contender, race } from "papilio/cli/_bench_case.ts";
import { PapilioContender } from "papilio/cli/_bench_papilio.ts";
import { type PytorchContender, startPytorchIfThere } from "papilio/cli/_bench_pytorch.ts";
import { formatTable, ratioOfMedians } from "papilio/cli/_bench_table.ts";
import { addEngineOptions } from "papilio/cli/engine_options.ts";
import { runMain } from "papilio/cli/main.ts";
import { counted } from "papilio/core/text.ts";
import type { EngineCandidate } from "papilio/engine/candidate.ts";
import type { EngineWish } from "papilio/engine/choose.ts";
import { listEngines, rankedEngines } from "papilio/engine/open_engine.ts";
import { describeEnvironment } from "papilio/train/environment.ts";

const defaultPython = Deno.build.os === "linux" ? "/usr/bin/python3" : "python3";

const command = addEngineOptions(new Command("deno task bench"))
  .description("Milliseconds per image of training and inference, against PyTorch in turns.")
  .option("--cases <names>", "those whose name contains one of these: full,inference-256", "")
  .option("--rounds <n>", "turns of each contender", toCount, 5)
  .option("--steps <n>", "timed steps in a turn", toCount, 3)
  .option("--threads <n>", "of each contender; by default one for each processor", toCount, 0)
  .option("--python <path>", "a Python with torch", defaultPython)
  .option("--json", "print everything that was measured as JSON")
  .exitOverride();

interface Options extends EngineWish {
  cases: string;
  rounds: number;
  steps: number;
  threads: number;
  python: string;
  json?: true;
}

function toCount(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("Give a whole number from 1.");
  return Number(text);
}

async function main(args: string[]): Promise<void> {
  command.parse(args, { from: "user" });
  const { rounds, steps, json, ...options } = command.opts<Options>();
  const cases = casesNamed(options.cases);
  const [candidate] = await rankedEngines(await listEngines(options.engine), options, options);
  if (!candidate) throw new Error("Internal mistake: no engine");
  const pytorch = await startPytorchIfThere(options);
  const contenders = [
    new PapilioContender({ candidate, threads: options.threads }),
    ...(pytorch ? [pytorch] : []),
  ];
  const machine = await describeMachine(candidate, options.threads, pytorch);
  console.error(machine);
  try {
    const results: CaseTimes[] = [];
    for (const benchCase of cases) {
      console.error(`${benchCase.name}: ${counted(rounds, "round")} of ${counted(steps, "step")}`);
      results.push(await race(benchCase, contenders, { rounds, stepsPerTurn: steps }));
    }
    console.log(json ? toJson(machine, results) : formatTable(results));
  } finally {
    for (const contender of contenders as Contender[]) await contender.dispose();
  }
}

async function describeMachine(
  candidate: EngineCandidate,
  threads: number,
  pytorch: PytorchContender | undefined,
) {
  const { cpu, processors, deno } = await describeEnvironment("", 0);
  return [
    `${cpu}, ${counted(processors, "processor")}, ${counted(threads || processors, "thread")}`,
    `Deno ${deno}`,
    candidate.description,
    ...(pytorch ? [`PyTorch ${pytorch.version} with ${pytorch.blas}`] : []),
  ].join("; ");
}

function toJson(machine: string, results: readonly CaseTimes[]): string {
  const cases = results.map((result) => ({ ...result, ratioOfMedians: ratioOfMedians(result) }));
  return JSON.stringify({ machine, cases }, null, 2);
}

if (import.meta.main) await runMain(main);
