/** A rectangle in pixels, y downwards. */
export interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** A name that belongs to a point. */
export interface Label {
  x: number;
  y: number;
  widthPx: number;
  heightPx: number;
}

/** Where a name stands: its middle, and whether it is so far away that a line must lead to it. */
export interface LabelPlace {
  x: number;
  y: number;
  isApart: boolean;
}

/** From a point to the edge of its name, where that is next to it. */
const GAP_PX = 9;
/** Rings around the point on which places are tried, farther and farther out. */
const RING_PX = 12;
const RINGS = 24;
/** So near to its point a line to a name crosses nothing else: the point itself is there. */
const OWN_PX = 10;

/**
 * Places for names near their points, so that none covers another, nor what is already there.
 *
 * Each name in turn takes the free place next to its point that comes first: at its right, left, above or
 * below, then on rings around it, where the line to it crosses nothing if there is such a place. Where all
 * is taken, a name stays at the right.
 */
export function placeLabels(
  labels: readonly Label[],
  { taken, within }: { taken: readonly Box[]; within: Box },
): LabelPlace[] {
  const boxes = [...taken];
  return labels.map((label) => {
    const places = candidates(label);
    const isFree = (place: LabelPlace) => {
      const box = boxOf(label, place);
      return isInside(box, within) && !boxes.some((other) => overlap(box, other));
    };
    const isReached = (place: LabelPlace) =>
      !leaderBoxes(label, place).some((part) => boxes.some((other) => overlap(part, other)));
    const free = places.filter(isFree);
    const place = free.find(isReached) ?? free[0] ?? places[0] as LabelPlace;
    boxes.push(boxOf(label, place), ...leaderBoxes(label, place));
    return place;
  });
}

/** The nearest first. */
function candidates({ x, y, widthPx, heightPx }: Label): LabelPlace[] {
  const [besidePx, abovePx] = [GAP_PX + widthPx / 2, GAP_PX + heightPx / 2];
  const next: LabelPlace[] = [[1, 0], [-1, 0], [0, -1], [0, 1], [1, -1], [1, 1], [-1, -1], [-1, 1]]
    .map(([right = 0, down = 0]) => {
      const isDiagonal = right !== 0 && down !== 0;
      return {
        x: x + right * (isDiagonal ? besidePx - 4 : besidePx),
        y: y + down * (isDiagonal ? abovePx - 4 : abovePx),
        isApart: false,
      };
    });
  const rings = Array.from({ length: RINGS }, (_, ring) => onRing(ring + 1));
  return [...next, ...rings.flat()];

  function onRing(ring: number): LabelPlace[] {
    const angles = 16;
    return Array.from({ length: angles }, (_, i) => {
      // To the right first, then in turns below and above.
      const angle = Math.PI * 2 * (i % 2 ? -(i + 1) / 2 : i / 2) / angles;
      const out = ring * RING_PX;
      return {
        x: x + Math.cos(angle) * (besidePx + out),
        y: y + Math.sin(angle) * (abovePx + out),
        isApart: true,
      };
    });
  }
}

/** Where the line from a point meets the edge of its name. */
export function leaderEnd(label: Label, place: LabelPlace): { x: number; y: number } {
  const { left, right, top, bottom } = boxOf(label, place);
  return {
    x: Math.min(Math.max(label.x, left), right),
    y: Math.min(Math.max(label.y, top), bottom),
  };
}

/** The line to a name that stands apart, but for its beginning. */
function leaderBoxes(label: Label, place: LabelPlace): Box[] {
  if (!place.isApart) return [];
  const end = leaderEnd(label, place);
  const lengthPx = Math.hypot(end.x - label.x, end.y - label.y);
  const share = Math.min(1, OWN_PX / lengthPx);
  const start = {
    x: label.x + share * (end.x - label.x),
    y: label.y + share * (end.y - label.y),
  };
  return boxesAlong([start, end]);
}

export function boxOf(
  { widthPx, heightPx }: Pick<Label, "widthPx" | "heightPx">,
  { x, y }: Pick<LabelPlace, "x" | "y">,
): Box {
  const [halfWidth, halfHeight] = [widthPx / 2, heightPx / 2];
  return { left: x - halfWidth, right: x + halfWidth, top: y - halfHeight, bottom: y + halfHeight };
}

/** A line through points as small boxes one after the other, for names to keep clear of. */
export function boxesAlong(points: readonly { x: number; y: number }[]): Box[] {
  return points.slice(1).flatMap((end, i) => {
    const start = points[i] ?? end;
    const steps = Math.ceil(Math.hypot(end.x - start.x, end.y - start.y) / 4);
    return Array.from({ length: steps }, (_, step) => {
      const share = step / steps;
      const [x, y] = [start.x + share * (end.x - start.x), start.y + share * (end.y - start.y)];
      return { left: x - 2, right: x + 2, top: y - 2, bottom: y + 2 };
    });
  });
}

export function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function isInside(box: Box, outer: Box): boolean {
  return box.left >= outer.left && box.right <= outer.right && box.top >= outer.top &&
    box.bottom <= outer.bottom;
}
