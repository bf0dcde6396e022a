import type { Turn } from "cloud-agents";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { controls } from "../style/controls.js";
import "./part.js";
import "./time.js";

const HEADING_LENGTH = 160;

/** One request and what the agent made of it. */
@customElement("ca-turn")
export class TurnView extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      .request {
        margin-bottom: 12px;
        padding: 8px 12px;
        border-left: 3px solid var(--ca-accent);
        border-radius: 0 var(--ca-radius) var(--ca-radius) 0;
        background: var(--ca-sunken);
        overflow-wrap: anywhere;
      }
      .line {
        display: flex;
        justify-content: space-between;
        gap: 12px;
      }
      h3 {
        font-size: 14px;
        font-weight: 600;
        line-height: 20px;
        min-width: 0;
      }
      .rest {
        margin-top: 4px;
        white-space: pre-wrap;
      }
      .parts {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
      }
      .state {
        color: var(--ca-muted);
        font-size: 13px;
      }
    `,
  ];

  @property({ attribute: false }) turn: Turn | undefined;
  /** Whether the agent is known to be at work; a turn that says "running" in a settled session is only out of date. */
  @property({ type: Boolean }) live = false;

  /** The request itself is not confirmed, so there is nothing yet that could have failed. */
  @property({ type: Boolean }) unconfirmed = false;

  protected override render(): TemplateResult | typeof nothing {
    const turn = this.turn;
    if (!turn) return nothing;
    const { heading, rest } = splitRequest(turn.request.text);
    return html`
      <div class="request">
        <div class="line">
          <h3>${heading}</h3>
          ${turn.startedAt ? html`<ca-time class="small muted numbers" .iso=${turn.startedAt}></ca-time>` : nothing}
        </div>
        ${rest ? html`<div class="rest">${rest}</div>` : nothing}
      </div>
      <div class="parts">
        ${repeat(
          turn.parts,
          (part) => part.id,
          (part) => html`<ca-part .piece=${part}></ca-part>`,
        )}
        ${this.#state(turn)}
      </div>
    `;
  }

  #state(turn: Turn): TemplateResult | typeof nothing {
    if (turn.state === "running" && this.live && turn.parts.length === 0)
      return html`<p class="state">Waiting for the agent…</p>`;
    if (turn.state === "cancelled") return html`<p class="state">Stopped before it was done.</p>`;
    if (turn.state === "failed" && !this.unconfirmed) return html`<p class="state">This turn failed.</p>`;
    return nothing;
  }
}

/** The first line leads; a line too long for a heading is shortened there and stands whole below. */
function splitRequest(text: string): { heading: string; rest: string } {
  const trimmed = text.trim();
  if (!trimmed) return { heading: "Started without a message", rest: "" };
  const [first = "", ...others] = trimmed.split("\n");
  if (first.length <= HEADING_LENGTH) return { heading: first, rest: others.join("\n").trim() };
  const cut = first.slice(0, HEADING_LENGTH);
  const lastSpace = cut.lastIndexOf(" ");
  return { heading: `${lastSpace > HEADING_LENGTH / 2 ? cut.slice(0, lastSpace) : cut}…`, rest: trimmed };
}
