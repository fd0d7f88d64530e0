import { crc32, gzipSync } from "node:zlib";
import { Header } from "tar";

/** An entry of an archive that a test makes; `link` makes it a symbolic link to that target. */
export interface Packed {
  name: string;
  text?: string;
  link?: string;
  /** Written in place of the right checksum (zip only). */
  crc?: number;
}

const utf8 = new TextEncoder();

/** A `.tar.gz` with these entries, their names as given. */
export function packTarGz(entries: readonly Packed[]): Uint8Array<ArrayBuffer> {
  const blocks = entries.flatMap((entry) => {
    const content = utf8.encode(entry.text ?? "");
    const header = new Header({
      path: entry.name,
      mode: 0o644,
      size: content.length,
      mtime: new Date(0),
      type: entry.link === undefined ? "File" : "SymbolicLink",
      linkpath: entry.link ?? "",
    });
    header.encode();
    const padding = new Uint8Array((512 - content.length % 512) % 512);
    return [header.block as Uint8Array, content, padding];
  });
  return new Uint8Array(gzipSync(concat([...blocks, new Uint8Array(1024)])));
}

/** A `.zip` with these entries, stored without compression, their names as given. */
export function packZip(entries: readonly Packed[]): Uint8Array<ArrayBuffer> {
  const local: Uint8Array[] = [];
  const central: Uint8Array[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = utf8.encode(entry.name);
    const content = utf8.encode(entry.link ?? entry.text ?? "");
    const crc = entry.crc ?? crc32(content);
    const mode = entry.link === undefined ? 0o100644 : 0o120777;
    const shared = [
      [2, 20],
      [2, 0],
      [2, 0],
      [4, 0],
      [4, crc],
      [4, content.length],
      [
        4,
        content.length,
      ],
      [2, name.length],
      [2, 0],
    ] as const;
    const header = numbers([4, 0x04034b50], ...shared);
    local.push(header, name, content);
    central.push(
      numbers([4, 0x02014b50], [2, 0x0314], ...shared, [2, 0], [2, 0], [2, 0], [
        4,
        mode * 65536,
      ], [4, offset]),
      name,
    );
    offset += header.length + name.length + content.length;
  }
  const size = central.reduce((sum, part) => sum + part.length, 0);
  const count = entries.length;
  const end = numbers([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [
    4,
    offset,
  ], [2, 0]);
  return concat([...local, ...central, end]);
}

/** Little-endian numbers, each with its count of bytes. */
function numbers(...fields: (readonly [bytes: number, value: number])[]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([bytes, value]) =>
      Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256)
    ),
  );
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
