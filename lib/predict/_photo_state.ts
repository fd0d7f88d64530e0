/** Size and time of a file: what changes when the photo does. */
export async function photoState(path: string): Promise<string> {
  try {
    const { size, mtime } = await Deno.stat(path);
    return `${size}-${mtime?.getTime() ?? 0}`;
  } catch {
    return "unreadable";
  }
}
