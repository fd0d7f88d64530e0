import { expect } from "expect";
import {
  fillHoles,
  keepLargestPart,
  removeSmallObjects,
  removeSmallParts,
} from "papilio/predict/postprocess/parts.ts";
import { labelsOf, maskOf, rowsOf } from "./_pictures.ts";

const mask = maskOf(
  "####..#.",
  "#..#...#",
  "#.##....",
  "####.##.",
  "......#.",
);

Deno.test("parts below an area go; corners connect unless only sides shall", () => {
  expect(rowsOf(removeSmallParts(mask, 3))).toEqual(
    ["####....", "#..#....", "#.##....", "####.##.", "......#."],
  );
  expect(removeSmallParts(mask, 2)).toEqual(mask);
  expect(rowsOf(removeSmallParts(mask, 2, 4))).toEqual(rowsOf(removeSmallParts(mask, 3)));
  expect(rowsOf(removeSmallParts(mask, 99)).join("")).not.toContain("#");
});

Deno.test("the largest part stays; an empty mask stays empty", () => {
  expect(rowsOf(keepLargestPart(mask))).toEqual(
    ["####....", "#..#....", "#.##....", "####....", "........"],
  );
  expect(rowsOf(keepLargestPart(maskOf("...")))).toEqual(["..."]);
  expect(rowsOf(keepLargestPart(maskOf("#.#")))).toEqual(["#.."]);
});

Deno.test("holes are filled, up to an area; what is open to the edge is none", () => {
  expect(rowsOf(fillHoles(mask)).slice(0, 4)).toEqual(
    ["####..#.", "####...#", "####....", "####.##."],
  );
  expect(fillHoles(mask, 2)).toEqual(mask);
  expect(rowsOf(fillHoles(mask, 3))[1]).toBe("####...#");
  expect(rowsOf(fillHoles(maskOf("#.#", "#.#", "###")))).toEqual(["#.#", "#.#", "###"]);
  // Background connects along sides alone, so a diagonal closes a hole.
  expect(rowsOf(fillHoles(maskOf(".#.", "#.#", ".#.")))[1]).toBe("###");
});

Deno.test("small objects go, and the others are numbered anew", () => {
  const labels = removeSmallObjects(labelsOf("1122", ".3.2"), 2);
  expect([...labels.data]).toEqual([1, 1, 2, 2, 0, 0, 0, 2]);
  expect(labels.count).toBe(2);
});
