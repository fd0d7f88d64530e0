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

  constructor() {
    this.#worker.onmessage = ({ data }: MessageEvent<SessionReply>) => {
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ("error" in data) waiting?.reject(new Error(`ONNX Runtime: ${data.error}`));
      else waiting?.resolve(data.result);
    };
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.#failAll(new Error(`ONNX Runtime's worker ended: ${event.message}`));
    };
  }

  /** Calls the worker; it answers in the order of the calls. */
  call<K extends keyof SessionCalls>(
    call: K,
    ...parameters: Parameters<SessionCalls[K]>
  ): Promise<ReturnType<SessionCalls[K]>> {
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
    this.#failAll(new Error("ONNX Runtime's worker was ended"));
  }

  #failAll(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
