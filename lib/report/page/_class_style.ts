import type { DrawnClass } from "papilio/report/page/report.ts";
import rules from "./class_cases.css" with { type: "text" };

/** What a page with several classes needs beside `style`; the colours are those of its classes. */
export function classStyle(classes: readonly DrawnClass[]): string {
  const colours = classes.map(({ colour }, number) =>
    `.class-${number} { --class: ${isColour(colour) ? colour : "#999999"}; }\n`
  );
  return `${colours.join("")}${rules}`;
}

function isColour(text: string): boolean {
  return /^#[0-9a-f]{6}$/i.test(text);
}
