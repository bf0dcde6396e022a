import type { Failure, FileChange } from "cloud-agents";
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { asFailure } from "../failure.js";
import type { SessionSource } from "../source.js";
import { controls } from "../style/controls.js";
import { totalOf, totalStyles } from "./changed-files.js";
import "./failure-notice.js";

/** What a session changed, file by file. */
@customElement("ca-changes")
export class Changes extends LitElement {
  static override styles = [
    controls,
    totalStyles,
    css`
      :host {
        display: block;
      }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 4px 12px;
        margin-bottom: 8px;
      }
      h3 {
        font-size: 15px;
        line-height: 20px;
      }
      .waiting {
        height: 96px;
        border-radius: var(--ca-radius);
        background: var(--ca-sunken);
      }
    `,
  ];

  @property({ attribute: false }) source: SessionSource | undefined;
  @property() session = "";
  /** Changes whenever what is shown may be out of date, for instance when the session settled. */
  @property() version = "";
  @state() private files: FileChange[] | undefined;
  @state() private failure: Failure | undefined;
  #reading = 0;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session")) this.files = undefined;
    if (changed.has("session") || changed.has("version") || changed.has("source")) void this.#read();
  }

  async #read(): Promise<void> {
    if (!this.source || !this.session) return;
    const reading = ++this.#reading;
    try {
      const files = await this.source.changes(this.session);
      if (reading !== this.#reading) return;
      this.files = files;
      this.failure = undefined;
    } catch (reason) {
      if (reading === this.#reading) this.failure = asFailure(reason);
    }
  }

  protected override render(): TemplateResult {
    return html`<section aria-label="Changes">
      <header>
        <h3>Changes</h3>
        ${this.files ? totalOf(this.files) : nothing}
      </header>
      <ca-failure .failure=${this.failure} headline="Could not read the changes" retry @ca-retry=${this.#read}></ca-failure>
      ${this.#files()}
    </section>`;
  }

  #files(): TemplateResult | typeof nothing {
    if (!this.files) return this.failure ? nothing : html`<div class="waiting" aria-busy="true"></div>`;
    if (this.files.length === 0) return html`<p class="muted">The branch holds no changes.</p>`;
    return html`<ca-changed-files .files=${this.files}></ca-changed-files>`;
  }
}
