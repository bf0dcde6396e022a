import { html, type TemplateResult } from "lit";
import { NavigateEvent } from "../events.js";
import { backIcon } from "../style/icons.js";

/** The button that leads from a pane back to the list. */
export function backToList(pane: EventTarget): TemplateResult {
  return html`<button
    type="button"
    class="quiet square back"
    aria-label="Back to the list"
    title="Back to the list (Esc)"
    @click=${() => pane.dispatchEvent(new NavigateEvent({ view: "list" }))}
  >
    ${backIcon}
  </button>`;
}
