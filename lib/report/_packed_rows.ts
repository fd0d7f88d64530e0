/** Width and height of a picture, in any unit. */
export interface PictureSize {
  widthPx: number;
  heightPx: number;
}

/** The room of a picture on a sheet. */
export interface Cell {
  leftPx: number;
  widthPx: number;
  /** The longer side of the picture. */
  sidePx: number;
}

/** Least width of a cell, for its label, and least height of a packed row, as shares of a panel. */
const LEAST_WIDTH = 0.8;
const LEAST_HEIGHT = 0.5;
/** Pictures that differ less stand as of one shape. */
const SAME_SHAPE = 1.02;

export interface RowOptions {
  /** Side of the square that a picture alone would be fitted into. */
  panelPx: number;
  gapPx: number;
}

/**
 * The cells of a row of pictures, which share its width so that all are of one height.
 *
 * As wide as so many panels. Pictures of one shape are fitted into squares, side by side; so is a row with
 * one so wide that all would be less than half as high.
 */
export function packRow(
  pictures: readonly PictureSize[],
  { panelPx, gapPx }: RowOptions,
): Cell[] {
  const aspects = pictures.map(({ widthPx, heightPx }) => widthPx / heightPx);
  const isOneShape = Math.max(...aspects) < SAME_SHAPE * Math.min(...aspects);
  const heightPx = isOneShape ? 0 : commonHeight(aspects, panelPx);
  const isPacked = heightPx >= LEAST_HEIGHT * panelPx;
  const widths = isPacked ? cellWidths(aspects, heightPx, panelPx) : aspects.map(() => panelPx);
  const spare = aspects.length * panelPx - total(widths);
  let leftPx = gapPx;
  return aspects.map((aspect, i) => {
    const widthPx = (widths[i] ?? 0) + spare / aspects.length;
    const cell = { leftPx, widthPx, sidePx: isPacked ? heightPx * Math.max(aspect, 1) : panelPx };
    leftPx += widthPx + gapPx;
    return cell;
  });
}

/** The largest, up to a panel's, at which all are as wide as so many panels. */
function commonHeight(aspects: readonly number[], panelPx: number): number {
  const isTooWide = (heightPx: number) =>
    total(cellWidths(aspects, heightPx, panelPx)) > aspects.length * panelPx;
  if (!isTooWide(panelPx)) return panelPx;
  let [low, high] = [0, panelPx];
  while (high - low > 1e-3) {
    const middle = (low + high) / 2;
    if (isTooWide(middle)) high = middle;
    else low = middle;
  }
  return low;
}

function cellWidths(aspects: readonly number[], heightPx: number, panelPx: number): number[] {
  return aspects.map((aspect) => Math.max(aspect * heightPx, LEAST_WIDTH * panelPx));
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
