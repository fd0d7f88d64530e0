import { type DefaultTreeAdapterTypes as Tree, parse } from "parse5";

/** An element of a parsed page. */
export type Element = Tree.Element;

/** All elements of a page, in the order of the text. */
export function elementsOf(page: string): Element[] {
  return descendants(parse(page));
}

/** The elements within another. */
export function descendants(node: Tree.Node): Element[] {
  const children = "childNodes" in node ? node.childNodes : [];
  return children.flatMap((child) =>
    "tagName" in child ? [child, ...descendants(child)] : descendants(child)
  );
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value;
}

/** The text of an element and of all within. */
export function textOf(node: Tree.Node): string {
  if ("value" in node) return node.value;
  const text = "childNodes" in node ? node.childNodes.map(textOf).join("") : "";
  return "tagName" in node && apart.has(node.tagName) ? `${text} ` : text;
}

/** After these a reader sees a gap. */
const apart = new Set(["td", "th", "dt", "dd", "li", "p", "div", "h2", "h3", "label"]);

/** The text with single spaces. */
export function wordsOf(node: Tree.Node): string {
  return textOf(node).replace(/\s+/g, " ").trim();
}

/** Where a parser disagrees with the text: elements left open, tables with text between their cells. */
export function parseErrors(page: string): string[] {
  const codes: string[] = [];
  parse(page, {
    sourceCodeLocationInfo: true,
    onParseError: ({ code, startLine, startCol }) => codes.push(`${code} ${startLine}:${startCol}`),
  });
  return codes;
}
