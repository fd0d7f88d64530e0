import { PapilioError } from "papilio/core/errors.ts";
import { BrokenMessage } from "papilio/jupyter/message.ts";

/** For a kernel whose process has ended. */
export function died(how: string): PapilioError {
  return new PapilioError({
    cannot: "go on with the kernel",
    expected: "a running process",
    got: how,
    remedy: "Does the cell end the process (Deno.exit), or take more memory than there is?",
  });
}

/** For a kernel that does not answer. */
export function noAnswer(startSeconds: number): PapilioError {
  return new PapilioError({
    cannot: "start a kernel",
    expected: `an answer within ${startSeconds} s`,
    got: "none",
    remedy: "Try again; a security program may block connections to 127.0.0.1.",
  });
}

/** What made a kernel's message unreadable, in words for whoever wrote the cell. */
export function withRemedy(error: unknown): unknown {
  if (!(error instanceof BrokenMessage)) return error;
  const megabytes = (error.sizeBytes / 1e6).toFixed(1);
  return new PapilioError({
    cannot: "read what the kernel sent",
    expected: "a message with the right signature",
    got: `one of ${megabytes} MB with a wrong one`,
    remedy: "The output is too large: above 1 MB, Deno's kernel garbles some. Show a smaller one.",
  });
}
