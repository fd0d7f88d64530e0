import { messageOf } from "papilio/core/errors.ts";
import { counted } from "papilio/core/text.ts";

/** What a check found. */
export interface Finding {
  name: string;
  /** `note`: something is missing that is not needed; `problem`: training or export cannot work. */
  state: "ok" | "note" | "problem";
  text: string;
  /** What to do about it. */
  remedy?: string;
}

/** One look at the machine; what it throws is a finding too. */
export interface Check {
  name: string;
  look(): Promise<Omit<Finding, "name"> | Omit<Finding, "name">[]>;
  /** Of a failure of the look itself; `note` if not given. */
  failure?: Finding["state"];
  /** Of a failure. */
  remedy?: string;
}

/**
 * Makes all checks, one after the other; a failing one ends none of the others.
 *
 * @example
 * ```ts
 * import { examine } from "papilio/doctor/check.ts";
 * const [finding] = await examine([{ name: "disk", look: () => Promise.reject(new Error("full")) }]);
 * console.assert(finding?.state === "note" && finding.text === "full");
 * ```
 */
export async function examine(
  checks: readonly Check[],
  heard: (finding: Finding) => void = () => {},
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const check of checks) {
    for (const finding of await lookOnce(check)) {
      findings.push(finding);
      heard(finding);
    }
  }
  return findings;
}

async function lookOnce({ name, look, failure = "note", remedy }: Check): Promise<Finding[]> {
  try {
    return [await look()].flat().map((finding) => ({ name, ...finding }));
  } catch (error) {
    const text = messageOf(error).split("\n")[0] ?? "";
    const denied = error instanceof Deno.errors.NotCapable
      ? "Start it with `deno task doctor`, which gives the permissions."
      : remedy;
    return [{ name, state: failure, text, ...(denied ? { remedy: denied } : {}) }];
  }
}

const marks = { ok: "ok      ", note: "note    ", problem: "PROBLEM " } as const;

/** A finding as lines for people. */
export function describeFinding({ name, state, text, remedy }: Finding): string {
  const lines = [`${marks[state]}${name}: ${text}`, ...(remedy ? [`        → ${remedy}`] : [])];
  return lines.join("\n");
}

/** The last line: whether training and export can work. */
export function describeSum(findings: readonly Finding[]): string {
  const count = (state: Finding["state"]) =>
    findings.filter((found) => found.state === state).length;
  const [problems, notes] = [count("problem"), count("note")];
  return problems === 0
    ? `Training and export work here; ${counted(notes, "note")}.`
    : `${counted(problems, "problem")} to mend before training and export; ${
      counted(notes, "note")
    }.`;
}
