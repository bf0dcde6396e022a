import type { ProviderInfo } from "cloud-agents";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { AnnounceEvent, StartedEvent } from "../events.js";
import type { Handoff, SessionSource } from "../source.js";
import { HandoffForm } from "../state/handoff-form.js";
import { controls } from "../style/controls.js";
import { formatNumber, plural } from "../text/count.js";
import { backToList } from "./back.js";
import { handoffStyles } from "./handoff.styles.js";
import "./handoff-intake.js";
import type { HandoffIntake } from "./handoff-intake.js";
import "./handoff-preview.js";

/** A conversation on its way to a provider: what was read, what would be sent, and the start. */
@customElement("ca-handoff")
export class HandoffPane extends LitElement {
  static override styles = [controls, handoffStyles];

  @property({ attribute: false }) source: SessionSource | undefined;
  @property({ attribute: false }) providers: ProviderInfo[] = [];
  /** Handed in, so that everything is there again when the person comes back. */
  @property({ attribute: false }) form = new HandoffForm();
  /** Something is dragged over the page. */
  @property({ type: Boolean }) dragging = false;
  #shown: string | undefined;
  #wasHere = false;

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener("paste", this.#onPaste);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener("paste", this.#onPaste);
  }

  override focus(): void {
    const intake = this.renderRoot.querySelector<HandoffIntake>("ca-handoff-intake");
    if (intake) intake.focus();
    else this.renderRoot.querySelector<HTMLElement>("#read")?.focus();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("form")) {
      this.form.onChange = () => this.requestUpdate();
      this.form.onAnnounce = (text) => this.dispatchEvent(new AnnounceEvent(text));
      this.form.onStarted = (session) => {
        this.dispatchEvent(new AnnounceEvent(`Session started: ${session.title}`));
        this.dispatchEvent(new StartedEvent(session));
      };
    }
    if (this.source && (changed.has("source") || changed.has("providers")))
      this.form.offer(this.source, this.providers);
    this.#wasHere = this.matches(":focus-within");
  }

  protected override updated(): void {
    const shown = this.form.handoff?.id;
    if (shown === this.#shown) return;
    const first = this.#shown === undefined && !this.hasUpdated;
    this.#shown = shown;
    // What was focused is gone, and the next Tab must not start at the top of the page.
    if (this.#wasHere && !first) this.focus();
  }

  protected override render(): TemplateResult {
    const { handoff } = this.form;
    return html`<div class="column">
      <div class="first">
        ${backToList(this)}
        <h2>Hand off a conversation</h2>
      </div>
      ${
        handoff
          ? html`${this.#whatWasRead(handoff)}${handoff.foreign ? this.#foreign() : nothing}
              <ca-handoff-preview .form=${this.form} .providers=${this.providers}></ca-handoff-preview>`
          : html`<ca-handoff-intake .form=${this.form} ?dragging=${this.dragging}></ca-handoff-intake>`
      }
    </div>`;
  }

  #whatWasRead({ summary }: Handoff): TemplateResult {
    const fact = (name: string, count: number) =>
      html`<div><dt>${name}</dt><dd class="numbers">${formatNumber(count)}</dd></div>`;
    return html`<section class="read" aria-labelledby="read">
      <div class="titled">
        <h3 id="read" tabindex="-1">${summary.title || "A conversation"}</h3>
        <button type="button" @click=${() => this.form.close()}>Read something else</button>
      </div>
      <dl>
        <div><dt>format</dt><dd>${summary.format}</dd></div>
        ${fact("turns", summary.turns)} ${fact("tool calls", summary.toolCalls)} ${fact("edits", summary.edits)}
        ${fact("skipped", summary.skipped)}
      </dl>
      ${
        summary.skipped > 0
          ? html`<p class="small muted">
              ${plural(summary.skipped, "entry", "entries")} could not be read and ${summary.skipped === 1 ? "does" : "do"}
              not go along.
            </p>`
          : nothing
      }
    </section>`;
  }

  /** Text of a bundle may try to pass for the person's own request. */
  #foreign(): TemplateResult {
    return html`<section class="foreign" aria-labelledby="foreign">
      <h3 id="foreign">Not your own words</h3>
      <p>
        This came as a bundle: its task, its conversation and its target were written by whoever made it. An agent will follow
        them as if they were yours, so read the task and the brief before you send them.
      </p>
      <label class="check">
        <input
          type="checkbox"
          .checked=${this.form.accepted}
          @change=${(event: Event) => this.form.setAccepted((event.target as HTMLInputElement).checked)}
        />I have read it, and send it as my own request
      </label>
    </section>`;
  }

  /** Pasting works anywhere in the pane as long as nothing else would take the text. */
  readonly #onPaste = (event: ClipboardEvent): void => {
    if (this.form.handoff || event.defaultPrevented || !event.clipboardData) return;
    const target = event.composedPath()[0];
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
    if (event.composedPath().some((element) => element instanceof HTMLDialogElement)) return;
    if (takeTransfer(this.form, event.clipboardData)) event.preventDefault();
  };
}

/** Opens what a paste or a drop holds: its files, else its text. Tells whether there was anything. */
export function takeTransfer(form: HandoffForm, transfer: DataTransfer): boolean {
  const files = [...transfer.files];
  const text = transfer.getData("text/plain");
  if (files.length > 0) void form.openFiles(files);
  else if (text.trim()) void form.openText(text);
  return files.length > 0 || text.trim() !== "";
}
