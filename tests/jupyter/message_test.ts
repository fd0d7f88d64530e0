import { expect } from "expect";
import {
  BrokenMessage,
  decodeMessage,
  encodeRequest,
  signatureOf,
} from "papilio/jupyter/message.ts";

const key = "secret key";
const parts = [
  '{"msg_id":"1","msg_type":"status"}',
  '{"msg_id":"0"}',
  "{}",
  '{"execution_state":"idle"}',
];
/** `printf '%s' <the parts> | openssl dgst -sha256 -hmac "secret key"` */
const signature = "051b0d04b63fdda315d6a78f6af710de9ad046d10ffd52b5007e440fadc72217";

const toFrames = (texts: string[]) => texts.map((text) => new TextEncoder().encode(text));

Deno.test("the signature is that of openssl", () => {
  expect(signatureOf(parts, key)).toBe(signature);
});

Deno.test("a message: routing frames before the delimiter and buffers at the end are passed over", () => {
  const frames = toFrames(["topic", "<IDS|MSG>", signature, ...parts, "buffer"]);
  expect(decodeMessage(frames, key)).toEqual({
    type: "status",
    id: "1",
    parentId: "0",
    content: { execution_state: "idle" },
  });
});

Deno.test("a message that was changed on its way is refused, with its size", () => {
  for (const changed of [2, 3, 4, 5]) {
    const texts = ["<IDS|MSG>", signature, ...parts];
    texts[changed] = `${texts[changed]} `;
    const size = texts.join("").length;
    expect(() => decodeMessage(toFrames(texts), key)).toThrow(BrokenMessage);
    expect(() => decodeMessage(toFrames(texts), key)).toThrow(`a message of ${size} bytes`);
  }
  expect(() => decodeMessage(toFrames(parts), key)).toThrow(BrokenMessage);
});

Deno.test("a request is signed with the key", () => {
  const request = { type: "execute_request", id: "7", content: { code: "1 + 1" } };
  const frames = encodeRequest(request, { key, session: "s" });
  expect(decodeMessage(toFrames(frames), key)).toEqual({ ...request, parentId: undefined });
  expect(() => decodeMessage(toFrames(frames), "another")).toThrow(BrokenMessage);
});
