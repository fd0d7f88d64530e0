import { expect } from "expect";
import sharp from "sharp";
import { PapilioError } from "papilio/core/errors.ts";
import { drawNetwork, type FigureStage, renderNetwork } from "papilio/report/network_figure.ts";

const stage = (
  role: FigureStage["role"],
  name: string,
  [stride, sidePx, channels]: [number, number, number],
): FigureStage => ({ role, name, stride, sidePx, channels });

const stages = [
  stage("input", "pixels", [1, 64, 3]),
  stage("encoder", "fine", [2, 32, 16]),
  stage("encoder", "coarse", [4, 16, 48]),
  stage("bottleneck", "deepest", [8, 8, 96]),
  stage("decoder", "up 1", [4, 16, 48]),
  stage("decoder", "up 2", [2, 32, 16]),
  stage("decoder", "up 3", [1, 64, 8]),
  stage("head", "mask", [1, 64, 1]),
];

const numbersOf = (text: string) => text.split(/[\s,]+/).map(Number);

/** Boxes in the order of the stages, without the sheet itself. */
function boxesIn(svg: string) {
  return [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)"\s+height="([\d.]+)"/g)]
    .map(([, ...texts]) => texts.map(Number) as [number, number, number, number])
    .map(([x, y, width, height]) => ({ x: x + width / 2, y: y + height / 2, width, height }));
}

/** First and last point of each arrow. */
function arrowsIn(svg: string) {
  const lines = [...svg.matchAll(/<polyline points="([^"]+)"/g)].map(([, text = ""]) => {
    const numbers = numbersOf(text);
    return { from: numbers.slice(0, 2), to: numbers.slice(-2) };
  });
  return lines as { from: [number, number]; to: [number, number] }[];
}

Deno.test("every stage has a box with its name and its size", () => {
  const svg = drawNetwork(stages, { title: "A <U>" });
  expect(boxesIn(svg).length).toBe(stages.length);
  for (const { name, sidePx, channels } of stages) {
    expect(svg).toContain(`>${name}<`);
    expect(svg).toContain(`>${sidePx} × ${sidePx} × ${channels}<`);
  }
  expect(svg).toContain(">A &#60;U&#62;<");
});

Deno.test("boxes are wider with the side, taller with the channels, in rows by stride", () => {
  const [input, fine, coarse, deepest, up1, up2, up3, mask] = boxesIn(drawNetwork(stages));
  const widths = [input, fine, coarse, deepest].map((box) => box?.width ?? NaN);
  expect(widths).toEqual(widths.toSorted((a, b) => b - a));
  expect(new Set(widths).size).toBe(4);
  const heights = [mask, input, up3, fine, coarse, deepest].map((box) => box?.height ?? NaN);
  expect(heights).toEqual(heights.toSorted((a, b) => a - b));
  expect(new Set(heights).size).toBe(6);
  const ys = [mask, up3, up2, up1, deepest].map((box) => box?.y ?? NaN);
  expect(ys).toEqual(ys.toSorted((a, b) => a - b));
  expect([input?.y, fine?.y, coarse?.y]).toEqual([up3?.y, up2?.y, up1?.y]);
  expect([fine?.x, coarse?.x]).toEqual([input?.x, input?.x]);
  expect(new Set([up1, up2, up3, mask].map((box) => box?.x)).size).toBe(1);
});

Deno.test("arrows follow the computation, and skips are level", () => {
  const svg = drawNetwork(stages);
  const boxes = boxesIn(svg);
  const arrows = arrowsIn(svg);
  expect(arrows.length).toBe(7 + 2);
  const path = arrows.slice(0, 7).map(({ from, to }) => Math.sign(to[1] - from[1]));
  expect(path).toEqual([1, 1, 1, -1, -1, -1, -1]);
  for (const [index, { from, to }] of arrows.slice(7).entries()) {
    const [encoder, decoder] = [boxes[1 + index], boxes[5 - index]];
    expect(from).toEqual([(encoder?.x ?? 0) + (encoder?.width ?? 0) / 2 + 5, encoder?.y]);
    expect(to[1]).toBe(decoder?.y);
    expect(to[0]).toBeLessThan((decoder?.x ?? 0) - (decoder?.width ?? 0) / 2);
  }
  expect(svg).toContain(">skip at stride 2<");
});

Deno.test("an encoder's stage at full size has its row for itself, below the input", () => {
  const full = stage("encoder", "full", [1, 64, 8]);
  const svg = drawNetwork(stages.toSpliced(1, 0, full));
  const [input, first, ...others] = boxesIn(svg);
  const mask = others.at(-1);
  expect(input?.y).toBe(mask?.y);
  expect(first?.y).toBeGreaterThan((input?.y ?? 0) + (input?.height ?? 0));
  expect(svg).toContain(">skip at stride 1<");
});

Deno.test("from a bottleneck to a stage of the same stride the arrow is level", () => {
  const dilated = [
    ...stages.slice(0, 3),
    stage("bottleneck", "deepest", [8, 8, 96]),
    stage("decoder", "pyramid", [8, 8, 64]),
    ...stages.slice(-2),
  ];
  const svg = drawNetwork(dilated);
  const [, , , deepest, pyramid] = boxesIn(svg);
  const { from, to } = arrowsIn(svg)[3] ?? { from: [], to: [] };
  expect(from).toEqual([(deepest?.x ?? 0) + (deepest?.width ?? 0) / 2 + 5, deepest?.y]);
  expect(to[1]).toBe(pyramid?.y);
  expect(to[0]).toBeLessThan((pyramid?.x ?? 0) - (pyramid?.width ?? 0) / 2);
});

Deno.test("a tap that no stage of the decoder takes up has no arrow", () => {
  const without = stages.filter(({ name }) => name !== "up 2");
  expect(drawNetwork(without)).toContain("skip at stride 4");
  expect(drawNetwork(without)).not.toContain("skip at stride 2");
});

Deno.test("nothing lies outside of the sheet, which is 700 units wide", async () => {
  const png = renderNetwork(stages, { title: "U-Net" });
  const { width, height } = await sharp(png).metadata();
  expect(width).toBe(1400);
  for (const box of boxesIn(drawNetwork(stages))) {
    expect(box.x - box.width / 2).toBeGreaterThan(0);
    expect(box.x + box.width / 2).toBeLessThan(700);
    expect(box.y + box.height / 2).toBeLessThan(height / 2);
  }
  const edges = await sharp(png).extract({ left: 0, top: 0, width: 4, height }).raw().toBuffer();
  expect(edges.every((value) => value === 255)).toBe(true);
});

Deno.test("what is no U is said", () => {
  expect(() => drawNetwork([])).toThrow(PapilioError);
  expect(() => drawNetwork(stages.slice(0, 3))).toThrow("no bottleneck, no decoder among 3 stages");
});
