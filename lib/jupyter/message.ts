import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { z } from "zod";

/** A message of Jupyter's protocol, as far as it is of use here. */
export interface Message {
  type: string;
  /** Names it, so that a reply can refer to it. */
  id: string;
  /** The message to which this one is the reply, or in whose course it was sent. */
  parentId: string | undefined;
  content: Record<string, unknown>;
}

/** A message whose signature is not that of its parts. */
export class BrokenMessage extends Error {
  constructor(readonly sizeBytes: number) {
    super(`a message of ${sizeBytes} bytes with a wrong signature`);
  }
}

const delimiter = "<IDS|MSG>";
const protocolVersion = "5.3";

const headerSchema = z.looseObject({ msg_id: z.string(), msg_type: z.string() });
const parentSchema = z.looseObject({ msg_id: z.string().optional() });
const contentSchema = z.record(z.string(), z.unknown());

/**
 * HMAC-SHA256 of header, parent header, metadata and content, in hexadecimal.
 *
 * Source: Jupyter's messaging specification, "The wire protocol".
 */
export function signatureOf(parts: readonly (string | Uint8Array)[], key: string): string {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return mac.digest("hex");
}

/** The frames of a request to a kernel. */
export function encodeRequest(
  { type, id, content }: Pick<Message, "type" | "id" | "content">,
  { key, session }: { key: string; session: string },
): string[] {
  const header = {
    msg_id: id,
    msg_type: type,
    session,
    username: "papilio",
    date: new Date().toISOString(),
    version: protocolVersion,
  };
  const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
  return [delimiter, signatureOf(parts, key), ...parts];
}

/**
 * The message in these frames, whose signature must be right.
 *
 * @throws {BrokenMessage} if it is not.
 */
export function decodeMessage(frames: readonly Uint8Array[], key: string): Message {
  const start = frames.findIndex((frame) => toText(frame) === delimiter);
  const signature = frames[start + 1];
  const parts = frames.slice(start + 2, start + 6);
  if (start < 0 || signature === undefined || toText(signature) !== signatureOf(parts, key)) {
    throw new BrokenMessage(frames.reduce((sum, frame) => sum + frame.length, 0));
  }
  const [header, parent, , content] = parts.map((part) => JSON.parse(toText(part)));
  const { msg_id: id, msg_type: type } = headerSchema.parse(header);
  return {
    type,
    id,
    parentId: parentSchema.parse(parent).msg_id,
    content: contentSchema.parse(content),
  };
}

function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}
