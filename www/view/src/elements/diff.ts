import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { controls } from "../style/controls.js";
import { formatNumber } from "../text/count.js";
import type { Hunk, Line } from "../text/diff.js";
import { later } from "../text/later.js";

const FIRST_SHOWN = 500;
const SIGNS: Record<Line["kind"], string> = { added: "+", removed: "−", context: " " };

/** One file's unified diff, with the words that changed marked. */
@customElement("ca-diff")
export class DiffView extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .scroll {
        overflow-x: auto;
      }
      table {
        min-width: 100%;
        border-collapse: collapse;
        font: 12.5px / 20px var(--ca-mono);
        tab-size: 4;
      }
      td {
        padding: 0;
      }
      .number {
        min-width: 32px;
        padding: 0 6px;
        color: var(--ca-muted);
        text-align: end;
        user-select: none;
        font-variant-numeric: tabular-nums;
        vertical-align: top;
      }
      .sign {
        padding: 0 6px;
        text-align: center;
        user-select: none;
        vertical-align: top;
      }
      .code {
        width: 100%;
        padding-right: 12px;
        white-space: pre;
      }
      .added {
        background: var(--ca-added-fill);
      }
      .added ins {
        background: var(--ca-added-mark);
      }
      .removed {
        background: var(--ca-removed-fill);
      }
      .removed del {
        background: var(--ca-removed-mark);
      }
      .added .number,
      .removed .number {
        color: var(--ca-text);
      }
      ins,
      del {
        border-radius: 2px;
        text-decoration: none;
      }
      .hunk td {
        padding: 2px 12px;
        background: var(--ca-sunken);
        color: var(--ca-muted);
        white-space: pre;
      }
      .more {
        display: block;
        width: 100%;
        border-width: 1px 0 0;
        border-radius: 0;
      }
      .plain {
        margin: 0;
        padding: 8px 12px;
        min-height: 60px;
      }
      @media (max-width: 719px) {
        .before {
          display: none;
        }
      }
    `,
  ];

  @property() path = "";
  @property() diff = "";
  @state() private hunks: Hunk[] | undefined;
  @state() private all = false;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("diff") || changed.has("path")) void this.#read(this.diff);
  }

  async #read(diff: string): Promise<void> {
    const reader = await later(() => import("../text/diff.js"));
    // Without the reader the diff stands there as it came.
    if (diff === this.diff) this.hunks = reader?.readDiff(this.path, diff) ?? [];
  }

  protected override render(): TemplateResult {
    if (!this.hunks) return html`<p class="plain muted small">Reading the diff…</p>`;
    // What no parser understood is still worth reading.
    if (this.hunks.length === 0)
      return html`<div class="scroll" tabindex="0"><pre class="plain">${this.diff}</pre></div>`;
    const total = this.hunks.reduce((sum, hunk) => sum + hunk.lines.length, 0);
    let left = this.all ? total : FIRST_SHOWN;
    const bodies = this.hunks.map((hunk) => {
      const lines = hunk.lines.slice(0, Math.max(0, left));
      left -= hunk.lines.length;
      return lines.length > 0 ? this.#hunk(hunk.header, lines) : nothing;
    });
    return html`
      <div class="scroll" tabindex="0" role="group" aria-label="Diff of ${this.path}">
        <table>
          ${bodies}
        </table>
      </div>
      ${
        left < 0
          ? html`<button type="button" class="quiet more" @click=${() => (this.all = true)}>
              Show all ${formatNumber(total)} lines
            </button>`
          : nothing
      }
    `;
  }

  #hunk(header: string, lines: Line[]): TemplateResult {
    return html`<tbody>
      <tr class="hunk">
        <td colspan="4">${header}</td>
      </tr>
      ${lines.map(
        (line) =>
          html`<tr class=${line.kind}>
            <td class="number before">${line.before ?? nothing}</td>
            <td class="number">${line.after ?? nothing}</td>
            <td class="sign">${SIGNS[line.kind]}</td>
            <td class="code">${line.pieces.map((piece) => mark(piece, line.kind))}</td>
          </tr>`,
      )}
    </tbody>`;
  }
}

function mark(piece: { text: string; changed: boolean }, kind: Line["kind"]): TemplateResult | string {
  if (!piece.changed) return piece.text;
  return kind === "added" ? html`<ins>${piece.text}</ins>` : html`<del>${piece.text}</del>`;
}
