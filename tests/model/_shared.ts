import { exists } from "papilio/core/files.ts";
import { join } from "@std/path";

/** Where files lie that are too large for the repository: weights of published models. */
const sharedFolder = Deno.env.get("PAPILIO_TEST_SHARED");

/** The path of a shared file, or null, with a line that says what is skipped. */
export async function sharedFile(what: string, ...parts: string[]): Promise<string | null> {
  if (sharedFolder === undefined) {
    console.log(`skipped: ${what} (PAPILIO_TEST_SHARED is not set)`);
    return null;
  }
  const path = join(sharedFolder, ...parts);
  if (!await exists(path)) throw new Error(`${path} is missing`);
  return path;
}
