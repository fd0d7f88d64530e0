export interface DenoResult {
  succeeded: boolean;
  stdout: string;
  stderr: string;
}

/** Runs a subcommand of this Deno in a folder, with a text as standard input. */
export async function runDeno(
  args: string[],
  { cwd, stdin = "" }: { cwd: string; stdin?: string },
): Promise<DenoResult> {
  const child = new Deno.Command(Deno.execPath(), {
    args,
    cwd,
    env: { NO_COLOR: "1" },
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
