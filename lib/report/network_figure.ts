import { present } from "papilio/core/assert.ts";
import { PapilioError } from "papilio/core/errors.ts";
import { escapeXml, FONT_FAMILY, svgToPng } from "papilio/report/svg.ts";

/** A stage of a U-shaped network, by the feature map that it ends with. */
export interface FigureStage {
  name: string;
  role: "input" | "encoder" | "bottleneck" | "decoder" | "head";
  /** Pixels of the image behind a step of one; the stages of a row have the same. */
  stride: number;
  sidePx: number;
  channels: number;
}

export interface NetworkFigureOptions {
  title?: string;
}

const WIDTH_PX = 700;
const TOP_PX = 62;
const ROW_PX = 68;
const LEFT_X = 232;
const RIGHT_X = WIDTH_PX - LEFT_X;
const WIDEST_PX = 118;
const TEXT_GAP_PX = 10;
const ARROW_GAP_PX = 5;

const INK = "#222222";
const GREY = "#777777";
const FILLS: Readonly<Record<FigureStage["role"], string>> = {
  input: "#e4e4e4",
  encoder: "#a9d3ee",
  bottleneck: "#4f9fd0",
  decoder: "#f6c8a2",
  head: "#b5dfc9",
};

/** A stage with its place: the middle of its box, and the box's size. */
interface Box {
  stage: FigureStage;
  x: number;
  y: number;
  widthPx: number;
  heightPx: number;
}

/**
 * The PNG of a U-shaped network: the encoder down on the left, the decoder up on the right.
 *
 * A box is the wider the larger the side, and the taller the more channels; both logarithmically. Stages
 * of one stride share a row, and an arrow leads from the encoder's to the decoder's: a skip.
 *
 * Units: the drawing is 700 wide; two pixels to each unit.
 * @throws {PapilioError} without a stage of the encoder, of the decoder, or a bottleneck.
 */
export function renderNetwork(
  stages: readonly FigureStage[],
  options: NetworkFigureOptions = {},
): Uint8Array {
  return svgToPng(drawNetwork(stages, options), 2);
}

/** As `renderNetwork`, as SVG text. */
export function drawNetwork(
  stages: readonly FigureStage[],
  { title = "" }: NetworkFigureOptions = {},
): string {
  checkRoles(stages);
  const boxes = placeBoxes(stages);
  const heightPx = Math.max(...boxes.map(({ y }) => y)) + ROW_PX;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH_PX}" height="${heightPx}"
    font-family="${FONT_FAMILY}" font-size="11" fill="${INK}">
    <rect width="${WIDTH_PX}" height="${heightPx}" fill="white"/>
    <text x="14" y="26" font-size="15" font-weight="bold">${escapeXml(title)}</text>
    <text x="14" y="44" fill="${GREY}">wider: larger side; taller: more channels</text>
    ${boxes.map(drawBox).join("")}${drawPath(boxes)}${drawSkips(boxes)}</svg>`;
}

/** Rows by stride, from 1 down; the head stands above them, and the input where its row is taken. */
function placeBoxes(stages: readonly FigureStage[]): Box[] {
  const isTaken = stages.some(({ role, stride }) => role === "encoder" && stride === 1);
  const strides = [...new Set(stages.map(({ stride }) => stride))].sort((a, b) => a - b);
  const widths = scaleOver(stages.map(({ sidePx }) => sidePx), 18, WIDEST_PX);
  const heights = scaleOver(stages.map(({ channels }) => channels), 12, 40);
  return stages.map((stage) => {
    const isAbove = stage.role === "head" || (stage.role === "input" && isTaken);
    const row = isAbove ? 0 : strides.indexOf(stage.stride) + 1;
    const y = TOP_PX + row * ROW_PX;
    const [widthPx, heightPx] = [widths(stage.sidePx), heights(stage.channels)];
    return { stage, x: columnOf(stage), y, widthPx, heightPx };
  });
}

function columnOf({ role }: FigureStage): number {
  if (role === "bottleneck") return WIDTH_PX / 2;
  return role === "input" || role === "encoder" ? LEFT_X : RIGHT_X;
}

/** From `low` for the least of the values to `high` for the greatest, logarithmically. */
function scaleOver(values: readonly number[], low: number, high: number) {
  const [least, greatest] = [Math.min(...values), Math.max(...values)];
  const range = Math.log(greatest / least) || 1;
  return (value: number) => low + (high - low) * Math.log(value / least) / range;
}

function drawBox({ stage, x, y, widthPx, heightPx }: Box): string {
  const { name, role, sidePx, channels } = stage;
  const box = `<rect x="${x - widthPx / 2}" y="${y - heightPx / 2}" width="${widthPx}"
    height="${heightPx}" rx="2" fill="${FILLS[role]}" stroke="${INK}" stroke-width="0.8"/>`;
  const size = `${sidePx} × ${sidePx} × ${channels}`;
  return box + drawLabel({ stage, x, y, widthPx, heightPx }, [name, size]);
}

/** Two lines below the bottleneck, or at the outer side of another box. */
function drawLabel({ stage, x, y, heightPx }: Box, [name, size]: [string, string]): string {
  if (stage.role === "bottleneck") {
    const below = y + heightPx / 2 + 16;
    return drawText([x, below], name, { isBold: true }) + drawText([x, below + 14], size);
  }
  const side = Math.sign(x - WIDTH_PX / 2);
  const textX = x + side * (WIDEST_PX / 2 + TEXT_GAP_PX);
  const anchor = side < 0 ? "end" : "start";
  return drawText([textX, y - 2], name, { isBold: true, anchor }) +
    drawText([textX, y + 12], size, { anchor });
}

interface TextOptions {
  isBold?: boolean;
  anchor?: "start" | "middle" | "end";
  fill?: string;
}

function drawText([x, y]: Point, text: string, options: TextOptions = {}): string {
  const { isBold = false, anchor = "middle", fill = INK } = options;
  const weight = isBold ? "bold" : "normal";
  return `<text x="${x}" y="${y}" text-anchor="${anchor}" font-weight="${weight}" fill="${fill}">` +
    `${escapeXml(text)}</text>`;
}

/** The way of the computation, from each stage to the next. */
function drawPath(boxes: readonly Box[]): string {
  return boxes.slice(1).map((to, index) => drawStep(present(boxes[index]), to)).join("");
}

function drawStep(from: Box, to: Box): string {
  if (from.x === to.x) {
    const way = Math.sign(to.y - from.y);
    const start = from.y + way * (from.heightPx / 2 + ARROW_GAP_PX);
    return drawArrow([[from.x, start], [to.x, to.y - way * (to.heightPx / 2 + ARROW_GAP_PX)]]);
  }
  if (from.y === to.y) return drawLevel(from, to);
  const isDown = to.y > from.y;
  const [aside, middle] = isDown ? [from, to] : [to, from];
  const corner: Point = [aside.x, middle.y];
  const edge = middle.x + Math.sign(aside.x - middle.x) * (middle.widthPx / 2 + ARROW_GAP_PX);
  const above: Point = [aside.x, aside.y + aside.heightPx / 2 + ARROW_GAP_PX];
  const points: Point[] = [above, corner, [edge, middle.y]];
  return drawArrow(isDown ? points : points.reverse());
}

/** To the right, between two boxes of a row. */
function drawLevel(from: Box, to: Box): string {
  const start = from.x + from.widthPx / 2 + ARROW_GAP_PX;
  return drawArrow([[start, from.y], [to.x - to.widthPx / 2 - ARROW_GAP_PX, to.y]]);
}

/** From each stage of the encoder to the decoder's stage of the same stride. */
function drawSkips(boxes: readonly Box[]): string {
  return boxes.filter(({ stage }) => stage.role === "encoder").map((from) => {
    const to = boxes.find(({ stage }) =>
      stage.role === "decoder" && stage.stride === from.stage.stride
    );
    if (to === undefined) return "";
    const middle = (from.x + from.widthPx / 2 + to.x - to.widthPx / 2) / 2;
    return drawLevel(from, to) +
      drawText([middle, from.y - 6], `skip at stride ${from.stage.stride}`, { fill: GREY });
  }).join("");
}

type Point = readonly [x: number, y: number];

/** A line through the points, with a tip at its end. */
function drawArrow(points: readonly Point[]): string {
  const [x, y] = present(points.at(-1));
  const [beforeX, beforeY] = present(points.at(-2));
  const [alongX, alongY] = [Math.sign(x - beforeX), Math.sign(y - beforeY)];
  const [backX, backY] = [x - 7 * alongX, y - 7 * alongY];
  const [acrossX, acrossY] = [3.5 * alongY, 3.5 * alongX];
  const base = [[backX + acrossX, backY + acrossY], [backX - acrossX, backY - acrossY]];
  const line = [...points.slice(0, -1), [backX, backY]];
  return `<polyline points="${line.join(" ")}" fill="none" stroke="${GREY}" stroke-width="1.2"/>` +
    `<polygon points="${[[x, y], ...base].join(" ")}" fill="${GREY}"/>`;
}

function checkRoles(stages: readonly FigureStage[]): void {
  const needed = ["encoder", "bottleneck", "decoder"] as const;
  const missing = needed.filter((role) => !stages.some((stage) => stage.role === role));
  if (missing.length === 0) return;
  throw new PapilioError({
    cannot: "draw a network",
    expected: "stages of an encoder and of a decoder, and a bottleneck between them",
    got: `no ${missing.join(", no ")} among ${stages.length} stages`,
    remedy: "Give all stages, from image to mask.",
  });
}
