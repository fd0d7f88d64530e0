import { expect } from "expect";
import { classColours, classesText, measuredClasses, parseClasses } from "papilio/core/classes.ts";
import { resolveConfig } from "papilio/core/config.ts";

Deno.test("a class table as text: values, names of files, and what is left", () => {
  expect(parseClasses(" background , wing=fore*+hind*, spot=3+fore_spot ")).toEqual([
    { name: "background", values: [], files: [] },
    { name: "wing", values: [], files: ["fore*", "hind*"] },
    { name: "spot", values: [3], files: ["fore_spot"] },
  ]);
  expect(parseClasses("")).toEqual([]);
  expect(classesText(parseClasses("background, wing=fore*+3 ,body=2"))).toBe(
    "background,wing=3+fore*,body=2",
  );
});

Deno.test("a text that is no class table is an error that shows the part", () => {
  for (const [text, part] of [["a=1,=2", "=2"], ["a=1=2,b", "a=1=2"], ["a b=1,c", "a b=1"]]) {
    expect(() => parseClasses(text as string)).toThrow(`no spaces in a name, got "${part}"`);
  }
  for (const text of ["[{", '[{"name":"a b"}]', '[{"nam":"a"}]']) {
    expect(() => parseClasses(text)).toThrow("expected a JSON list of classes, as in config.json");
  }
});

Deno.test("a class table as JSON, as a configuration has it: with colours, and any names of files", () => {
  expect(parseClasses('[{"name": "a"}, {"name": "b", "files": ["3"], "color": "#112233"}]'))
    .toEqual([
      { name: "a", values: [], files: [] },
      { name: "b", values: [], files: ["3"], color: "#112233" },
    ]);
});

Deno.test("a class table in the configuration: its faults", () => {
  const problem = (text: string) => () => resolveConfig("smoke", { classes: parseClasses(text) });
  expect(problem("a=1,b=2,a=3")).toThrow('classes: "a" is there twice');
  expect(problem("Background=0,pet=1")).toThrow('write "background"');
  expect(problem("pet=1")).toThrow("classes: one class alone: name at least two");
  expect(problem("a=0,b=0,c=255")).toThrow('classes: "a" and "b" both claim the value 0');
  expect(problem("a=1+x*,b=2,c=1+x*")).toThrow('"a" and "c" both claim the value 1');
  expect(problem("a=1+x*,b=1+y*,c=1")).not.toThrow(); // Of other files; where both are, the last one's.
  expect(problem("a,b,c=1")).toThrow("classes: a and b both have no rule");
  const many = Array.from({ length: 256 }, (_, i) => `c${i}=${i}`).join();
  expect(problem(many)).toThrow("classes: 256 classes, at most 255");
  const coloured = [{ name: "a", values: [1], color: "red" }, { name: "b" }];
  expect(() => resolveConfig("smoke", { classes: coloured })).toThrow("classes.0.color: ");
  expect(resolveConfig("smoke", { classes: parseClasses("a=1,b=2") }).classes.length).toBe(2);
});

Deno.test("the background is white and in no mean, wherever it stands", () => {
  expect(classColours(["wing", "background", "body"])).toEqual(["#56b4e9", "#ffffff", "#e69f00"]);
  expect(classColours([{ name: "wing", color: "#000001", values: [], files: [] }, "body"]))
    .toEqual(["#000001", "#e69f00"]);
  expect(measuredClasses(["wing", "background", "body"])).toEqual([0, 2]);
});
