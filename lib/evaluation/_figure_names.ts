/** All files that `writeFigures` may write. */
export const figureNames = [
  ...["all.png", "worst.png", "middle.png", "best.png"] as const,
  ...["confusion.png", "thresholds.png", "reliability.png"] as const,
];

export type FigureName = typeof figureNames[number];
