import { css, html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { controls } from "../style/controls.js";
import { later } from "../text/later.js";

/** Text written in Markdown by someone who is not trusted. */
@customElement("ca-markdown")
export class MarkdownText extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .plain {
        white-space: pre-wrap;
      }
      .rendered > :first-child {
        margin-top: 0;
      }
      .rendered > :last-child {
        margin-bottom: 0;
      }
      p,
      ul,
      ol,
      blockquote,
      pre,
      table,
      dl,
      details {
        margin: 8px 0;
      }
      h4,
      h5,
      h6 {
        margin: 16px 0 4px;
        font-size: 14px;
        line-height: 20px;
      }
      ul,
      ol {
        padding-left: 24px;
      }
      li {
        margin: 2px 0;
      }
      li > p {
        margin: 4px 0;
      }
      blockquote {
        margin-inline: 0;
        padding-left: 12px;
        border-left: 3px solid var(--ca-line);
        color: var(--ca-muted);
      }
      code {
        padding: 1px 4px;
        border-radius: 4px;
        background: var(--ca-hover);
      }
      pre {
        padding: 8px 12px;
        border-radius: var(--ca-radius);
        background: var(--ca-sunken);
        white-space: pre-wrap;
      }
      pre code {
        padding: 0;
        background: none;
      }
      table {
        border-collapse: collapse;
      }
      th,
      td {
        padding: 4px 8px;
        border: 1px solid var(--ca-line);
        text-align: start;
        vertical-align: top;
      }
      hr {
        border: 0;
        border-top: 1px solid var(--ca-line);
      }
      li:has(> input) {
        list-style: none;
      }
      li > input {
        margin: 0 4px 0 -20px !important;
        vertical-align: -3px;
      }
    `,
  ];

  @property() text = "";
  @state() private rendered: DocumentFragment | undefined;
  #shown: string | undefined;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("text") && this.text !== this.#shown) void this.#read(this.text);
  }

  async #read(text: string): Promise<void> {
    const renderer = await later(() => import("../text/markdown.js"));
    // Text that grew meanwhile has its own call under way. Without the renderer it stands there as it came.
    if (!renderer || text !== this.text) return;
    this.#shown = text;
    this.rendered = renderer.renderMarkdown(text);
  }

  protected override render(): TemplateResult {
    // A fragment is empty once it was inserted; Lit keeps its nodes as long as the same fragment is given again.
    return this.rendered
      ? html`<div class="rendered">${this.rendered}</div>`
      : html`<div class="plain">${this.text}</div>`;
  }
}
