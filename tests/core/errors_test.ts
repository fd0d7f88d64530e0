import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { messageOf, PapilioError } from "papilio/core/errors.ts";

Deno.test("an error says what could not be done, what was expected, what was got, and the remedy", () => {
  const cause = new TypeError("deep down");
  const problem = {
    cannot: "read a.png",
    expected: "an image",
    got: "text",
    remedy: "Save it again.",
    cause,
  };
  const error = new PapilioError(problem);
  expect(error.message).toBe("Cannot read a.png: expected an image, got text. Save it again.");
  expect([error.name, error.cause, error.problem]).toEqual(["PapilioError", cause, problem]);
  expect(error).toBeInstanceOf(Error);
});

Deno.test("messageOf takes whatever was thrown", () => {
  expect(messageOf(new RangeError("too far"))).toBe("too far");
  expect(messageOf("a text")).toBe("a text");
  expect(messageOf(undefined)).toBe("undefined");
});

Deno.test("present lets through 0, false and empty text, and names what is missing", () => {
  expect([present(0), present(false), present("")]).toEqual([0, false, ""]);
  expect(() => present(undefined, "the weight")).toThrow("Internal mistake: the weight is missing");
  expect(() => present(null)).toThrow("Internal mistake: value is missing");
});
