/** A page in a headless Chromium, driven through its DevTools protocol. */
export interface BrowserPage {
  /** Loads an address, on a screen as it was at first; problems are counted anew. */
  open(url: string): Promise<void>;
  /** The value of an expression in the page. */
  evaluate<T>(expression: string): Promise<T>;
  /** Waits for an expression to become true. */
  until(expression: string): Promise<void>;
  press(key: string, options?: { shift?: boolean }): Promise<void>;
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** Errors of scripts, of the page's policy and of requests, as text. */
  problems: string[];
}

const names = ["chromium", "chromium-browser", "google-chrome"];

/** The path or name of a browser that starts; `undefined` if there is none. */
export async function findBrowser(): Promise<string | undefined> {
  for (const name of names) {
    try {
      const found = await new Deno.Command(name, { args: ["--version"], stderr: "null" }).output();
      if (found.success) return name;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return undefined;
}

/** Starts a browser, lets `work` drive its page, and ends it. */
export async function withPage<T>(
  browser: string,
  work: (page: BrowserPage) => Promise<T>,
): Promise<T> {
  const profile = await Deno.makeTempDir({ prefix: "papilio-browser-" });
  const child = new Deno.Command(browser, {
    args: [
      ...["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"],
      ...[`--user-data-dir=${profile}`, "--window-size=1280,900", "about:blank"],
    ],
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const errors = child.stderr.pipeThrough(new TextDecoderStream());
  try {
    const port = await debuggingPort(errors);
    return await drive(port, work);
  } finally {
    child.kill("SIGKILL");
    await child.status;
    await Deno.remove(profile, { recursive: true }).catch(() => {});
  }
}

/** It is said on standard error: `DevTools listening on ws://127.0.0.1:…/`. */
async function debuggingPort(errors: ReadableStream<string>): Promise<number> {
  let text = "";
  for await (const part of errors.values()) {
    text += part;
    const port = /DevTools listening on ws:\/\/[^:]+:(\d+)\//.exec(text)?.[1];
    if (port) return Number(port);
  }
  throw new Error(`The browser did not start: ${text}`);
}

interface Message {
  id?: number;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { message: string };
}

async function drive<T>(
  port: number,
  work: (page: BrowserPage) => Promise<T>,
): Promise<T> {
  const targets = await (await fetch(`http://127.0.0.1:${port}/json/list`)).json();
  const target = targets.find(({ type }: { type: string }) => type === "page");
  const socket = new WebSocket(target.webSocketDebuggerUrl);
  await new Promise((resolve) => socket.addEventListener("open", resolve, { once: true }));
  const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
  const page = pageOn(socket);
  try {
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await page.send(`${domain}.enable`);
    return await work(page);
  } finally {
    socket.close();
    await closed;
  }
}

function pageOn(socket: WebSocket): BrowserPage {
  const answers = new Map<number, (message: Message) => void>();
  const listeners = new Map<string, (params: unknown) => void>();
  const problems: string[] = [];
  let count = 0;
  socket.addEventListener("message", ({ data }) => {
    const message: Message = JSON.parse(data);
    if (message.id !== undefined) answers.get(message.id)?.(message);
    if (message.method) listeners.get(message.method)?.(message.params);
    const problem = problemOf(message);
    if (problem) problems.push(problem);
  });
  const send = async (method: string, params: object = {}) => {
    const id = ++count;
    const answer = new Promise<Message>((resolve) => answers.set(id, resolve));
    socket.send(JSON.stringify({ id, method, params }));
    const { result, error } = await answer;
    if (error) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  };
  const evaluate = async <T>(expression: string): Promise<T> => {
    const answer = await send("Runtime.evaluate", { expression, returnByValue: true });
    if (answer.exceptionDetails) throw new Error(JSON.stringify(answer.exceptionDetails));
    return (answer.result as { value: T }).value;
  };
  return {
    problems,
    send,
    evaluate,
    async open(url) {
      await send("Emulation.clearDeviceMetricsOverride");
      await send("Emulation.setEmulatedMedia", { features: [] });
      problems.length = 0;
      const loaded = new Promise((resolve) => listeners.set("Page.loadEventFired", resolve));
      await send("Page.navigate", { url });
      await loaded;
    },
    async until(expression) {
      for (let attempt = 0; attempt < 500; attempt++) {
        if (await evaluate<boolean>(expression).catch(() => false)) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`It never came true: ${expression}`);
    },
    async press(key, { shift = false } = {}) {
      const code = keyCodes[key] ?? key.toUpperCase().charCodeAt(0);
      const text = key === "Enter" ? "\r" : key.length === 1 ? key : undefined;
      const common = { key, windowsVirtualKeyCode: code, modifiers: shift ? 8 : 0 };
      await send("Input.dispatchKeyEvent", { ...common, type: "keyDown", ...(text && { text }) });
      await send("Input.dispatchKeyEvent", { ...common, type: "keyUp" });
    },
  };
}

const keyCodes: Record<string, number> = {
  Tab: 9,
  Enter: 13,
  Escape: 27,
  " ": 32,
  ArrowLeft: 37,
  ArrowUp: 38,
  ArrowRight: 39,
  ArrowDown: 40,
  "+": 187,
  "-": 189,
};

function problemOf({ method, params = {} }: Message): string | undefined {
  if (method === "Runtime.exceptionThrown") return JSON.stringify(params.exceptionDetails);
  if (method === "Log.entryAdded") return JSON.stringify(params.entry);
  if (method === "Network.requestWillBeSent") {
    const { url } = params.request as { url: string };
    return /^(file|data|about):/.test(url) ? undefined : `request of ${url}`;
  }
  return undefined;
}
