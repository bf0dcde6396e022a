import type { Failure, Session } from "cloud-agents";
import { css, html, LitElement, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { AnnounceEvent, HandOffEvent } from "../events.js";
import { asFailure } from "../failure.js";
import type { SessionSource } from "../source.js";
import { controls } from "../style/controls.js";
import { handOffIcon, saveIcon } from "../style/icons.js";
import { fileNameOf } from "../text/handoff.js";
import { saveText } from "../text/saving.js";
import "./failure-notice.js";

/** The ways out of a session: to another provider, or into a file. */
@customElement("ca-session-handoff")
export class SessionHandoff extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: contents;
      }
      ca-failure {
        flex: 1 0 100%;
      }
    `,
  ];

  @property({ attribute: false }) source: SessionSource | undefined;
  @property({ attribute: false }) session: Session | undefined;
  @state() private saving = false;
  @state() private failure: Failure | undefined;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session") && changed.get("session")?.id !== this.session?.id) this.failure = undefined;
  }

  protected override render(): TemplateResult {
    return html`
      <button type="button" title="Hand its turns and its branch over to another provider" @click=${this.#handOff}>
        ${handOffIcon}Hand off
      </button>
      <button
        type="button"
        title="Save its turns as a bundle, with secrets masked"
        ?disabled=${this.saving}
        aria-busy=${this.saving}
        @click=${this.#download}
      >
        ${saveIcon}Download bundle
      </button>
      <ca-failure
        .failure=${this.failure}
        headline="The bundle could not be made"
        retry
        dismiss
        @ca-retry=${this.#download}
        @ca-dismiss=${() => {
          this.failure = undefined;
        }}
      ></ca-failure>
    `;
  }

  #handOff(): void {
    const { session } = this;
    if (session) this.dispatchEvent(new HandOffEvent({ kind: "session", id: session.id }, session.provider));
  }

  async #download(): Promise<void> {
    const { source, session } = this;
    if (!source || !session || this.saving) return;
    this.saving = true;
    this.failure = undefined;
    try {
      const { id, prompt } = await source.openHandoff({ kind: "session", id: session.id });
      try {
        const choice = {
          prompt,
          provider: session.provider,
          unmask: [],
          maskNames: false,
          drop: [],
          push: false,
          confirmSecrets: false,
        };
        saveText(fileNameOf(session.title), await source.exportHandoff(id, choice, "json"));
      } finally {
        void source.closeHandoff(id).catch(() => undefined);
      }
      this.dispatchEvent(new AnnounceEvent("Bundle saved"));
    } catch (reason) {
      if (this.session?.id === session.id) this.failure = asFailure(reason);
    } finally {
      this.saving = false;
    }
  }
}
