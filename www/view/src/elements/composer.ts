import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { Drafts } from "../state/drafts.js";
import { controls } from "../style/controls.js";
import { sendIcon } from "../style/icons.js";

/** The person wants a message sent; the box keeps its text until `sent` is called. */
export class SendEvent extends Event {
  static readonly type = "ca-send";
  constructor(readonly text: string) {
    super(SendEvent.type);
  }
}

/** The message box of a session: follow-ups, steering, and answers in the person's own words. */
@customElement("ca-composer")
export class Composer extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr) auto;
        gap: 8px;
        align-items: end;
      }
      textarea {
        min-height: 40px;
        max-height: 200px;
        field-sizing: content;
        resize: none;
      }
      button {
        min-height: 40px;
      }
      p {
        grid-column: 1 / -1;
      }
    `,
  ];

  /** Whose message this is: each session has its own text. */
  @property() session = "";
  /** Handed in, so that what was typed is there again when the person comes back. */
  @property({ attribute: false }) drafts = new Drafts();
  @property({ type: Boolean }) busy = false;
  /** Why nothing can be sent now. */
  @property() closed = "";
  @property() placeholder = "";
  @query("textarea") private box!: HTMLTextAreaElement;

  override focus(): void {
    this.box.focus();
  }

  /** The message to this session arrived: its box is free for the next one, unless that has been begun. */
  sent(session: string, text: string): void {
    this.drafts.sent(session, text);
    this.requestUpdate();
  }

  protected override render(): TemplateResult {
    const closed = this.closed !== "";
    const text = this.drafts.of(this.session);
    return html`<form @submit=${this.#onSubmit}>
      ${closed ? html`<p class="small muted" id="why">${this.closed}</p>` : nothing}
      <label class="unseen" for="message">Message</label>
      <textarea
        id="message"
        rows="1"
        placeholder=${closed ? "" : this.placeholder}
        .value=${text}
        ?disabled=${closed}
        aria-describedby=${closed ? "why" : nothing}
        enterkeyhint="send"
        @input=${this.#onInput}
        @keydown=${this.#onKeyDown}
      ></textarea>
      <button
        type="submit"
        class="primary"
        ?disabled=${closed || this.busy || text.trim() === ""}
        aria-busy=${this.busy}
        title="Send (Enter; Shift+Enter for a new line)"
      >
        ${sendIcon}Send
      </button>
    </form>`;
  }

  #onInput(event: Event): void {
    this.drafts.write(this.session, (event.target as HTMLTextAreaElement).value);
    this.requestUpdate();
  }

  #onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.#submit();
  }

  #onSubmit(event: Event): void {
    event.preventDefault();
    this.#submit();
  }

  #submit(): void {
    const text = this.drafts.of(this.session).trim();
    if (text && !this.busy && !this.closed) this.dispatchEvent(new SendEvent(text));
  }
}
