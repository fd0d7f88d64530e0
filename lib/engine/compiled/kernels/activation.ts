import type { GraphBuilder } from "papilio/engine/compiled/_graph_builder.ts";
import type { Value } from "papilio/engine/compiled/_value.ts";
import { clip, unary } from "papilio/engine/compiled/kernels/elementwise.ts";

/** The activation that tfjs' fused kernels apply to their result. */
export function applyActivation(
  graph: GraphBuilder,
  x: Value,
  { activation = "linear", leakyreluAlpha = 0.2 }: { activation?: string; leakyreluAlpha?: number },
): Value {
  switch (activation) {
    case "linear":
      return x;
    case "relu":
      return unary(graph, x, "Relu");
    case "relu6":
      return clip(graph, x, 0, 6);
    case "sigmoid":
      return unary(graph, x, "Sigmoid");
    case "elu":
      return unary(graph, x, "Elu");
    case "leakyrelu":
      return unary(graph, x, "LeakyRelu", { attributes: { alpha: { float: leakyreluAlpha } } });
    default:
      throw new Error(`the fused activation ${activation} has no translation`);
  }
}
