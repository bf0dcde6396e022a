import type { Failure, ProviderInfo } from "cloud-agents";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { AnnounceEvent } from "../events.js";
import { asFailure } from "../failure.js";
import type { SessionSource } from "../source.js";
import { controls } from "../style/controls.js";
import { dialogStyles } from "../style/dialog.js";
import { closeIcon } from "../style/icons.js";
import { statusShape, statusStyles } from "../style/status.js";
import type { Renewal } from "./connect-form.js";
import "./connect-form.js";
import "./failure-notice.js";

const STATES: Record<
  ProviderInfo["state"],
  { word: string; shape: "completed" | "failed" | "needs-input" | "timed-out" }
> = {
  ready: { word: "connected", shape: "completed" },
  unauthorized: { word: "wants a new token", shape: "needs-input" },
  unreachable: { word: "cannot be reached", shape: "failed" },
  limited: { word: "limited for now", shape: "timed-out" },
};

/** The dialog "Connections": what is connected, how it stands, and one more. */
@customElement("ca-connections")
export class Connections extends LitElement {
  static override styles = [
    controls,
    statusStyles,
    dialogStyles,
    css`
      ul {
        display: grid;
        gap: 8px;
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 4px 12px;
        align-items: center;
        padding: 8px 12px;
        border: 1px solid var(--ca-line);
        border-radius: var(--ca-radius);
        overflow-wrap: anywhere;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        gap: 0 12px;
      }
      .ways {
        display: flex;
        gap: 8px;
      }
      .note {
        grid-column: 1 / -1;
      }
      h3 {
        font-size: 14px;
      }
    `,
  ];

  @property({ attribute: false }) source: SessionSource | undefined;
  @property({ attribute: false }) providers: ProviderInfo[] = [];
  @state() private renewal: Renewal | undefined;
  @state() private failure: Failure | undefined;
  @query("dialog") private dialog!: HTMLDialogElement;

  /** Opens the dialog, ready to renew the connection that is named. */
  show(provider?: string): void {
    const known = this.providers.find((candidate) => candidate.id === provider);
    this.renewal = known ? { id: known.id, label: known.label, kind: known.kind } : undefined;
    this.failure = undefined;
    if (!this.dialog.open) this.dialog.showModal();
  }

  close(): void {
    this.dialog.close();
  }

  protected override render(): TemplateResult {
    return html`<dialog aria-labelledby="heading">
      <div class="head">
        <h2 id="heading">Connections</h2>
        <button type="button" class="quiet square" aria-label="Close" title="Close (Esc)" @click=${this.close}>${closeIcon}</button>
      </div>
      ${
        this.providers.length > 0
          ? html`<ul role="list" aria-label="Connected">
              ${this.providers.map((provider) => this.#connection(provider))}
            </ul>`
          : html`<p class="muted">Nothing is connected yet.</p>`
      }
      <ca-failure .failure=${this.failure} headline="Could not disconnect"></ca-failure>
      <h3>${this.renewal ? "Connect again" : "Add a connection"}</h3>
      <ca-connect-form .source=${this.source} .renewal=${this.renewal}></ca-connect-form>
    </dialog>`;
  }

  #connection(provider: ProviderInfo): TemplateResult {
    const { word, shape } = STATES[provider.state] ?? STATES.unreachable;
    return html`<li>
      <div>
        <strong>${provider.label}</strong>
        <div class="line small">
          <span class="status-badge status-${shape}">${statusShape({ status: shape, rawStatus: "" })}${word}</span>
          ${provider.road ? html`<span class="muted">by way of ${provider.road}</span>` : nothing}
        </div>
      </div>
      <div class="ways">
        ${
          provider.state === "unauthorized"
            ? html`<button type="button" @click=${() => this.show(provider.id)}>New token</button>`
            : nothing
        }
        <button type="button" aria-label="Disconnect ${provider.label}" @click=${() => this.#disconnect(provider)}>Disconnect</button>
      </div>
      ${provider.note ? html`<p class="note muted small">${provider.note}</p>` : nothing}
    </li>`;
  }

  async #disconnect(provider: ProviderInfo): Promise<void> {
    this.failure = undefined;
    try {
      await this.source?.disconnect(provider.id);
      if (this.renewal?.id === provider.id) this.renewal = undefined;
      this.dispatchEvent(new AnnounceEvent(`${provider.label} disconnected`));
    } catch (reason) {
      this.failure = asFailure(reason);
    }
  }
}
