import { expect } from "expect";
import fc from "fast-check";
import { present } from "papilio/core/assert.ts";
import type { BinaryMask } from "papilio/data/case.ts";
import { findObjects } from "papilio/data/objects.ts";

function maskOf(...rows: string[]): BinaryMask {
  const data = Uint8Array.from(rows.join(""), (character) => character === "#" ? 1 : 0);
  return { data, widthPx: rows[0]?.length ?? 0, heightPx: rows.length };
}

Deno.test("three objects by hand, the largest first", () => {
  const mask = maskOf(
    "##...#",
    "##....",
    "..#...",
    "....##",
    "....##",
  );
  expect(findObjects(mask)).toEqual([
    // A square and the pixel at its corner: x = (0.5 + 1.5 + 0.5 + 1.5 + 2.5) / 5.
    {
      areaPx: 5,
      box: { leftPx: 0, topPx: 0, widthPx: 3, heightPx: 3 },
      centroid: { xPx: 1.3, yPx: 1.3 },
    },
    {
      areaPx: 4,
      box: { leftPx: 4, topPx: 3, widthPx: 2, heightPx: 2 },
      centroid: { xPx: 5, yPx: 4 },
    },
    {
      areaPx: 1,
      box: { leftPx: 5, topPx: 0, widthPx: 1, heightPx: 1 },
      centroid: { xPx: 5.5, yPx: 0.5 },
    },
  ]);
});

Deno.test("the end of a row and the beginning of the next do not touch", () => {
  expect(findObjects(maskOf("..#", "#..")).length).toBe(2);
  expect(findObjects(maskOf("###", "...")).length).toBe(1);
});

Deno.test("an object that is bent around has its centroid outside", () => {
  const [ring] = findObjects(maskOf("###", "#.#", "###"));
  expect(ring?.centroid).toEqual({ xPx: 1.5, yPx: 1.5 });
});

Deno.test("an empty mask has no object, a full one has one", () => {
  expect(findObjects(maskOf("...", "..."))).toEqual([]);
  expect(findObjects(maskOf("###", "###"))[0]?.areaPx).toBe(6);
});

/** Labels that spread from neighbour to neighbour until nothing changes; then counted. */
function areasBySpreading({ data, widthPx, heightPx }: BinaryMask): number[] {
  const labels = Array.from(data, (value, i) => value === 0 ? 0 : i + 1);
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= widthPx || y >= heightPx ? 0 : present(labels[y * widthPx + x]);
  for (let changed = true; changed;) {
    changed = false;
    for (let i = 0; i < labels.length; i++) {
      if (labels[i] === 0) continue;
      const [x, y] = [i % widthPx, Math.floor(i / widthPx)];
      const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => at(x + dx, y + dy)));
      const highest = Math.max(...around);
      if (highest !== labels[i]) [labels[i], changed] = [highest, true];
    }
  }
  const groups = Map.groupBy(labels.filter((label) => label > 0), (label) => label);
  return [...groups.values()].map(({ length }) => length).sort((a, b) => b - a);
}

Deno.test("areas agree with labels that spread until nothing changes", () => {
  const property = fc.property(
    fc.integer({ min: 1, max: 9 }),
    fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 9, maxLength: 72 }),
    (widthPx, values) => {
      const heightPx = Math.floor(values.length / widthPx);
      const mask = {
        data: Uint8Array.from(values.slice(0, widthPx * heightPx)),
        widthPx,
        heightPx,
      };
      const before = Uint8Array.from(mask.data);
      expect(findObjects(mask).map(({ areaPx }) => areaPx)).toEqual(areasBySpreading(mask));
      expect(mask.data).toEqual(before);
    },
  );
  fc.assert(property, { numRuns: 200, seed: 1 });
});
