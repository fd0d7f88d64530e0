import sharp from "sharp";

/**
 * The same figure as a PNG of at most 256 colours: a chart is a third as large, and looks alike.
 *
 * For charts and drawings; photos have more colours than that.
 *
 * @example
 * ```ts
 * import { compact } from "papilio/notebook/compact.ts";
 * import { renderLines } from "papilio/report/charts.ts";
 * const series = [{ label: "line", x: [0, 1], y: [0, 1] }];
 * const chart = await renderLines({ title: "Chart", xTitle: "x", yTitle: "y", series });
 * console.assert((await compact(chart)).length < chart.length);
 * ```
 */
export async function compact(figure: Uint8Array): Promise<Uint8Array> {
  const { density } = await sharp(figure).metadata();
  const image = density === undefined ? sharp(figure) : sharp(figure).withMetadata({ density });
  const small = await image.png({ palette: true, effort: 10 }).toBuffer();
  return small.length < figure.length ? new Uint8Array(small) : figure;
}
