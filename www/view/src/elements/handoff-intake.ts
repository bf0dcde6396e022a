import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { HandoffForm } from "../state/handoff-form.js";
import { controls } from "../style/controls.js";
import { fileIcon } from "../style/icons.js";
import "./failure-notice.js";

/** Text that comes this long at once was not typed. */
const PASTED_LENGTH = 40;
const PASTED = /\n|^\s*https?:|^\s*#?bundle=/;

/** Where a conversation comes in: dropped, chosen or pasted. */
@customElement("ca-handoff-intake")
export class HandoffIntake extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
        padding-bottom: 24px;
      }
      .zone {
        display: grid;
        gap: 8px;
        justify-items: center;
        min-height: 168px;
        align-content: center;
        padding: 24px 16px;
        border: 1.5px dashed var(--ca-control-line);
        border-radius: var(--ca-radius);
        background: var(--ca-sunken);
        text-align: center;
        overflow-wrap: anywhere;
      }
      .zone.dragging {
        border-color: var(--ca-accent);
        background: var(--ca-selected);
      }
      .zone svg {
        width: 24px;
        height: 24px;
        color: var(--ca-muted);
        stroke-width: 1;
      }
      .choose {
        position: relative;
        display: inline-flex;
        align-items: center;
        min-height: 32px;
        padding: 4px 12px;
        border: 1px solid var(--ca-line);
        border-radius: var(--ca-radius);
        background: var(--ca-raised);
        font-weight: 500;
        cursor: pointer;
      }
      .choose:hover {
        background: var(--ca-hover);
      }
      .choose:has(:focus-visible) {
        outline: 2px solid var(--ca-accent);
        outline-offset: 1px;
      }
      .choose:has(:disabled) {
        opacity: 0.55;
        cursor: default;
      }
      .choose input {
        min-height: 0 !important;
        padding: 0 !important;
      }
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
      }
      textarea {
        min-height: 96px;
        max-height: 40vh;
      }
      @media (pointer: coarse) {
        .choose {
          min-height: 40px;
        }
      }
    `,
  ];

  /** The form is one object for its whole life, so each time it is handed in counts as a change. */
  @property({ attribute: false, hasChanged: () => true }) form = new HandoffForm();
  @property({ type: Boolean }) dragging = false;
  @query("textarea") private box!: HTMLTextAreaElement;

  override focus(): void {
    this.box.focus();
  }

  protected override render(): TemplateResult {
    const { reading, readFailure, pasted } = this.form;
    const busy = reading !== "";
    return html`
      <div class="zone ${this.dragging ? "dragging" : ""}" aria-busy=${busy}>
        ${fileIcon}
        <p><strong>${busy ? `Reading ${reading}…` : this.dragging ? "Drop it here" : "Drop a conversation here"}</strong></p>
        <p class="small muted">
          A transcript of VS Code, Claude Code, Codex, Copilot, Gemini, Cursor, OpenCode, Cline, Aider and others, or a bundle; a diff of
          what is not committed may come with it.
        </p>
        <label class="choose">
          <input class="unseen" type="file" multiple ?disabled=${busy} @change=${this.#onFile} />Choose a file
        </label>
      </div>
      <ca-failure .failure=${readFailure} headline="This could not be read"></ca-failure>
      <form @submit=${this.#onSubmit}>
        <div class="field">
          <label for="pasted">Transcript, bundle or link</label>
          <textarea
            id="pasted"
            rows="5"
            spellcheck="false"
            placeholder="Or paste it here"
            .value=${pasted}
            ?readonly=${busy}
            aria-describedby="stays"
            @input=${this.#onInput}
            @paste=${this.#onPaste}
          ></textarea>
        </div>
        <div>
          <button type="submit" ?disabled=${busy || pasted.trim() === ""} aria-busy=${busy}>Read</button>
        </div>
      </form>
      <p id="stays" class="small muted">
        It is read in this tab. Nothing is sent before you have seen what would be, and started it.
      </p>
    `;
  }

  #onFile(event: Event): void {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    // The same file can be chosen again after it was mended.
    input.value = "";
    if (files.length > 0) void this.form.openFiles(files);
  }

  #onInput(event: Event): void {
    // Text of several lines may come with an event for each, of which the first one was enough.
    if (this.form.reading || this.form.handoff) return;
    const { value } = event.target as HTMLTextAreaElement;
    const wasEmpty = this.form.pasted === "";
    this.form.setPasted(value);
    if (wasEmpty && (value.length >= PASTED_LENGTH || PASTED.test(value))) void this.form.openText(value);
  }

  #onPaste(event: ClipboardEvent): void {
    const transfer = event.clipboardData;
    const files = [...(transfer?.files ?? [])];
    const text = transfer?.getData("text/plain") ?? "";
    // Whoever puts together several pieces reads them with the button.
    if (files.length > 0) void this.form.openFiles(files);
    else if (text.trim() && this.form.pasted === "") void this.form.openText(text);
    else return;
    event.preventDefault();
  }

  #onSubmit(event: Event): void {
    event.preventDefault();
    const { pasted } = this.form;
    if (pasted.trim()) void this.form.openText(pasted);
  }
}
