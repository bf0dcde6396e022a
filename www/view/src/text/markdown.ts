import createPurifier, { type Config } from "dompurify";
import { Marked } from "marked";

/**
 * Markdown from agents and servers, made safe. Loaded when the first message is shown, since the parser and the sanitizer
 * are half of the page's weight.
 */

const purifier = createPurifier(window);

const POLICY: Config & { RETURN_DOM_FRAGMENT: true } = {
  RETURN_DOM_FRAGMENT: true,
  ALLOWED_TAGS: [
    ..."a b blockquote br code dd del details div dl dt em h4 h5 h6 hr i input ins kbd li ol p pre s span strong sub".split(
      " ",
    ),
    ..."summary sup table tbody td th thead tr ul".split(" "),
  ],
  // No `class`, `id`, `style` or `name`: a message must not be able to look like, or be found as, part of the page.
  ALLOWED_ATTR: ["align", "checked", "colspan", "disabled", "href", "open", "rowspan", "start", "title", "type"],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
};

purifier.addHook("afterSanitizeAttributes", (element) => {
  if (element.localName === "a" && element.hasAttribute("href")) {
    element.setAttribute("target", "_blank");
    element.setAttribute("rel", "noopener noreferrer nofollow");
  }
  if (element.localName === "input") {
    // Task lists are the only inputs that Markdown knows.
    if (element.getAttribute("type") === "checkbox") {
      element.setAttribute("disabled", "");
      element.setAttribute("aria-label", element.hasAttribute("checked") ? "done" : "to do");
    } else element.remove();
  }
});

const marked = new Marked({
  gfm: true,
  breaks: true,
  renderer: {
    // The page's own headings go down to the turn's; a message begins below them.
    heading({ tokens, depth }) {
      const level = Math.min(depth + 3, 6);
      return `<h${level}>${this.parser.parseInline(tokens)}</h${level}>\n`;
    },
    // A remote image would tell its server who reads, so it becomes a link.
    image({ href, text }) {
      return `<a href="${escapeAttribute(href)}">${escapeAttribute(text || "image")}</a>`;
    },
  },
});

function escapeAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** The text as nodes that are safe to insert. */
export function renderMarkdown(text: string): DocumentFragment {
  return purifier.sanitize(marked.parse(text, { async: false }), POLICY);
}
