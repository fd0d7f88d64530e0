/** Whether the system's loader finds a library; /proc would tell too, but it takes all permissions. */
export function canLoad(library: string): boolean {
  try {
    Deno.dlopen(library, {}).close();
    return true;
  } catch {
    return false;
  }
}
