import {
  boundsOf,
  evenOddPolygons,
  oriented,
  type Polygon,
  type Ring,
} from "papilio/annotation/polygons.ts";

/** Places in the header, in bytes; all numbers are big-endian. */
const at = {
  version: 4,
  type: 6,
  top: 8,
  left: 10,
  bottom: 12,
  right: 14,
  pointCount: 16,
  shapeLength: 36,
  options: 50,
  secondHeader: 60,
} as const;
/** Places in the second header. */
const inSecond = { nameOffset: 16, nameLength: 20 } as const;

const HEADER_BYTES = 64;
/** ImageJ 1.52i; what is written needs no later one. */
const VERSION = 228;
const TYPE = { polygon: 0, rectangle: 1, freehand: 7, traced: 8 } as const;
const SUB_PIXEL = 128;
const SEGMENT = { moveTo: 0, lineTo: 1, close: 4 } as const;
const MOST_POINTS = 65535;

/**
 * One object as the bytes of an ImageJ `.roi` file: a traced selection of whole coordinates, a polygon
 * with sub-pixel resolution, or a composite one for several areas and holes.
 */
export function toRoiBytes(polygons: readonly Polygon[], name: string): Uint8Array {
  const [first] = polygons;
  const isSimple = polygons.length === 1 && first?.holes.length === 0 &&
    first.outer.length / 2 <= MOST_POINTS;
  const body = isSimple ? pointBody(first.outer) : compositeBody(polygons);
  return withHeaders(body, polygons, name);
}

interface Body {
  type: number;
  pointCount: number;
  shapeLength: number;
  options: number;
  bytes: Uint8Array;
}

function pointBody(ring: Ring): Body {
  const isWhole = ring.every(Number.isInteger);
  const pointCount = ring.length / 2;
  const bytes = new Uint8Array(pointCount * (isWhole ? 4 : 12));
  const view = new DataView(bytes.buffer);
  const [left, top] = boundsOf([ring]).map(Math.floor) as [number, number, number, number];
  for (let i = 0; i < pointCount; i++) {
    const [x, y] = [ring[2 * i] as number, ring[2 * i + 1] as number];
    view.setInt16(2 * i, Math.round(x - left));
    view.setInt16(2 * (pointCount + i), Math.round(y - top));
    if (isWhole) continue;
    view.setFloat32(4 * (pointCount + i), x);
    view.setFloat32(4 * (2 * pointCount + i), y);
  }
  const kind = isWhole
    ? { type: TYPE.traced, options: 0 }
    : { type: TYPE.polygon, options: SUB_PIXEL };
  return { ...kind, pointCount, shapeLength: 0, bytes };
}

/** Segments of a path, which ImageJ fills by the even-odd rule. */
function compositeBody(polygons: readonly Polygon[]): Body {
  const numbers: number[] = [];
  for (const ring of polygons.flatMap(({ outer, holes }) => [outer, ...holes])) {
    for (let i = 0; i < ring.length; i += 2) {
      const segment = i === 0 ? SEGMENT.moveTo : SEGMENT.lineTo;
      numbers.push(segment, ring[i] as number, ring[i + 1] as number);
    }
    numbers.push(SEGMENT.close);
  }
  const bytes = new Uint8Array(4 * numbers.length);
  const view = new DataView(bytes.buffer);
  for (const [index, number] of numbers.entries()) view.setFloat32(4 * index, number);
  return { type: TYPE.rectangle, pointCount: 0, shapeLength: numbers.length, options: 0, bytes };
}

function withHeaders(body: Body, polygons: readonly Polygon[], name: string): Uint8Array {
  const secondHeader = HEADER_BYTES + body.bytes.length;
  const nameOffset = secondHeader + HEADER_BYTES;
  const bytes = new Uint8Array(nameOffset + 2 * name.length);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("Iout"));
  view.setInt16(at.version, VERSION);
  view.setUint8(at.type, body.type);
  const [left, top, right, bottom] = boundsOf(polygons.map(({ outer }) => outer));
  view.setInt16(at.top, Math.floor(top));
  view.setInt16(at.left, Math.floor(left));
  view.setInt16(at.bottom, Math.ceil(bottom));
  view.setInt16(at.right, Math.ceil(right));
  view.setUint16(at.pointCount, body.pointCount);
  view.setInt32(at.shapeLength, body.shapeLength);
  view.setInt16(at.options, body.options);
  view.setInt32(at.secondHeader, secondHeader);
  bytes.set(body.bytes, HEADER_BYTES);
  view.setInt32(secondHeader + inSecond.nameOffset, nameOffset);
  view.setInt32(secondHeader + inSecond.nameLength, name.length);
  for (let i = 0; i < name.length; i++) view.setUint16(nameOffset + 2 * i, name.charCodeAt(i));
  return bytes;
}

/**
 * The areas of an ImageJ selection and its name.
 *
 * @throws {Error} in words, if it is none: a line, an oval, text, …
 */
export function fromRoiBytes(bytes: Uint8Array): { name: string; polygons: Polygon[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (new TextDecoder().decode(bytes.subarray(0, 4)) !== "Iout") throw new Error("no ImageJ ROI");
  return { name: nameOf(view), polygons: areasOf(view) };
}

function areasOf(view: DataView): Polygon[] {
  const type = view.getUint8(at.type);
  const shapeLength = view.getInt32(at.shapeLength);
  if (type === TYPE.rectangle) {
    return shapeLength > 0 ? evenOddPolygons(pathRings(view, shapeLength)) : [rectangle(view)];
  }
  if (![TYPE.polygon, TYPE.freehand, TYPE.traced].some((area) => area === type)) {
    throw new Error(`a selection of type ${type}, which is no polygon`);
  }
  return [oriented([pointRing(view)])];
}

/** Sides are stored as 16 bits without a sign, but small negative ones occur; so ImageJ reads them. */
function side(view: DataView, offset: number): number {
  const value = view.getInt16(offset);
  return value < -5000 ? value + 65536 : value;
}

function rectangle(view: DataView): Polygon {
  const [left, top] = [side(view, at.left), side(view, at.top)];
  const [right, bottom] = [side(view, at.right), side(view, at.bottom)];
  const outer = Float64Array.of(left, top, right, top, right, bottom, left, bottom);
  return { outer, holes: [] };
}

function pointRing(view: DataView): Ring {
  const count = view.getUint16(at.pointCount);
  const isSubPixel = (view.getInt16(at.options) & SUB_PIXEL) !== 0;
  const [left, top] = [side(view, at.left), side(view, at.top)];
  const ring = new Float64Array(2 * count);
  for (let i = 0; i < count; i++) {
    const x = HEADER_BYTES + 2 * i;
    const exactX = HEADER_BYTES + 4 * (count + i);
    ring[2 * i] = isSubPixel ? view.getFloat32(exactX) : left + view.getUint16(x);
    ring[2 * i + 1] = isSubPixel
      ? view.getFloat32(exactX + 4 * count)
      : top + view.getUint16(x + 2 * count);
  }
  return ring;
}

function pathRings(view: DataView, length: number): Ring[] {
  const rings: number[][] = [];
  for (let i = 0; i < length;) {
    const segment = view.getFloat32(HEADER_BYTES + 4 * i);
    if (segment === SEGMENT.close) {
      i++;
      continue;
    }
    if (segment !== SEGMENT.moveTo && segment !== SEGMENT.lineTo) {
      throw new Error("a selection with curves");
    }
    if (segment === SEGMENT.moveTo) rings.push([]);
    const [x, y] = [HEADER_BYTES + 4 * (i + 1), HEADER_BYTES + 4 * (i + 2)];
    rings.at(-1)?.push(view.getFloat32(x), view.getFloat32(y));
    i += 3;
  }
  return rings.map((ring) => Float64Array.from(ring));
}

function nameOf(view: DataView): string {
  const second = view.getInt32(at.secondHeader);
  if (second === 0) return "";
  const offset = view.getInt32(second + inSecond.nameOffset);
  const length = view.getInt32(second + inSecond.nameLength);
  return String.fromCharCode(
    ...Array.from({ length }, (_, i) => view.getUint16(offset + 2 * i)),
  );
}
