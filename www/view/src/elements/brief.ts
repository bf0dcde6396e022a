import type { Brief, BriefItem } from "cloud-agents";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { sizeWords } from "../state/handoff-form.js";
import { controls } from "../style/controls.js";
import { foldingStyles } from "../style/folding.js";
import { chevronIcon } from "../style/icons.js";
import { formatNumber } from "../text/count.js";

/** A longer list than this is folded, and drawn in part. */
const MOST_UNFOLDED = 8;
const FIRST_SHOWN = 100;

/** The prompt as it is sent, how much of the limit it takes, and what became of each piece. */
@customElement("ca-brief")
export class BriefView extends LitElement {
  static override styles = [
    controls,
    foldingStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
      }
      .size {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: center;
      }
      meter {
        flex: 1 1 120px;
        height: 12px;
      }
      .box {
        max-height: min(400px, 60vh);
        overflow-y: auto;
        border: 1px solid var(--ca-line);
        border-radius: var(--ca-radius);
        background: var(--ca-sunken);
      }
      .foreign {
        border: 1.5px dashed var(--ca-wait);
      }
      .owner {
        color: var(--ca-wait);
      }
      pre {
        margin: 0;
        padding: 12px;
        line-height: 18px;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
        tab-size: 4;
      }
      .stale {
        opacity: 0.6;
      }
      summary {
        font-weight: 500;
      }
      .report {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
      }
      ul {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 4px;
        margin: 0;
        padding: 8px 12px 8px 32px;
        font-size: 13px;
        overflow-wrap: anywhere;
      }
      .more {
        margin: 0 12px 8px;
      }
    `,
  ];

  @property({ attribute: false }) brief: Brief | undefined;
  /** A newer one is being made. */
  @property({ type: Boolean }) busy = false;
  /** It holds words that the person has not accepted. */
  @property({ type: Boolean }) foreign = false;
  /** Which lists are folded out or in by the person, and which are drawn whole. */
  @state() private folded = new Map<string, boolean>();
  @state() private whole = new Set<string>();

  protected override render(): TemplateResult | typeof nothing {
    const { brief } = this;
    if (!brief) return nothing;
    return html`
      <div class="size">
        <span id="size" class="numbers">${sizeWords(brief)}</span>
        <meter aria-labelledby="size" min="0" max=${brief.limit.size} .value=${brief.size}></meter>
        <span class="small muted" ?hidden=${!this.busy}>Being made again…</span>
      </div>
      ${this.foreign ? html`<p class="owner small">Not your own words until you accept them</p>` : nothing}
      <div
        class="box ${this.foreign ? "foreign" : ""}"
        tabindex="0"
        role="group"
        aria-label="Text of the brief"
        aria-busy=${this.busy}
      >
        <pre class=${this.busy ? "stale" : ""}>${brief.text}</pre>
      </div>
      <div class="report">
        ${this.#items("Left out", brief.omitted, true)} ${this.#items("Shortened", brief.shortened, true)}
        ${this.#items("Kept whole", brief.kept, false)}
      </div>
    `;
  }

  #items(name: string, items: BriefItem[], telling: boolean): TemplateResult | typeof nothing {
    if (items.length === 0) return nothing;
    const open = this.folded.get(name) ?? (telling && items.length <= MOST_UNFOLDED);
    const shown = this.whole.has(name) ? items : items.slice(0, FIRST_SHOWN);
    return html`<details
      ?open=${open}
      @toggle=${(event: Event) => {
        this.folded = new Map(this.folded).set(name, (event.target as HTMLDetailsElement).open);
      }}
    >
      <summary>${chevronIcon}${name} <span class="muted numbers">${formatNumber(items.length)}</span></summary>
      ${
        open
          ? html`<ul>
                ${shown.map(({ item, why }) => html`<li>${item} <span class="muted">— ${why}</span></li>`)}
              </ul>
              ${
                shown.length < items.length
                  ? html`<button type="button" class="more" @click=${() => (this.whole = new Set(this.whole).add(name))}>
                      Show all ${formatNumber(items.length)}
                    </button>`
                  : nothing
              }`
          : nothing
      }
    </details>`;
  }
}
