import type { Masked } from "cloud-agents";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { UnmaskEvent } from "../events.js";
import { controls } from "../style/controls.js";
import { plural } from "../text/count.js";

/** The secrets that were found, each with a switch that sends it in clear. What they are is never known here. */
@customElement("ca-masked-secrets")
export class MaskedSecrets extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      ul {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        margin: 0;
        padding: 0;
        border: 1px solid var(--ca-line);
        border-radius: var(--ca-radius);
        list-style: none;
      }
      li {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        align-items: center;
        padding: 8px 12px;
        overflow-wrap: anywhere;
      }
      li + li {
        border-top: 1px solid var(--ca-line);
      }
      .what {
        flex: 1 1 200px;
        min-width: 0;
      }
      input[role="switch"] {
        position: relative;
        width: 28px;
        border: 1px solid var(--ca-control-line);
        border-radius: 8px;
        background: var(--ca-hover);
        appearance: none;
        transition: background-color var(--ca-swift);
      }
      [role="switch"]::before {
        position: absolute;
        inset: 1px auto 1px 1px;
        width: 12px;
        border-radius: 6px;
        background: var(--ca-muted);
        content: "";
      }
      [role="switch"]:checked {
        border-color: var(--ca-bad);
        background: var(--ca-bad);
      }
      [role="switch"]:checked::before {
        inset: 1px 1px 1px auto;
        background: var(--ca-surface);
      }
      @media (forced-colors: active) {
        input[role="switch"] {
          appearance: auto;
        }
        [role="switch"]::before {
          content: none;
        }
      }
      .clear {
        background: var(--ca-bad-fill);
      }
      .clear .state {
        color: var(--ca-bad);
        font-weight: 500;
      }
    `,
  ];

  @property({ attribute: false }) secrets: Masked[] = [];
  /** Placeholders of those that are sent in clear. */
  @property({ attribute: false }) unmasked: string[] = [];
  /** They were masked by whoever made the bundle, so there is nothing to unmask. */
  @property({ type: Boolean }) foreign = false;
  /** Whether the search has ended. */
  @property({ type: Boolean }) known = false;

  protected override render(): TemplateResult {
    if (this.secrets.length === 0)
      return html`<p class="small muted">
        ${this.known ? "No passwords, tokens or keys were found." : "Looking for passwords, tokens and keys…"}
      </p>`;
    return html`<ul aria-label="Masked secrets">
        ${repeat(
          this.secrets,
          ({ placeholder }) => placeholder,
          (secret) => this.#secret(secret),
        )}
      </ul>
      ${this.foreign ? html`<p class="small muted">The bundle does not hold the originals.</p>` : nothing}`;
  }

  #secret({ placeholder, kind, count }: Masked): TemplateResult {
    const clear = this.unmasked.includes(placeholder);
    return html`<li class=${clear ? "clear" : ""}>
      <div class="what">
        <code>${placeholder}</code>
        <span class="small muted">${kind}, ${plural(count, "time")};</span>
        <span class="small state">${clear ? "goes out in clear" : "masked in brief and bundle"}</span>
      </div>
      ${
        this.foreign
          ? nothing
          : html`<label class="check">
              <input
                type="checkbox"
                role="switch"
                .checked=${clear}
                aria-label="Send ${placeholder} in clear"
                @change=${(event: Event) =>
                  this.dispatchEvent(new UnmaskEvent(placeholder, (event.target as HTMLInputElement).checked))}
              />Send in clear
            </label>`
      }
    </li>`;
  }
}
