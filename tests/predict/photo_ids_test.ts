import { expect } from "expect";
import fc from "fast-check";
import { photoIds, safeIds } from "papilio/predict/photo_ids.ts";

Deno.test("an id is the path without its extension, folders joined", () => {
  expect(photoIds(["a.jpg", "wings/left 1.png", "größe 蝶.tif"])).toEqual([
    "a",
    "wings__left 1",
    "größe 蝶",
  ]);
});

Deno.test("photos that would share an id each get digits of their own path", () => {
  const ids = photoIds(["a.jpg", "a.png", "A.png", "sub/a.jpg"]);
  expect(ids[3]).toBe("sub__a");
  expect(new Set(ids.map((id) => id.toLowerCase())).size).toBe(4);
  for (const id of ids.slice(0, 3)) expect(id).toMatch(/^[aA]-[0-9a-f]{8}$/);
});

Deno.test("the digits depend on the photo's own path alone", () => {
  const [first] = photoIds(["a.jpg", "a.png"]);
  const [again] = photoIds(["a.jpg", "a.tif", "b.jpg"]);
  expect(again).toBe(first);
});

Deno.test("names that Windows refuses are changed, and told apart", () => {
  const ids = photoIds([
    "what?.jpg",
    "what*.jpg",
    "con.jpg",
    "line\nbreak.png",
    "dot..jpg",
    ".hidden",
  ]);
  for (const id of ids) {
    // deno-lint-ignore no-control-regex
    expect(id).not.toMatch(/[<>:"/\\|?*\u0000-\u001f]|[. ]$|^\./);
    expect(id).toMatch(/-[0-9a-f]{8}$/);
  }
  expect(new Set(ids).size).toBe(ids.length);
});

Deno.test("a very long name leaves room for the endings of its files", () => {
  const [id = ""] = photoIds([`${"蝶".repeat(80)}.jpg`]);
  expect(new TextEncoder().encode(`${id}_probability.png.1234567-1234.partial`).length)
    .toBeLessThanOrEqual(255);
});

Deno.test("ids of cases keep their dots", () => {
  expect(safeIds([{ name: "img.v2", path: "x" }])).toEqual(["img.v2"]);
});

Deno.test("two photos that still share an id are an error", () => {
  const [clash] = photoIds(["a.jpg", "a.png"]);
  expect(() => photoIds(["a.jpg", "a.png", `${clash}.jpg`])).toThrow(
    `Cannot name the masks: expected a name of its own for each photo, got "${clash}" for both ` +
      `a.jpg and ${clash}.jpg. Rename one of the two photos.`,
  );
});

Deno.test("any set of paths gets unique, safe ids", () => {
  const name = fc.string({ unit: "binary", minLength: 1, maxLength: 12 })
    .filter((text) => !text.includes("/"));
  const paths = fc.uniqueArray(
    fc.array(name, { minLength: 1, maxLength: 3 }).map((p) => p.join("/")),
  );
  fc.assert(
    fc.property(paths, (list) => {
      const ids = photoIds(list);
      expect(new Set(ids.map((id) => id.normalize("NFC").toLowerCase())).size).toBe(list.length);
      for (const id of ids) {
        // deno-lint-ignore no-control-regex
        expect(id).not.toMatch(/[<>:"/\\|?*\u0000-\u001f]/);
      }
    }),
    { numRuns: 200, seed: 1 },
  );
});
