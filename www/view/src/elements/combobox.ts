import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { ValueEvent } from "../events.js";
import { controls } from "../style/controls.js";

const MOST_SHOWN = 100;

/**
 * A text field with suggestions (the combobox pattern of the ARIA Authoring Practices, list autocomplete). Any text is
 * allowed: a repository may exist that the connection does not list.
 */
@customElement("ca-combobox")
export class Combobox extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .field {
        position: relative;
      }
      ul {
        position: absolute;
        z-index: 2;
        inset: calc(100% + 4px) 0 auto;
        max-height: 240px;
        margin: 0;
        padding: 4px;
        overflow-y: auto;
        border: 1px solid var(--ca-line);
        border-radius: var(--ca-radius);
        background: var(--ca-raised);
        box-shadow: 0 4px 16px rgb(0 0 0 / 18%);
        list-style: none;
      }
      li {
        padding: 4px 8px;
        border-radius: 4px;
        overflow-wrap: anywhere;
        cursor: pointer;
      }
      li:hover {
        background: var(--ca-hover);
      }
      li[aria-selected="true"] {
        background: var(--ca-selected);
      }
    `,
  ];

  @property() label = "";
  @property() value = "";
  @property() placeholder = "";
  @property({ attribute: false }) suggestions: string[] = [];
  /** What is wrong with the value. */
  @property() error = "";
  @state() private open = false;
  @state() private active = -1;
  /** Whether the text was changed since the list opened; until then every suggestion is offered. */
  @state() private typed = false;
  @query("input") private input!: HTMLInputElement;

  override focus(): void {
    this.input.focus();
  }

  protected override render(): TemplateResult {
    const shown = this.#matching();
    const open = this.open && shown.length > 0;
    return html`<div class="field">
      <label for="input">${this.label}</label>
      <input
        id="input"
        role="combobox"
        autocomplete="off"
        autocapitalize="off"
        spellcheck="false"
        aria-autocomplete="list"
        aria-expanded=${open}
        aria-controls="choices"
        aria-activedescendant=${open && this.active >= 0 ? `choice-${this.active}` : nothing}
        aria-invalid=${this.error ? "true" : nothing}
        aria-describedby=${this.error ? "error" : nothing}
        placeholder=${this.placeholder}
        .value=${this.value}
        @input=${this.#onInput}
        @change=${(event: Event) => event.stopPropagation()}
        @keydown=${this.#onKeyDown}
        @click=${this.#show}
        @blur=${this.#hide}
      />
      <ul id="choices" role="listbox" aria-label="Suggestions" ?hidden=${!open}>
        ${shown.map(
          (suggestion, index) =>
            html`<li
              id="choice-${index}"
              role="option"
              aria-selected=${index === this.active}
              @mousedown=${(event: Event) => event.preventDefault()}
              @click=${() => this.#choose(suggestion)}
            >
              ${suggestion}
            </li>`,
        )}
      </ul>
      ${this.error ? html`<span id="error" class="field-error">${this.error}</span>` : nothing}
    </div>`;
  }

  protected override updated(): void {
    this.renderRoot.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }

  #matching(): string[] {
    const wanted = this.typed ? this.value.trim().toLowerCase() : "";
    const matching = wanted
      ? this.suggestions.filter((suggestion) => suggestion.toLowerCase().includes(wanted))
      : this.suggestions;
    return matching.slice(0, MOST_SHOWN);
  }

  #onInput(event: Event): void {
    this.typed = true;
    this.open = true;
    this.active = -1;
    this.#set((event.target as HTMLInputElement).value);
  }

  #onKeyDown(event: KeyboardEvent): void {
    const shown = this.#matching();
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        if (shown.length === 0) return;
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (this.open)
          this.active = (this.active + step + shown.length + (this.active < 0 && step < 0 ? 1 : 0)) % shown.length;
        else this.#show();
        break;
      }
      case "Enter": {
        const suggestion = this.open ? shown[this.active] : undefined;
        if (suggestion === undefined) return;
        this.#choose(suggestion);
        break;
      }
      case "Escape":
        if (!this.open || shown.length === 0) return;
        this.#hide();
        event.stopPropagation();
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  #show(): void {
    if (this.open) return;
    this.open = true;
    this.typed = false;
    this.active = this.suggestions.indexOf(this.value);
  }

  #hide(): void {
    this.open = false;
    this.active = -1;
  }

  #choose(suggestion: string): void {
    this.#hide();
    this.#set(suggestion);
  }

  #set(value: string): void {
    this.value = value;
    this.dispatchEvent(new ValueEvent(value));
  }
}
