import { join } from "@std/path";

/** Where a kernel listens, and the key with which both sides sign. */
export interface Connection {
  key: string;
  /** Names the client to the kernel. */
  session: string;
  hostname: string;
  shellPort: number;
  iopubPort: number;
  /** The file that tells the kernel; nobody but its owner can read it. */
  file: string;
  /** Removes the file. */
  remove(): Promise<void>;
}

const hostname = "127.0.0.1";

/** A new connection on free ports of this machine, with a key of its own. */
export async function makeConnection(): Promise<Connection> {
  const [shell, iopub, stdin, control, heartbeat] = freePorts();
  const key = crypto.randomUUID();
  const folder = await Deno.makeTempDir({ prefix: "papilio-kernel-" });
  const file = join(folder, "connection.json");
  const settings = {
    transport: "tcp",
    ip: hostname,
    shell_port: shell,
    iopub_port: iopub,
    stdin_port: stdin,
    control_port: control,
    hb_port: heartbeat,
    key,
    signature_scheme: "hmac-sha256",
    kernel_name: "deno",
  };
  await Deno.writeTextFile(file, JSON.stringify(settings), { mode: 0o600 });
  return {
    key,
    session: crypto.randomUUID(),
    file,
    hostname,
    shellPort: shell,
    iopubPort: iopub,
    remove: () => Deno.remove(folder, { recursive: true }),
  };
}

/** All are held until the last is found, so that none is given twice. */
function freePorts(): [number, number, number, number, number] {
  const hold = () => Deno.listen({ hostname, port: 0 });
  const listeners = [hold(), hold(), hold(), hold(), hold()] as const;
  for (const listener of listeners) listener.close();
  const [a, b, c, d, e] = listeners;
  return [a.addr.port, b.addr.port, c.addr.port, d.addr.port, e.addr.port];
}
