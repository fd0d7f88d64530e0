import MarkdownIt from "markdown-it";
import { type Html, raw } from "papilio/report/page/_html.ts";

/** No HTML of its own, and nothing that leads out of the page or loads into it. */
const markdown = new MarkdownIt({ html: false }).disable(["link", "image", "autolink"]);

/** Headings come below those of the page. */
const HEADING_LEVELS_DOWN = 2;

/** Markdown as HTML; HTML within it is shown as text. */
export function markdownToHtml(text: string): Html {
  const tokens = markdown.parse(text, {});
  for (const token of tokens) {
    const level = /^h(\d)$/.exec(token.tag)?.[1];
    if (level) token.tag = `h${Math.min(6, Number(level) + HEADING_LEVELS_DOWN)}`;
  }
  return raw(markdown.renderer.render(tokens, markdown.options, {}));
}
