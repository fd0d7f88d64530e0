import { parse, type Spec, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";

/** The SVG text of a drawing in Vega-Lite's terms. */
export async function vegaToSvg(spec: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile(spec).spec as Spec), { renderer: "none" });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
