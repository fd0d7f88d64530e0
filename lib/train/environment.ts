import { cpus } from "node:os";
import { dirname, fromFileUrl, join } from "@std/path";
import { version } from "papilio/core/version.ts";
import denoJson from "../../deno.json" with { type: "json" };

/** On what a run was computed. */
export interface Environment {
  papilio: string;
  /** Commit of Papilio's own repository, if it is one. */
  commit: string | null;
  deno: string;
  os: string;
  cpu: string;
  processors: number;
  engine: string;
  seed: number;
  startedAt: string;
  /** Pinned versions of the npm packages. */
  packages: Record<string, string>;
}

/** What `environment.json` says. */
export async function describeEnvironment(engine: string, seed: number): Promise<Environment> {
  return {
    papilio: version,
    commit: await currentCommit(join(dirname(fromFileUrl(import.meta.url)), "..", "..", ".git")),
    deno: Deno.version.deno,
    os: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    processors: navigator.hardwareConcurrency,
    engine,
    seed,
    startedAt: new Date().toISOString(),
    packages: pinnedVersions(Object.values(denoJson.imports)),
  };
}

/** `"npm:@scope/name@1.2.3/sub"` → `{ "@scope/name": "1.2.3" }`. */
function pinnedVersions(specifiers: readonly string[]): Record<string, string> {
  const found = specifiers.map((specifier) => /^npm:\/?(@?[^@]+)@([^/]+)/.exec(specifier));
  return Object.fromEntries(found.flatMap((match) => match ? [[match[1], match[2]]] : []));
}

/** The commit that is checked out, read from the files, since running git may not be allowed. */
export async function currentCommit(gitFolder: string): Promise<string | null> {
  try {
    const head = (await Deno.readTextFile(join(gitFolder, "HEAD"))).trim();
    const reference = /^ref: (.+)$/.exec(head)?.[1];
    if (!reference) return head;
    const loose = await Deno.readTextFile(join(gitFolder, reference)).catch(() => "");
    return loose.trim() || await packedCommit(gitFolder, reference);
  } catch {
    return null; // Not a repository: a downloaded copy.
  }
}

async function packedCommit(gitFolder: string, reference: string): Promise<string | null> {
  const packed = await Deno.readTextFile(join(gitFolder, "packed-refs"));
  const line = packed.split("\n").find((line) => line.endsWith(` ${reference}`));
  return line?.split(" ")[0] ?? null;
}
