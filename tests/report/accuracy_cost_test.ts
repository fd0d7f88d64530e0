import { expect } from "expect";
import fc from "fast-check";
import { accuracyCostSpec } from "papilio/report/_accuracy_cost_spec.ts";
import {
  boxesAlong,
  boxOf,
  leaderEnd,
  overlap,
  placeLabels,
} from "papilio/report/_label_places.ts";
import { vegaToSvg } from "papilio/report/_vega.ts";
import { paretoFront, renderAccuracyCost } from "papilio/report/accuracy_cost.ts";

const point = (name: string, cost: number, value: number, half = 0) => ({
  ...{ name, cost },
  accuracy: { value, low: value - half, high: value + half },
});
const chart = (points: ReturnType<typeof point>[]) => ({
  ...{ title: "Accuracy and cost", costTitle: "milliseconds", accuracyTitle: "IoU", points },
});

Deno.test("paretoFront: whoever is on it is beaten by none, and everyone else by one on it", () => {
  const pointArbitrary = fc.record({
    cost: fc.integer({ min: 1, max: 6 }),
    value: fc.integer({ min: 1, max: 6 }),
  }).map(({ cost, value }) => point(`${cost} ${value}`, cost, value));
  fc.assert(fc.property(fc.array(pointArbitrary, { minLength: 1, maxLength: 8 }), (points) => {
    const front = paretoFront(points);
    const beats = (a: typeof points[0], b: typeof points[0]) =>
      a.cost <= b.cost && a.accuracy.value >= b.accuracy.value && a.name !== b.name;
    for (const each of points) {
      expect(front.includes(each)).toBe(!front.some((other) => beats(other, each)));
    }
    expect(front.map(({ cost }) => cost)).toEqual(front.map(({ cost }) => cost).sort());
  }));
});

Deno.test("paretoFront: who finds nothing is not on it, however cheap", () => {
  const points = [
    point("blind", 1, 0),
    point("none", 2, NaN),
    point("a", 3, 0.2),
    point("b", 4, 0.1),
  ];
  expect(paretoFront(points).map(({ name }) => name)).toEqual(["a"]);
  expect(paretoFront(points.slice(0, 2))).toEqual([]);
});

Deno.test("placeLabels: next to a lone point, and never over another name or what is there", () => {
  const within = { left: 0, top: 0, right: 560, bottom: 360 };
  const label = { x: 100, y: 50, widthPx: 80, heightPx: 14 };
  expect(placeLabels([label], { taken: [], within })).toEqual([{ x: 149, y: 50, isApart: false }]);
  // At the right edge: to the left.
  expect(placeLabels([{ ...label, x: 550 }], { taken: [], within })[0]?.x).toBe(501);

  const labelArbitrary = fc.record({
    x: fc.double({ min: 200, max: 260, noNaN: true }),
    y: fc.double({ min: 150, max: 200, noNaN: true }),
    widthPx: fc.integer({ min: 20, max: 170 }),
    heightPx: fc.constant(14),
  });
  fc.assert(fc.property(fc.array(labelArbitrary, { minLength: 2, maxLength: 6 }), (labels) => {
    const taken = labels.map((each) => boxOf({ widthPx: 12, heightPx: 12 }, each));
    const places = placeLabels(labels, { taken, within });
    const boxes = places.map((place, i) => boxOf(labels[i] as typeof label, place));
    boxes.forEach((box, i) => {
      expect([...taken, ...boxes.slice(0, i)].some((other) => overlap(box, other))).toBe(false);
    });
  }));
});

Deno.test("placeLabels: a line to a name crosses no other point, and no other line", () => {
  const within = { left: 0, top: 0, right: 560, bottom: 360 };
  const points = [
    { x: 254, y: 74, widthPx: 139 },
    { x: 271, y: 75, widthPx: 95 },
    { x: 235, y: 68, widthPx: 132 },
  ];
  const taken = points.map((each) => boxOf({ widthPx: 12, heightPx: 12 }, each));
  const bars = points.map(({ x, y }) => ({
    left: x - 2,
    right: x + 2,
    top: y - 25,
    bottom: y + 25,
  }));
  const labels = points.map((each) => ({ ...each, heightPx: 14 }));
  const places = placeLabels(labels, { taken: [...taken, ...bars], within });
  const apart = labels.flatMap((label, i) => {
    const place = places[i] as typeof places[0];
    return place.isApart ? [{ i, label, end: leaderEnd(label, place) }] : [];
  });
  expect(apart.length).toBeGreaterThan(0);
  for (const { i, label, end } of apart) {
    for (const part of boxesAlong([label, end])) {
      if (Math.hypot(part.left - label.x, part.top - label.y) < 14) continue; // Points overlap.
      const others = [...taken, ...bars].filter((_, of) => of % points.length !== i);
      expect(others.some((other) => overlap(part, other))).toBe(false);
    }
  }
});

/** The middles of texts, by what they say. */
function textsOf(svg: string): Map<string, { x: number; y: number }> {
  const pattern = /<text[^>]*translate\(([-\d.]+),([-\d.]+)\)[^>]*>([^<]*)</g;
  return new Map(
    [...svg.matchAll(pattern)].map(([, x, y, text = ""]) => [text, { x: Number(x), y: Number(y) }]),
  );
}

Deno.test("accuracy and cost: every name is there, those of close points apart", async () => {
  const names = ["U-Net", "Attention U-Net", "SegNet", "FCN-8s", "DeepLabV3+", "pix2pix"];
  const points = names.map((name, i) => point(name, 10 + i / 10, 0.9 + i / 1000, 0.01));
  const texts = textsOf(await vegaToSvg(accuracyCostSpec(chart(points))));
  const shown = names.map((name) => texts.get(name));
  expect(shown.every((place) => place !== undefined)).toBe(true);
  shown.forEach((a, i) =>
    shown.slice(i + 1).forEach((b) => {
      const isClear = Math.abs((a?.y ?? 0) - (b?.y ?? 0)) >= 11 ||
        Math.abs((a?.x ?? 0) - (b?.x ?? 0)) >= 30;
      expect(isClear).toBe(true);
    })
  );
});

Deno.test("accuracy and cost: one network, equal networks, and none", async () => {
  expect((await renderAccuracyCost(chart([point("a", 5, 1)]))).length).toBeGreaterThan(1000);
  const twins = [point("a", 5, 0.5), point("b", 5, 0.5)];
  const texts = textsOf(await vegaToSvg(accuracyCostSpec(chart(twins))));
  expect(texts.get("a")).not.toEqual(texts.get("b"));
  await expect(renderAccuracyCost(chart([]))).rejects.toThrow("Cannot draw the chart");
});
