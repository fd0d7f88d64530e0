import { expect } from "expect";
import { present } from "papilio/core/assert.ts";
import { renderPage } from "papilio/report/page/page.ts";
import { classesPart, classReport, nastyClass } from "./_class_report.ts";
import { attribute, elementsOf, parseErrors, textOf, wordsOf } from "./_document.ts";
import { fullReport } from "./_report.ts";

const page = await renderPage(classReport);
const elements = elementsOf(page);
const section = (id: string) =>
  wordsOf(present(elements.find((element) => attribute(element, "id") === id), id));

Deno.test("class page: parses without a complaint, and has the sections of classes alone", () => {
  expect(parseErrors(page)).toEqual([]);
  const ids = elements.filter(({ tagName }) => tagName === "section")
    .flatMap((element) => attribute(element, "id") ?? []);
  expect(ids.slice(0, 6)).toEqual([
    ...["results", "classes", "cases", "metrics", "reliability", "objects"],
  ]);
  expect(ids).not.toContain("threshold");
});

Deno.test("class page: text and colours from outside stay text and colours", () => {
  expect(elements.filter(({ tagName }) => tagName === "script").length).toBe(1);
  expect(page).not.toContain("<script>document.title");
  const style = textOf(present(elements.find(({ tagName }) => tagName === "style")));
  expect(style).not.toMatch(/url\(|@import/);
  expect(style).toContain(".class-1 { --class: #56b4e9; }");
  expect(style).toContain(".class-2 { --class: #999999; }");
});

Deno.test("class page: figures are means over the measured classes, and each class has its own", () => {
  expect(section("results")).toContain(`means over the classes ${nastyClass}, body.`);
  expect(section("results")).toContain("Mean IoU");
  expect(section("results")).toContain("Half of the images have a mean IoU above 0.800");
  expect(section("classes")).toContain("The means are without background.");
  expect(section("classes")).toContain("10.0 % of the pixels have no true class");
  expect(section("classes")).toContain("25.0 % 2 / 1 0.810 (0.710 to 0.910)");
  expect(section("metrics")).toContain("Objects are the connected parts of each class");
});

Deno.test("class page: means say which images and classes they are without, and why", () => {
  const without = `body in 2 of 3 images (nothing predicted); ${nastyClass} in 1 of 3 images ` +
    "(nothing there)";
  expect(section("metrics")).toContain(`precision: ${without}`);
  expect(section("metrics")).toContain("Left out of all as one image: precision: body");
  expect(section("metrics")).toContain("0.800 (0.700 to 0.900) 2 of 3 *");
  expect(section("metrics")).toContain("What is there and was not predicted has a Dice");
  expect(section("metrics")).not.toContain("Dice: ");
});

Deno.test("class page: calibration of the likeliest class, and objects of each that is measured", () => {
  expect(section("reliability")).toContain("Of the pixels whose likeliest class has a probability");
  expect(section("reliability")).toContain("Expected calibration error (ECE) 0.019");
  expect(section("reliability")).toContain("summed over all classes, 0 to 2");
  expect(section("objects").split("12 true objects and 11 predicted ones.").length).toBe(3);
});

Deno.test("class page: an evaluation of before, without calibration and objects, says how to get them", async () => {
  const { calibration: _, ...before } = classesPart;
  const classes = before.classes.map(({ objects: _, predictedImages: __, ...row }) => row);
  const older = await renderPage({ ...classReport, evaluation: { ...before, classes } });
  expect(parseErrors(older)).toEqual([]);
  expect(older.split("deno task evaluate</code> adds").length).toBe(4);
});

Deno.test("class page: the confusion matrix has a share and a number in each cell, a dash where a class is not", () => {
  const table = present(
    elements.find((element) => attribute(element, "class") === "confusion"),
  );
  const rows = elementsOf(page).filter(({ tagName }) => tagName === "td")
    .filter((cell) => attribute(cell, "style")?.startsWith("--share"));
  expect(rows.map((cell) => [attribute(cell, "style"), wordsOf(cell)])).toEqual([
    ["--share:0.976", "97.6 % 1,200"],
    ["--share:0.024", "2.4 % 30"],
    ["--share:0.000", "0.0 % 0"],
    ["--share:0.100", "10.0 % 10"],
    ["--share:0.900", "90.0 % 90"],
    ["--share:0.000", "0.0 % 0"],
    ...Array.from({ length: 3 }, () => ["--share:0", "– 0"]),
  ]);
  expect(wordsOf(table)).toContain("true ↓, predicted →");
});

Deno.test("class page: curves and epochs of each class that was ever there", () => {
  expect(section("training")).toContain("Validation IoU of each class");
  expect(section("training")).toContain(`validation IoU, ${nastyClass}`);
  expect(section("training")).not.toContain("validation IoU, body");
});

Deno.test("class page: a page of binary masks holds nothing of all that", async () => {
  const binary = await renderPage(fullReport);
  for (const word of ["class-swatch", "--confused", "predicted-classes", "confusion matrix"]) {
    expect([word, page.includes(word), binary.includes(word)]).toEqual([word, true, false]);
  }
});
