import { dirname, fromFileUrl, join } from "@std/path";
import { messageOf, PapilioError } from "papilio/core/errors.ts";
import type { BenchCase, Contender } from "papilio/cli/_bench_case.ts";

const script = join(
  dirname(fromFileUrl(import.meta.url)),
  "..",
  "..",
  "tests",
  "peers",
  "pytorch_bench.py",
);

export interface PytorchOptions {
  /** The Python to run: a path, or a name on PATH. */
  python: string;
  /** 0: one for each processor. */
  threads: number;
}

/** The peer's process: one line of JSON in, one out, so that only one contender computes at a time. */
class PeerProcess {
  readonly #child: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array>;
  readonly #answers: ReadableStreamDefaultReader<string>;
  readonly #errors: Promise<string>;
  #unread = "";

  constructor({ python, threads }: PytorchOptions) {
    const limit = threads > 0 ? ["--threads", String(threads)] : [];
    const args = [script, "serve", ...limit];
    const stdio = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
    this.#child = new Deno.Command(python, { args, ...stdio }).spawn();
    this.#requests = this.#child.stdin.getWriter();
    this.#answers = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
    this.#errors = new Response(this.#child.stderr).text();
  }

  async read(): Promise<unknown> {
    while (!this.#unread.includes("\n")) {
      const { value, done } = await this.#answers.read();
      if (done) throw noPytorch((await this.#errors).trim().split("\n").at(-1) ?? "");
      this.#unread += value;
    }
    const end = this.#unread.indexOf("\n");
    const line = this.#unread.slice(0, end);
    this.#unread = this.#unread.slice(end + 1);
    return JSON.parse(line);
  }

  async ask(request: object): Promise<unknown> {
    await this.#requests.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    return await this.read();
  }

  /** The peer leaves when its input ends. */
  async close(): Promise<void> {
    await this.#requests.close().catch(() => {}); // It may have ended by itself.
    await this.#answers.cancel();
    await this.#errors;
    await this.#child.status;
  }
}

function startProcess(options: PytorchOptions): PeerProcess {
  try {
    return new PeerProcess(options);
  } catch (error) {
    throw noPytorch(messageOf(error));
  }
}

function noPytorch(got: string): PapilioError {
  return new PapilioError({
    cannot: "measure PyTorch",
    expected: "a Python with torch",
    got: got || "a process that ended",
    remedy: "On Debian: apt-get install python3-torch libopenblas0-pthread; " +
      "another Python is given with --python.",
  });
}

/** The same network in PyTorch at its best setting (tests/peers/pytorch_bench.py). */
export class PytorchContender implements Contender {
  readonly name = "pytorch";
  readonly #process: PeerProcess;

  private constructor(
    process: PeerProcess,
    readonly version: string,
    /** The library of its matrix products: `"OpenBLAS"`, `"MKL"`, `"reference"` (slow). */
    readonly blas: string,
  ) {
    this.#process = process;
  }

  /** @throws {PapilioError} if there is no such Python or it has no torch. */
  static async start(options: PytorchOptions): Promise<PytorchContender> {
    const process = startProcess(options);
    try {
      const { version, blas } = await process.read() as { version: string; blas: string };
      return new PytorchContender(process, version, blas);
    } catch (error) {
      await process.close();
      throw error;
    }
  }

  async measure({ mode, sidePx, batch }: BenchCase, steps: number): Promise<number[]> {
    const answer = await this.#process.ask({ mode, side: sidePx, batch, steps });
    return (answer as { msPerImage: number[] }).msPerImage;
  }

  async dispose(): Promise<void> {
    await this.#process.close();
  }
}

/** The contender, or nothing and a line on standard error that says why. */
export async function startPytorchIfThere(
  options: PytorchOptions,
): Promise<PytorchContender | undefined> {
  try {
    const pytorch = await PytorchContender.start(options);
    if (pytorch.blas === "reference") {
      console.error(
        "PyTorch computes with the reference BLAS, at half its speed: " +
          "apt-get install libopenblas0-pthread for a fair comparison.",
      );
    }
    return pytorch;
  } catch (error) {
    if (!(error instanceof PapilioError)) throw error;
    console.error(`${messageOf(error)} Measuring Papilio alone.`);
    return undefined;
  }
}
