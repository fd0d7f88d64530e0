/** A message that a notebook's front end would have got. */
export interface Sent {
  type: string;
  content: { data: Record<string, string>; transient: { display_id?: string } };
}

/** Runs a test as if it were in a notebook's kernel; gives what was shown. */
export async function inNotebook(test: () => Promise<void>): Promise<Sent[]> {
  const sent: Sent[] = [];
  const broadcast = (type: string, content: Sent["content"]) => {
    sent.push({ type, content });
    return Promise.resolve();
  };
  const host = Deno as unknown as { jupyter: unknown };
  host.jupyter = { broadcast };
  try {
    await test();
  } finally {
    host.jupyter = undefined;
  }
  return sent;
}
