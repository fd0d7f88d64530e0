import { expect } from "expect";
import { counted, nearestName, optionName, quoted } from "papilio/core/text.ts";

Deno.test("counted: one thing, several, none; a plural of its own", () => {
  const images = [1, 2, 0].map((count) => counted(count, "image"));
  expect(images).toEqual(["1 image", "2 images", "0 images"]);
  expect([counted(1, "class", "classes"), counted(3, "class", "classes")])
    .toEqual(["1 class", "3 classes"]);
});

Deno.test("options and arguments as a command line has them", () => {
  expect(optionName(["lossSettings", "focalTverskyGamma"])).toBe(
    "--loss-settings.focal-tversky-gamma",
  );
  expect(quoted("background,wings=*wing*")).toBe("'background,wings=*wing*'");
  expect(quoted("it's")).toBe(String.raw`'it'\''s'`);
});

Deno.test("nearestName: letters swapped, left out or large; nothing for what is far", () => {
  const known = ["bce", "dice", "cross-entropy", "lovasz-hinge"];
  expect(
    ["dise", "Dice", "crossentropy", "lovasz_hinge", "b"].map((name) => nearestName(name, known)),
  )
    .toEqual(["dice", "dice", "cross-entropy", "lovasz-hinge", undefined]);
  expect(nearestName("dice", [])).toBeUndefined();
});
