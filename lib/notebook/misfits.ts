import { present } from "papilio/core/assert.ts";
import { shiftMask } from "papilio/data/alignment.ts";
import type { Case } from "papilio/data/case.ts";
import { decodeImage } from "papilio/data/decode.ts";
import { readMask } from "papilio/data/masks.ts";
import type { CaseAlignment } from "papilio/data/set_alignment.ts";
import { fitIntoSquare, type GridOptions, type Panel, renderGrid } from "papilio/report/grid.ts";
import { renderOverlay } from "papilio/report/overlay.ts";

export interface MisfitsOptions extends GridOptions {
  /** So many, from the one whose score a shift would raise most. */
  count?: number;
}

/**
 * A sheet of the masks to look at first: as they are (orange), and moved to where they would fit best (blue).
 *
 * @throws {PapilioError} if a case cannot be read; the message names it.
 */
export async function renderMisfits(
  cases: readonly Case[],
  rows: readonly CaseAlignment[],
  { count = 3, panelPx = 216, scale = 1, ...grid }: MisfitsOptions = {},
): Promise<Uint8Array> {
  const byId = new Map(cases.map((item) => [item.id, item]));
  const worst = rows.toSorted((a, b) => b.gain - a.gain).slice(0, count);
  const panels: Panel[] = [];
  for (const row of worst) {
    panels.push(await panelOf(present(byId.get(row.id)), row, panelPx * scale));
  }
  return await renderGrid(panels, { ...grid, panelPx, scale });
}

async function panelOf(item: Case, row: CaseAlignment, sidePx: number): Promise<Panel> {
  const image = await decodeImage(item.imagePath);
  const truth = await readMask(item, image);
  const [dx, dy] = [Math.round(row.best.dx * row.scale), Math.round(row.best.dy * row.scale)];
  const overlay = renderOverlay(image, shiftMask(truth, { dx, dy }), { truth });
  return {
    image: await fitIntoSquare(overlay, sidePx),
    label: `${row.id}\n(${dx}, ${dy}): edges ×${row.gain.toFixed(2)}`,
  };
}
