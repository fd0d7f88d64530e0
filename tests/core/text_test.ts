import { expect } from "expect";
import { counted } from "papilio/core/text.ts";

Deno.test("counted: one thing, several, none; a plural of its own", () => {
  const images = [1, 2, 0].map((count) => counted(count, "image"));
  expect(images).toEqual(["1 image", "2 images", "0 images"]);
  expect([counted(1, "class", "classes"), counted(3, "class", "classes")])
    .toEqual(["1 class", "3 classes"]);
});
