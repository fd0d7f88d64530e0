/**
 * Runs `work` with a signal that the notebook's Interrupt button sets off.
 *
 * Without a listener of our own that button would end the kernel, and with it all that the cells have
 * made.
 *
 * @throws {Error} that says so, if `work` ended because of it.
 */
export async function stopOnInterrupt<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  Deno.addSignalListener("SIGINT", stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
    throw new Error("Interrupted. What is finished is saved: run this cell again to go on.");
  } finally {
    Deno.removeSignalListener("SIGINT", stop);
  }
}
