import pl from "nodejs-polars";
import { expect } from "expect";
import { show, toBundle } from "papilio/notebook/display.ts";
import { svgToPng } from "papilio/report/svg.ts";
import { inNotebook } from "./_stub_kernel.ts";

Deno.test("a figure is shown at the size of its drawing, however many pixels it has", async () => {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"/>`;
  for (const scale of [1, 2, 3]) {
    const { data, metadata } = await toBundle(svgToPng(svg, scale));
    expect(Object.keys(data)).toEqual(["image/png", "text/plain"]);
    expect(data["text/plain"]).toBe(`figure, ${40 * scale}×${20 * scale} pixels`);
    expect(metadata).toEqual({ "image/png": { width: 40, height: 20 } });
  }
});

Deno.test("text is Markdown", async () => {
  expect(await toBundle("*so*")).toEqual({ data: { "text/markdown": "*so*" }, metadata: {} });
});

Deno.test("a frame is a table of 20 rows at most, made safe, with four digits behind the point", async () => {
  const small = pl.DataFrame({ id: ["<b>", null], value: [0.123456, 2] });
  const { data } = await toBundle(small);
  expect(data["text/html"]).toBe(
    "<table><thead><tr><th>id</th><th>value</th></tr></thead><tbody>" +
      "<tr><td>&#60;b&#62;</td><td>0.1235</td></tr><tr><td></td><td>2</td></tr></tbody></table>",
  );
  expect(data["text/plain"]).toBe("id\tvalue\n<b>\t0.1235\n\t2");
  const long = await toBundle(pl.DataFrame({ n: Array.from({ length: 23 }, (_, i) => i) }));
  expect(long.data["text/html"]).toMatch(/<td>19<\/td><\/tr><\/tbody><\/table><p>and 3 more rows/);
});

Deno.test("what is shown at a place again takes the place of what stood there", async () => {
  const sent = await inNotebook(async () => {
    await show("a", { place: "here" });
    await show("b", { place: "here" });
    await show("c", { place: "there" });
    await show("d");
  });
  expect(sent.map(({ type, content }) => [type, content.transient.display_id])).toEqual([
    ["display_data", "here"],
    ["update_display_data", "here"],
    ["display_data", "there"],
    ["display_data", undefined],
  ]);
});
