import { expect } from "expect";
import sharp from "sharp";
import type { DrawnClass } from "papilio/report/class_overlay.ts";
import { drawCurves, type HistoryRow, renderCurves } from "papilio/report/curves.ts";
import { packRow } from "papilio/report/_packed_rows.ts";
import { fitIntoSquare, type GridOptions, renderGrid, shownSides } from "papilio/report/grid.ts";
import { escapeXml, FONT_FAMILY, svgToPng } from "papilio/report/svg.ts";

function history(valLosses: readonly number[], phaseLength = 3): HistoryRow[] {
  return valLosses.map((valLoss, i) => ({
    phase: i < phaseLength ? 1 : 2,
    epoch: i + 1,
    learningRate: i < phaseLength ? 1e-3 : 1e-4,
    ...{ loss: valLoss * 0.9, valLoss },
    ...{ dice: 0.9, valDice: 0.89, iou: 0.82, valIou: 0.81 },
  }));
}

/** Share of the pixels that are not white. */
async function inked(
  png: Uint8Array,
  region?: { left: number; top: number; width: number; height: number },
) {
  const picture = region ? sharp(png).extract(region) : sharp(png);
  const data = await picture.flatten({ background: "white" }).greyscale().raw().toBuffer();
  return data.filter((value) => value < 200).length / data.length;
}

Deno.test("text is drawn by the font that comes along, as wide as its metrics say", async () => {
  const svg = (text: string) =>
    `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="40" font-family="${FONT_FAMILY}"` +
    ` font-size="20"><text x="0" y="25">${text}</text></svg>`;
  const { info } = await sharp(svgToPng(svg("HHHHHHHHHH"))).trim().toBuffer({
    resolveWithObject: true,
  });
  // DejaVu Sans' H: advance 1540, stem to stem 1139 of 2048 units. Ten: (9·1540 + 1139) / 2048 · 20.
  expect(Math.abs(info.width - (9 * 1540 + 1139) / 2048 * 20)).toBeLessThan(3);
});

Deno.test("what XML would take for markup, or not take at all, is escaped", () => {
  expect(escapeXml(`a<b>&"\u0001`)).toBe("a&#60;b&#62;&#38;&#34;\ufffd");
});

Deno.test("curves name their series with the last values, the phases and the best epoch", async () => {
  const svg = await drawCurves(history([0.9, 0.5, 0.3, 0.2, 0.25]), { title: "Run 7" });
  for (
    const text of [
      "Run 7",
      "validation 0.250",
      "training 0.225",
      "Dice, validation 0.890",
      "IoU, training 0.820",
      "phase 1: encoder frozen",
      "phase 2: all layers",
      "best: epoch 4",
      "Learning rate (logarithmic)",
    ]
  ) expect(svg).toContain(`>${text}<`);
});

Deno.test("end labels of curves that end together do not overlap", async () => {
  const svg = await drawCurves(history([0.5, 0.4]));
  const ys = ["Dice, validation", "Dice, training", "IoU, validation", "IoU, training"].map((
    label,
  ) => Number(svg.match(new RegExp(`translate\\([\\d.]+,([\\d.]+)\\)"[^>]*>${label}`))?.[1])).sort((
    a,
    b,
  ) => a - b);
  for (let i = 1; i < ys.length; i++) {
    expect((ys[i] as number) - (ys[i - 1] as number)).toBeGreaterThan(14);
  }
});

Deno.test("curves of a single epoch, and of one without validation, are drawn", async () => {
  for (const rows of [history([0.5]), history([NaN, NaN])]) {
    const png = await renderCurves(rows, { scale: 1 });
    const { format, width = 0, height = 0 } = await sharp(png).metadata();
    expect(format).toBe("png");
    expect(width).toBeGreaterThan(600);
    expect(height).toBeGreaterThan(500);
    expect(await inked(png)).toBeGreaterThan(0.005);
  }
});

/** The tick labels of each chart, from the top. */
function ticksOf(svg: string): string[][] {
  const axes = svg.split('<g class="mark-text role-axis-label"').slice(1)
    .map((part) => part.slice(0, part.indexOf("</g>")));
  return axes.map((axis) => [...axis.matchAll(/>([^<]+)<\/text>/g)].map(([, text = ""]) => text));
}

Deno.test("the learning rate's ticks are exact, and its axis ends where nothing is learned", async () => {
  const rates = async (...values: number[]) => {
    const rows = history(values.map(() => 0.5)).map((row, i) => ({
      ...row,
      learningRate: values[i] ?? NaN,
    }));
    const svg = await drawCurves(rows);
    return { ticks: ticksOf(svg).at(-1), svg };
  };
  expect((await rates(1e-3, 2.5e-4)).ticks).toEqual(["2.5e-4", "1e-3"]);
  expect((await rates(1e-3, 5e-4, 6.25e-6)).ticks).toEqual(["6.25e-6", "1e-4", "1e-3"]);
  const falling = await rates(1e-3, 2e-6, 4e-10); // Four decades below the highest is the end.
  expect(falling.ticks?.at(0)).toBe("2e-6");
  expect(falling.svg).toContain(">4e-10<");
});

Deno.test("axes of Dice and IoU begin with a number, 0 or a tenth from 0.5 on", async () => {
  for (
    const [iou, first] of [[0.16, "0.0"], [0.57, "0.5"], [0.81, "0.80"], [0.97, "0.90"]] as const
  ) {
    const rows = history([0.5, 0.4]).map((row) => ({
      ...row,
      iou,
      valIou: iou,
      dice: 1,
      valDice: 1,
    }));
    const [, , , ticks = []] = ticksOf(await drawCurves(rows)); // After x and y of the loss, and x.
    expect([iou, ticks[0], Number(ticks.at(-1))]).toEqual([iou, first, 1]);
  }
});

/** The left upper corner of a text, or the middle of one that is centred. */
function placeOf(svg: string, text: string): [x: number, y: number] {
  const at = new RegExp(`translate\\(([-\\d.]+),([-\\d.]+)\\)"[^>]*>${text}<`).exec(svg);
  return [Number(at?.[1]), Number(at?.[2])];
}

Deno.test("names of phases share a line if they fit, and no line crosses a longer one", async () => {
  const even = await drawCurves(history([0.5, 0.4, 0.3, 0.3, 0.3, 0.3], 3));
  const [one, two] = [1, 2].map((phase) => placeOf(even, `phase ${phase}: [a-z ]+`));
  expect(two?.[1]).toBe(one?.[1]);
  const short = await drawCurves(history([0.5, 0.4, 0.3, 0.3, 0.3, 0.3], 1));
  const [above, below] = [1, 2].map((phase) => placeOf(short, `phase ${phase}: [a-z ]+`));
  expect((below?.[1] ?? 0) - (above?.[1] ?? 0)).toBe(14);
  // The line between the phases begins at the second name's height, which is below the first name.
  expect(short).toMatch(/aria-roledescription="rule mark"[^>]*translate\([\d.]+,8\)/);
});

Deno.test("the best epoch's name keeps clear of the curves", async () => {
  const close = history([0.9, 0.4, 0.35, 0.3, 0.4, 0.42]).map((row, i) => ({
    ...row,
    loss: row.valLoss + (i % 2 ? 0.12 : -0.03),
  }));
  const [x, y] = placeOf(await drawCurves(close), "best: epoch 4");
  const top = Math.max(...close.flatMap(({ loss, valLoss }) => [loss, valLoss])) * 1.25;
  const heightAt = (value: number) => 180 * (1 - value / top);
  const halfPx = 40;
  for (let at = x - halfPx; at <= x + halfPx; at++) {
    const epoch = at / 560 * 6 - 0.5;
    for (const key of ["loss", "valLoss"] as const) {
      const [before, after] = [
        close[Math.floor(epoch)]?.[key],
        close[Math.floor(epoch) + 1]?.[key],
      ];
      if (before === undefined || after === undefined) continue;
      const value = before + (after - before) * (epoch % 1);
      expect(Math.abs(heightAt(value) - y)).toBeGreaterThan(6);
    }
  }
});

Deno.test("a class has the colour of its overlays, made darker where it is too pale on white", async () => {
  const names = ["background", "wings", "body", "eyes"];
  const rows = history([0.5, 0.4]).map((row, i) => ({
    ...row,
    valClassIou: Object.fromEntries(names.map((name, k) => [name, 0.5 + 0.1 * k + 0.01 * i])),
  }));
  const coloursOf = async (classes?: DrawnClass[]) => {
    const svg = await drawCurves(rows, classes && { classes });
    return names.map((name) => new RegExp(`fill="([^"]*)"[^>]*>${name} `).exec(svg)?.[1]);
  };
  expect(await coloursOf()).toEqual([undefined, "#56b4e9", "#e69f00", "#009e73"]);
  const yellow = await coloursOf([
    { name: "eyes", colour: "#123456" },
    { name: "wings", colour: "#f0e442" },
  ]);
  expect([yellow[2], yellow[3]]).toEqual(["#e69f00", "#123456"]);
  // Of the same hue, with a contrast to white of 2 by WCAG's formula, which gives 1.32 for the yellow.
  expect(yellow[1]).toBe("#c5bb34");
});

Deno.test("without an epoch there are no curves", async () => {
  await expect(renderCurves([])).rejects.toThrow(
    "Cannot draw learning curves: expected the history of at least one finished epoch, got none.",
  );
});

const solid = (widthPx: number, heightPx: number, value: number) => ({
  data: new Uint8Array(widthPx * heightPx * 3).fill(value),
  widthPx,
  heightPx,
});

Deno.test("a contact sheet places pictures in rows, and a label below each", async () => {
  const panels = [0, 60, 120].map((value) => ({
    image: solid(50, 25, value),
    label: `grey ${value}`,
  }));
  const png = await renderGrid(panels, { columns: 2, panelPx: 100 });
  const { width, height } = await sharp(png).metadata();
  // 12 + 2·(100 + 12) wide; 12 + 2·(50 + 18 + 12) high.
  expect([width, height]).toEqual([236, 172]);
  const { data } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const at = (x: number, y: number) => data[(y * 236 + x) * 3];
  expect([at(62, 37), at(174, 37), at(62, 117), at(174, 117)]).toEqual([0, 60, 120, 255]);
  for (const [left, top] of [[12, 62], [124, 62], [12, 142]] as const) {
    expect(await inked(png, { left, top, width: 100, height: 18 })).toBeGreaterThan(0.05);
  }
  expect(await inked(png, { left: 124, top: 142, width: 100, height: 18 })).toBe(0);
});

Deno.test("a row of unlike shapes is as wide as its panels, and all in it are of one height", () => {
  const shape = (widthPx: number, heightPx: number) => ({ widthPx, heightPx });
  const row = (...pictures: ReturnType<typeof shape>[]) => {
    const cells = packRow(pictures, { panelPx: 100, gapPx: 10 });
    const heights = cells.map(({ sidePx }, i) => {
      const { widthPx, heightPx } = pictures[i] as ReturnType<typeof shape>;
      return sidePx * heightPx / Math.max(widthPx, heightPx);
    });
    expect((cells.at(-1)?.leftPx ?? 0) + (cells.at(-1)?.widthPx ?? 0))
      .toBeCloseTo(110 * pictures.length, 6);
    return { cells, heights };
  };
  // 1.2·h + 0.9·h = 200.
  const mixed = row(shape(24, 20), shape(18, 20));
  expect(mixed.heights).toEqual(Array(2).fill(expect.closeTo(200 / 2.1, 2)));
  expect(mixed.cells.map(({ widthPx }) => widthPx))
    .toEqual([expect.closeTo(240 / 2.1, 2), expect.closeTo(180 / 2.1, 2)]);
  // A narrow one keeps 80 for its label: 1.5·h = 120.
  expect(row(shape(30, 20), shape(5, 20)).heights).toEqual(Array(2).fill(expect.closeTo(80, 2)));
  // No higher than a panel: what is spare is shared.
  const tall = row(shape(10, 20), shape(12, 20));
  expect(tall.heights).toEqual([100, 100]);
  expect(tall.cells.map(({ widthPx }) => widthPx)).toEqual([100, 100]);
  // Of one shape, or with one far too wide: squares.
  expect(row(shape(30, 20), shape(60, 40)).cells.map(({ sidePx }) => sidePx)).toEqual([100, 100]);
  const wide = row(shape(100, 10), shape(20, 20), shape(20, 20));
  expect(wide.cells).toEqual(
    [10, 120, 230].map((leftPx) => ({ leftPx, widthPx: 100, sidePx: 100 })),
  );
});

Deno.test("a sheet of unlike shapes has no empty cells", async () => {
  const shapes = [[40, 30], [30, 40], [48, 30], [30, 30], [45, 30], [30, 45], [30, 30], [40, 30]];
  const panels = shapes.map(([width = 0, height = 0]) => ({
    ...{ image: solid(width, height, 0), label: "" },
  }));
  const sheet = await renderGrid(panels, { panelPx: 100 });
  expect(await inked(sheet)).toBeGreaterThan(0.55);
  // Drawn at the sides that are shown, pictures make the same sheet but for whole pixels.
  const sides = shownSides(panels.map(({ image }) => image), { panelPx: 100, scale: 2 });
  const drawn = await Promise.all(panels.map(async ({ image, label }, i) => ({
    label,
    image: await fitIntoSquare(image, sides[i] as number),
  })));
  const sizes = await Promise.all([panels, drawn].map(async (each) => {
    const { width = 0, height = 0 } = await sharp(
      await renderGrid(each, { panelPx: 100, scale: 2 }),
    )
      .metadata();
    return [width, height];
  }));
  expect(sizes[1]).toEqual([sizes[0]?.[0], expect.closeTo(sizes[0]?.[1] ?? NaN, -1)]);
});

Deno.test("a sheet at scale 2 has twice the measures, text included; a palette makes it smaller", async () => {
  const noise = Uint8Array.from({ length: 100 * 50 * 3 }, (_, i) => (i * 7919) % 251);
  const panels = [solid(50, 25, 60), { data: noise, widthPx: 100, heightPx: 50 }].map((image) => ({
    image,
    label: "grey",
  }));
  const sheet = (options: GridOptions) =>
    renderGrid(panels, { panelPx: 100, title: "Two", ...options });
  const [once, twice] = [await sheet({}), await sheet({ scale: 2 })];
  const few = await sheet({ scale: 2, palette: true });
  const [small, large] = [await sharp(once).metadata(), await sharp(twice).metadata()];
  expect([large.width, large.height]).toEqual([2 * small.width!, 2 * small.height!]);
  const label = { left: 12, top: 84, width: 100, height: 18 };
  const ink = await inked(once, label);
  expect(ink).toBeGreaterThan(0.05);
  const twiceAsLarge = { left: 24, top: 168, width: 200, height: 36 };
  expect(Math.abs(await inked(twice, twiceAsLarge) - ink)).toBeLessThan(0.03);
  expect(few.length).toBeLessThan(twice.length / 2);
  const colours = new Set<string>();
  const { data } = await sharp(few).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  for (let i = 0; i < data.length; i += 3) colours.add(data.subarray(i, i + 3).join());
  expect(colours.size).toBeLessThanOrEqual(256);
});

Deno.test("a label wider than its picture stays inside it", async () => {
  const panels = [{ image: solid(10, 10, 255), label: "W".repeat(60) }, {
    image: solid(10, 10, 255),
    label: "",
  }];
  const png = await renderGrid(panels, { panelPx: 120 });
  expect(await inked(png, { left: 144, top: 132, width: 120, height: 18 })).toBe(0);
});

Deno.test("a label whose middle is narrow loses more of it, until it is inside", async () => {
  const image = solid(10, 10, 255);
  const label = `${"W".repeat(5)}${"i".repeat(14)}${"W".repeat(5)}`;
  const png = await renderGrid([{ image, label }, { image, label: "" }], { panelPx: 120 });
  for (const left of [0, 132]) {
    expect(await inked(png, { left, top: 132, width: 12, height: 18 })).toBe(0);
  }
  expect(await inked(png, { left: 12, top: 132, width: 120, height: 18 })).toBeGreaterThan(0.1);
});

Deno.test("a label that is a little too wide shrinks, and loses nothing", async () => {
  const image = { data: new Uint8Array(3).fill(200), widthPx: 1, heightPx: 1 };
  const sheet = (label: string) => renderGrid([{ image, label }], { panelPx: 110 });
  // 120 pixels wide. Without the middle, where two letters change places, both would be one picture.
  const [one, other] = await Promise.all(["foreground 16.6 %", "foregroudn 16.6 %"].map(sheet));
  expect(one).not.toEqual(other);
});

Deno.test("a contact sheet of nothing is refused", async () => {
  await expect(renderGrid([])).rejects.toThrow("expected at least one picture, got none.");
});
