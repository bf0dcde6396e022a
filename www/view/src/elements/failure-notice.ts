import type { Failure } from "cloud-agents";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { DismissEvent, ReconnectEvent, RetryEvent } from "../events.js";
import { controls } from "../style/controls.js";
import { alertIcon } from "../style/icons.js";

/** A failure where it happened: what went wrong, what the person can do, and a way on. */
@customElement("ca-failure")
export class FailureNotice extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      .notice {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 12px;
        align-items: center;
        padding: 8px 12px;
        border: 1px solid var(--ca-bad);
        border-radius: var(--ca-radius);
        background: var(--ca-bad-fill);
      }
      svg {
        align-self: flex-start;
        margin-top: 2px;
        color: var(--ca-bad);
      }
      .words {
        flex: 1 1 280px;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .message {
        font-weight: 600;
      }
      .ways {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
    `,
  ];

  @property({ attribute: false }) failure: Failure | undefined;
  /** What could not be done, such as "Could not load the session". */
  @property() headline = "";
  @property({ type: Boolean }) retry = false;
  @property({ type: Boolean }) dismiss = false;
  /** Whether it stands in the form that connects, which is the way on itself. */
  @property({ type: Boolean }) connecting = false;

  protected override willUpdate(): void {
    // An empty notice must not take part in its parent's gaps.
    this.hidden = this.failure === undefined;
  }

  protected override render(): TemplateResult {
    const failure = this.failure;
    return html`<div role="alert">${failure ? this.#notice(failure) : nothing}</div>`;
  }

  #notice(failure: Failure): TemplateResult {
    const unauthorized = failure.code === "unauthorized";
    return html`<div class="notice">
      ${alertIcon}
      <div class="words">
        <p class="message">${this.headline ? `${this.headline}: ` : nothing}${failure.message}</p>
        <p>${failure.hint}</p>
        ${failure.requestId ? html`<p class="small muted">Request <code>${failure.requestId}</code></p>` : nothing}
      </div>
      <div class="ways">
        ${
          unauthorized && !this.connecting
            ? html`<button type="button" @click=${() => this.dispatchEvent(new ReconnectEvent(failure.provider))}>
                Connect again
              </button>`
            : nothing
        }
        ${
          this.retry && !unauthorized
            ? html`<button type="button" @click=${() => this.dispatchEvent(new RetryEvent())}>Retry</button>`
            : nothing
        }
        ${
          this.dismiss
            ? html`<button type="button" class="quiet" @click=${() => this.dispatchEvent(new DismissEvent())}>
                Dismiss
              </button>`
            : nothing
        }
      </div>
    </div>`;
  }
}
