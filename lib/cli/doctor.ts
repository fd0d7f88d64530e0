import { Command } from "commander";
import { addEngineOptions } from "papilio/cli/engine_options.ts";
import { runMain } from "papilio/cli/main.ts";
import { allChecks, type DoctorOptions } from "papilio/doctor/all.ts";
import { describeFinding, describeSum, examine } from "papilio/doctor/check.ts";

const command = addEngineOptions(new Command("deno task doctor"))
  .description("Looks at everything that training and export need here, and says what to mend.")
  .option("--no-benchmark", "without the ten seconds of timing")
  .option("--registry <url>", "where npm's packages come from, if not from npm's own registry")
  .option("--json", "print the findings as JSON")
  .exitOverride();

/** 0: training and export work here, 1: something essential is missing. */
async function main(args: string[]): Promise<number> {
  const { json, ...options } = command.parse(args, { from: "user" })
    .opts<DoctorOptions & { json?: true }>();
  const findings = await examine(
    allChecks(options),
    json ? undefined : (finding) => console.log(describeFinding(finding)),
  );
  console.log(json ? JSON.stringify(findings, null, 2) : describeSum(findings));
  return findings.some(({ state }) => state === "problem") ? 1 : 0;
}

if (import.meta.main) await runMain(main);
