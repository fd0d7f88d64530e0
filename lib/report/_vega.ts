import * as vega from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { textWidthPx } from "papilio/report/svg.ts";

/** The SVG text of a drawing in Vega-Lite's terms. */
export async function vegaToSvg(spec: TopLevelSpec): Promise<string> {
  const runtime = vega.parse(compile(spec).spec as vega.Spec);
  const view = new vega.View(runtime, { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** What Vega says of a text that it sets. */
interface TextItem {
  fontSize?: number;
  fontWeight?: string | number;
  /** In pixels; what is longer is cut. */
  limit?: number;
}

/** Vega's own, where none is given. */
const DEFAULT_FONT_PX = 11;

/** Charts have the same words again and again, and each is measured several times. */
const widthsPx = new Map<string, number>();

/** As wide as `svgToPng` draws it. */
function widthOf({ fontSize, fontWeight, limit = 0 }: TextItem, value: unknown): number {
  const [text, fontPx] = [String(value ?? "").trim(), fontSize ?? DEFAULT_FONT_PX];
  const isBold = fontWeight === "bold";
  const key = `${fontPx} ${isBold} ${text}`;
  const widthPx = widthsPx.get(key) ?? textWidthPx(text, fontPx, { isBold });
  widthsPx.set(key, widthPx);
  return limit > 0 ? Math.min(limit, widthPx) : widthPx;
}

// Without a canvas Vega takes each letter for a broad one, and leaves empty room beside a text.
const { textMetrics } = vega as unknown as { textMetrics: { width: typeof widthOf } };
textMetrics.width = widthOf;
