import type {
  SessionCalls,
  SessionReply,
  SessionRequest,
} from "papilio/engine/compiled/_session_protocol.ts";

interface Waiting {
  resolve(result: unknown): void;
  reject(error: Error): void;
}

/** The main thread's end of the worker in which ONNX Runtime computes. */
export class SessionClient {
  readonly #worker = new Worker(new URL("./_session_worker.ts", import.meta.url), {
    type: "module",
  });
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;
  #ended: Error | undefined;

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<SessionReply>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("error" in data) waiting?.reject(new Error(`ONNX Runtime: ${plainText(data.error)}`));
      else waiting?.resolve(data.result);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#end(new Error(`ONNX Runtime's worker failed: ${event.message}`));
    };
  }

  /** Whether the worker is gone; every call is rejected then. */
  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Calls the worker, which finishes each call before it begins the next. */
  call<K extends keyof SessionCalls>(
    call: K,
    ...parameters: Parameters<SessionCalls[K]>
  ): Promise<ReturnType<SessionCalls[K]>> {
    if (this.#ended) return Promise.reject(this.#ended);
    const request: SessionRequest = { id: ++this.#count, call, parameters };
    return new Promise((resolve, reject) => {
      this.#waiting.set(request.id, {
        resolve: resolve as (result: unknown) => void,
        reject,
      });
      this.#worker.postMessage(request);
    });
  }

  /** Ends the worker; what it was computing is lost. */
  dispose(): void {
    this.#worker.terminate();
    this.#end(new Error("ONNX Runtime's worker was ended"));
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** What went wrong, without the place in the library's source and the condition that did not hold. */
function plainText(message: string): string {
  return message.replace(/^\S+\.(?:cc|h):\d+ .*? was false\. /s, "").trim();
}
