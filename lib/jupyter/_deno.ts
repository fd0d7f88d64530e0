export interface DenoResult {
  succeeded: boolean;
  stdout: string;
  stderr: string;
}

export interface DenoOptions {
  cwd: string;
  /** The text of standard input. */
  stdin?: string;
  /** Added to the environment. */
  env?: Record<string, string>;
}

/** Runs a subcommand of this Deno to its end. */
export async function runDeno(
  args: string[],
  { cwd, stdin = "", env = {} }: DenoOptions,
): Promise<DenoResult> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { ...env, NO_COLOR: "1" },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writing = new Blob([stdin]).stream().pipeTo(child.stdin).catch(() => {}); // It may end early.
  const { success, stdout, stderr } = await child.output();
  await writing;
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { succeeded: success, stdout: text(stdout), stderr: text(stderr) };
}
