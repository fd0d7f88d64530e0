import { errorLegend } from "papilio/report/error_map.ts";
import { ignoredEntry } from "papilio/report/ignored.ts";
import { overlayColours } from "papilio/report/overlay.ts";
import frame from "./frame.css" with { type: "text" };
import parts from "./parts.css" with { type: "text" };
import charts from "./charts.css" with { type: "text" };
import cases from "./cases.css" with { type: "text" };
import viewer from "./viewer.css" with { type: "text" };
import print from "./print.css" with { type: "text" };

const rgb = (channels: readonly number[]) => `rgb(${channels.join(" ")})`;
const [found, invented, missed] = errorLegend;

/** Those of `renderOverlay` and `renderErrorMap`. */
const overlay = `:root {
  --predicted: ${rgb(overlayColours.prediction)};
  --true: ${rgb(overlayColours.truth)};
  --found: ${found?.colour};
  --invented: ${invented?.colour};
  --missed: ${missed?.colour};
  --ignored: ${ignoredEntry.colour};
}
`;

/** The style sheet of the page. */
export const style = [frame, overlay, parts, charts, cases, viewer, print].join("\n");
