import { exitCodeOf } from "papilio/cli/main.ts";

/** Runs a command in this process, and returns its exit code with what it printed. */
export async function run(
  main: (args: string[]) => Promise<number | void>,
  args: string[],
): Promise<{ code: number; printed: string }> {
  const lines: string[] = [];
  const { log, error } = console;
  console.log = console.error = (...values: unknown[]) => void lines.push(values.join(" "));
  try {
    return { code: await exitCodeOf(main, args), printed: lines.join("\n") };
  } finally {
    Object.assign(console, { log, error });
  }
}
