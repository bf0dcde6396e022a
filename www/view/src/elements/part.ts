import type { Part } from "cloud-agents";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { controls } from "../style/controls.js";
import { chevronIcon } from "../style/icons.js";
import { statusShape, statusStyles } from "../style/status.js";
import "./diff.js";
import "./markdown.js";

type ToolPart = Extract<Part, { kind: "tool" }>;

const TOOL_WORDS: Record<ToolPart["status"], string> = {
  running: "running",
  completed: "done",
  failed: "failed",
  // Servers often never say how a tool call ended.
  unknown: "",
};
const TOOL_SHAPES = { running: "in-progress", completed: "completed", failed: "failed", unknown: "idle" } as const;

/** One piece of an agent's response. */
@customElement("ca-part")
export class PartView extends LitElement {
  static override styles = [
    controls,
    statusStyles,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      details {
        border: 1px solid var(--ca-line);
        border-radius: var(--ca-radius);
      }
      summary {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 32px;
        padding: 4px 10px;
        border-radius: var(--ca-radius);
        font-size: 13px;
        cursor: pointer;
        list-style: none;
      }
      summary:hover {
        background: var(--ca-hover);
      }
      summary > svg:first-child {
        color: var(--ca-muted);
        transition: transform var(--ca-swift);
      }
      details[open] > summary > svg:first-child {
        transform: rotate(90deg);
      }
      .what {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .inside {
        display: grid;
        gap: 8px;
        padding: 4px 12px 12px;
      }
      .inside h4 {
        margin: 0;
        color: var(--ca-muted);
        font-size: 12px;
        font-weight: 500;
        line-height: 16px;
      }
      pre {
        max-height: 320px;
        margin: 0;
        padding: 8px;
        overflow-y: auto;
        border-radius: 4px;
        background: var(--ca-sunken);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      .reasoning {
        color: var(--ca-muted);
      }
      .diff .inside {
        padding: 0;
        border-top: 1px solid var(--ca-line);
      }
      .exit {
        white-space: nowrap;
      }
    `,
  ];

  @property({ attribute: false }) piece: Part | undefined;

  protected override render(): TemplateResult | typeof nothing {
    const part = this.piece;
    if (!part) return nothing;
    switch (part.kind) {
      case "text":
        return html`<ca-markdown .text=${part.text}></ca-markdown>`;
      case "reasoning":
        return html`<details class="reasoning">
          <summary>${chevronIcon}<span class="what">Reasoning</span></summary>
          <div class="inside"><ca-markdown .text=${part.text}></ca-markdown></div>
        </details>`;
      case "tool":
        return this.#tool(part);
      case "diff":
        return html`<details class="diff" open>
          <summary>${chevronIcon}<span class="what mono">${part.path}</span></summary>
          <div class="inside"><ca-diff .path=${part.path} .diff=${part.diff}></ca-diff></div>
        </details>`;
      default:
        return html`<details>
          <summary>${chevronIcon}<span class="what muted">Something this page does not know yet</span></summary>
          <div class="inside">${block("As received", part.raw)}</div>
        </details>`;
    }
  }

  #tool(part: ToolPart): TemplateResult {
    const exit =
      part.exitCode === undefined ? nothing : html`<span class="exit numbers muted">exit ${part.exitCode}</span>`;
    const shape = TOOL_SHAPES[part.status] ?? "idle";
    return html`<details>
      <summary>
        ${chevronIcon}
        <span class="what">${part.title ? html`${part.title} <span class="muted">${part.name}</span>` : html`<span class="mono">${part.name}</span>`}</span>
        ${exit}
        <span class="status-badge status-${shape}">${statusShape({ status: shape, rawStatus: "" })}${TOOL_WORDS[part.status] ?? ""}</span>
      </summary>
      <div class="inside">
        ${part.input === undefined ? nothing : block("Input", part.input)}
        ${part.output === undefined ? nothing : block("Output", part.output)}
        ${part.input === undefined && part.output === undefined ? html`<p class="muted small">Nothing was reported.</p>` : nothing}
      </div>
    </details>`;
  }
}

function block(title: string, value: unknown): TemplateResult {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return html`<div>
    <h4>${title}</h4>
    <pre tabindex="0">${text}</pre>
  </div>`;
}
