/** So much of what the kernel wrote last stands in the error. */
const tailCharacters = 2000;
/** Time for the last words of a process that has ended. */
const lastWordsMs = 500;

/** The process of a Deno kernel. */
export class KernelProcess {
  /** How it ended, once it did: the exit code or signal, and its last words. */
  readonly ended: Promise<string>;
  readonly #child: Deno.ChildProcess;
  readonly #stopReading = new AbortController();
  #stderrTail = "";

  constructor(folder: string, connectionFile: string) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["jupyter", "--kernel", "--conn", connectionFile],
      cwd: folder,
      env: { NO_COLOR: "1" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.ended = this.#untilEnded();
  }

  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.ended;
  }

  async #untilEnded(): Promise<string> {
    const reading = this.#readStderr();
    const { code, signal } = await this.#child.status;
    const timer = setTimeout(() => this.#stopReading.abort(), lastWordsMs);
    await reading;
    clearTimeout(timer);
    const words = this.#stderrTail.replace(/^Warning "deno jupyter" is unstable.*\n/, "").trim();
    return `its end by ${signal ?? `exit code ${code}`}${words && `, after the words: ${words}`}`;
  }

  /** A process started by the kernel may hold the stream open for long, hence the abort. */
  async #readStderr(): Promise<void> {
    const { signal } = this.#stopReading;
    const sink = new WritableStream<string>({
      write: (text) => {
        this.#stderrTail = (this.#stderrTail + text).slice(-tailCharacters);
      },
    });
    const text = this.#child.stderr.pipeThrough(new TextDecoderStream());
    await text.pipeTo(sink, { signal }).catch(() => {});
  }
}
