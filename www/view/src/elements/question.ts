import type { Answer, Question } from "cloud-agents";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property } from "lit/decorators.js";
import { controls } from "../style/controls.js";
import { statusShape, statusStyles } from "../style/status.js";
import "./markdown.js";

/** The person chose one of the answers that a question offers. */
export class AnswerEvent extends Event {
  static readonly type = "ca-answer";
  constructor(readonly answer: Answer) {
    super(AnswerEvent.type);
  }
}

/** What the agent wants to know before it goes on. */
@customElement("ca-question")
export class QuestionView extends LitElement {
  static override styles = [
    controls,
    statusStyles,
    css`
      :host {
        display: block;
      }
      .question {
        display: grid;
        gap: 8px;
        padding: 12px;
        border: 1px solid var(--ca-wait);
        border-radius: var(--ca-radius);
        background: var(--ca-wait-fill);
      }
      .asked {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 8px;
        font-weight: 600;
      }
      .asked > svg {
        margin-top: 2px;
      }
      .choices {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
      }
      .choices button {
        max-width: 100%;
        overflow-wrap: anywhere;
        text-align: start;
      }
    `,
  ];

  @property({ attribute: false }) question: Question | undefined;
  @property({ type: Boolean }) busy = false;

  protected override render(): TemplateResult | typeof nothing {
    const question = this.question;
    if (!question) return nothing;
    const choices = question.choices ?? [];
    return html`<div class="question" role="group" aria-label="Question">
      <div class="asked">
        ${statusShape({ status: "needs-input", rawStatus: "" })}
        <ca-markdown .text=${question.text}></ca-markdown>
      </div>
      ${
        choices.length > 0
          ? html`<div class="choices">
              ${choices.map(
                (choice) =>
                  html`<button
                    type="button"
                    ?disabled=${this.busy}
                    @click=${() => this.dispatchEvent(new AnswerEvent({ question: question.id, choice }))}
                  >
                    ${choice}
                  </button>`,
              )}
            </div>`
          : nothing
      }
      ${
        question.freeform
          ? html`<p class="small muted">${choices.length > 0 ? "Or answer in your own words below." : "Answer in your own words below."}</p>`
          : nothing
      }
    </div>`;
  }
}
