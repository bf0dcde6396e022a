import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { Ticking } from "../state/ticking.js";
import { age, exactTime } from "../text/time.js";

/** A moment, told relative to now, with the exact time in its title. */
@customElement("ca-time")
export class TimeElement extends LitElement {
  static override styles = css`
    :host {
      flex: none;
      white-space: nowrap;
    }
  `;

  @property() iso = "";

  constructor() {
    super();
    new Ticking(this);
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.iso) return nothing;
    return html`<time datetime=${this.iso} title=${exactTime(this.iso)}>${age(this.iso, Date.now())}</time>`;
  }
}
