import { css, html, LitElement, type TemplateResult } from "lit";
import { customElement, query } from "lit/decorators.js";
import { controls } from "../style/controls.js";
import { dialogStyles } from "../style/dialog.js";
import { closeIcon } from "../style/icons.js";

const KEYS: [keys: string[], meaning: string][] = [
  [["↑", "↓"], "Move in the list"],
  [["Enter"], "Open the session"],
  [["n"], "New session"],
  [["/"], "Filter"],
  [["r"], "Refresh"],
  [["Esc"], "Back"],
  [["?"], "This sheet"],
];

/** The sheet of keys. */
@customElement("ca-key-sheet")
export class KeySheet extends LitElement {
  static override styles = [
    controls,
    dialogStyles,
    css`
      @media (min-width: 480px) {
        dialog {
          width: 360px;
        }
      }
      dl {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 8px 16px;
        margin: 0;
      }
      dd {
        margin: 0;
      }
      kbd {
        display: inline-block;
        min-width: 24px;
        padding: 0 6px;
        border: 1px solid var(--ca-control-line);
        border-radius: 4px;
        font: 12px / 20px var(--ca-mono);
        text-align: center;
      }
    `,
  ];

  @query("dialog") private dialog!: HTMLDialogElement;

  show(): void {
    if (!this.dialog.open) this.dialog.showModal();
  }

  protected override render(): TemplateResult {
    return html`<dialog aria-labelledby="heading">
      <div class="head">
        <h2 id="heading">Keys</h2>
        <button type="button" class="quiet square" aria-label="Close" title="Close (Esc)" @click=${() => this.dialog.close()}>
          ${closeIcon}
        </button>
      </div>
      <dl>
        ${KEYS.map(([keys, meaning]) => html`<dt>${keys.map((key) => html`<kbd>${key}</kbd> `)}</dt><dd>${meaning}</dd>`)}
      </dl>
    </dialog>`;
  }
}
