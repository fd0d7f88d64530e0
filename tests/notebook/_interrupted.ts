import { stopOnInterrupt } from "papilio/notebook/interrupt.ts";

/** Interrupts itself while it works, as a notebook's front end does; then once more, with nobody listening. */
const work = (signal: AbortSignal) =>
  new Promise<string>((_, reject) => {
    const timer = setInterval(() => {}, 1000); // A process with nothing to do would end.
    signal.addEventListener("abort", () => {
      clearInterval(timer);
      reject(signal.reason);
    });
    Deno.kill(Deno.pid, "SIGINT");
  });

console.log(await stopOnInterrupt(() => Promise.resolve("done")));
console.log(await stopOnInterrupt(work).catch((error) => error.message));
Deno.kill(Deno.pid, "SIGINT");
setInterval(() => {}, 1000);
