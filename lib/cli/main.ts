import { CommanderError } from "commander";
import { PapilioError } from "papilio/core/errors.ts";

/** What a command works on: its arguments; what it returns is the exit code (nothing: 0). */
export type Main = (args: string[]) => Promise<number | void>;

/**
 * Runs a command and leaves with its exit code: 1 if it could not do what it was asked, 2 if the
 * program itself failed.
 */
export async function runMain(main: Main): Promise<void> {
  const exitCode = await exitCodeOf(main, Deno.args);
  Deno.exit(exitCode);
}

/**
 * The exit code of a command; what it threw is printed to standard error.
 *
 * A `PapilioError` is for the person who gave the command: its message alone, code 1. Anything else is
 * a mistake in the program: with its stack, code 2.
 */
export async function exitCodeOf(main: Main, args: string[]): Promise<number> {
  try {
    return (await main(args)) ?? 0;
  } catch (error) {
    return reportError(error);
  }
}

function reportError(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode; // Commander has printed it.
  if (error instanceof PapilioError) {
    console.error(error.message);
    return 1;
  }
  console.error(error);
  return 2;
}
