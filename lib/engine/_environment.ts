/** Sets a variable that libraries read when they are loaded; what the user has set stays. */
export function setDefault(name: string, value: string): void {
  if (!Deno.env.get(name)) Deno.env.set(name, value);
}

/** Mesa's Vulkan driver complains where no desktop has made a folder for its sockets, and needs none. */
export function quietVulkan(): void {
  if (Deno.build.os === "linux") setDefault("XDG_RUNTIME_DIR", Deno.env.get("TMPDIR") ?? "/tmp");
}
