import type { Choice, ProviderInfo } from "cloud-agents";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { ValueEvent } from "../events.js";
import { StartForm } from "../state/start-form.js";
import { controls } from "../style/controls.js";
import { alertIcon } from "../style/icons.js";
import type { Combobox } from "./combobox.js";
import "./combobox.js";
import "./failure-notice.js";

/** Where something is sent: at which provider, on what, by whom; and in words what leaves. */
@customElement("ca-target-fields")
export class TargetFields extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
      }
      .pair {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        gap: 12px 16px;
      }
      .pull-request {
        align-self: end;
        padding: 6px 0;
      }
      .check-this {
        display: grid;
        gap: 4px;
        margin: 0;
        padding: 8px 12px;
        border: 1px solid var(--ca-wait);
        border-radius: var(--ca-radius);
        background: var(--ca-wait-fill);
        list-style: none;
        overflow-wrap: anywhere;
      }
      .check-this li {
        display: flex;
        gap: 8px;
      }
      .check-this li span {
        min-width: 0;
      }
      .check-this svg {
        margin-top: 2px;
        color: var(--ca-wait);
      }
      .leaves {
        display: grid;
        gap: 4px;
        padding: 12px;
        border-radius: var(--ca-radius);
        background: var(--ca-sunken);
        font-size: 13px;
        overflow-wrap: anywhere;
      }
      .leaves ul {
        margin: 0;
        padding-left: 16px;
      }
      @media (max-width: 479px) {
        .pair {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  /** The form is one object for its whole life, so each time it is handed in counts as a change. */
  @property({ attribute: false, hasChanged: () => true }) form = new StartForm();
  @property({ attribute: false }) providers: ProviderInfo[] = [];
  @property() repositoryError = "";
  /** What is sent, such as "the prompt". */
  @property() what = "";
  /** The branch that is pushed first, where there is one: the work begins there, not on the base branch. */
  @property() pushed = "";
  @query("#repository") private repositoryField!: Combobox;

  focusRepository(): void {
    this.repositoryField.focus();
  }

  protected override render(): TemplateResult {
    const { draft, options, repositories, choicesFailure, startFailure } = this.form;
    return html`
      <div class="pair">
        ${this.#select("provider", "Provider", this.providers, draft.provider, (id) => this.form.chooseProvider(id))}
        <ca-combobox
          id="repository"
          label="Repository"
          placeholder="owner/name"
          .value=${draft.repository}
          .suggestions=${repositories.map((repository) => repository.name)}
          .error=${this.repositoryError}
          @ca-value=${this.#onRepository}
          @focusout=${() => this.form.readOptions()}
        ></ca-combobox>
        <ca-combobox
          label="Base branch"
          placeholder="the default branch"
          .value=${this.form.baseRef}
          .suggestions=${options?.branches ?? []}
          @ca-value=${(event: ValueEvent) => this.form.set({ baseRef: event.value })}
        ></ca-combobox>
        ${this.#select("agent", "Agent", withDefault(options?.agents, "Default"), draft.agent, (agent) => this.form.set({ agent }))}
        ${this.#select("model", "Model", withDefault(options?.models, "Automatic"), draft.model, (model) => this.form.set({ model }))}
        <label class="check pull-request">
          <input
            type="checkbox"
            .checked=${draft.createPullRequest}
            @change=${(event: Event) => this.form.set({ createPullRequest: (event.target as HTMLInputElement).checked })}
          />Create pull request
        </label>
      </div>
      ${this.#toCheck()}
      <ca-failure
        .failure=${startFailure ? undefined : choicesFailure}
        headline="Could not read what this repository offers"
        retry
        @ca-retry=${() => this.form.retryChoices()}
      ></ca-failure>
      ${this.#leaves()}
    `;
  }

  #select(id: string, label: string, choices: Choice[], value: string, choose: (id: string) => void): TemplateResult {
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <select id=${id} @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
        ${choices.map((choice) => html`<option value=${choice.id} .selected=${choice.id === value}>${choice.label}</option>`)}
      </select>
    </div>`;
  }

  /** What was preset from a conversation and may be wrong. */
  #toCheck(): TemplateResult | typeof nothing {
    const notes = [this.form.repositoryNote, this.form.branchNote].filter(Boolean);
    if (notes.length === 0) return nothing;
    return html`<ul class="check-this">
      ${notes.map((note) => html`<li>${alertIcon}<span>${note}</span></li>`)}
    </ul>`;
  }

  /** What goes where, said before it goes. */
  #leaves(): TemplateResult {
    const { draft, options, provider, baseRef } = this.form;
    const labelOf = (choices: Choice[] | undefined, id: string) => choices?.find((choice) => choice.id === id)?.label;
    const notes = [...(provider?.note ? [provider.note] : []), ...(options?.notes ?? [])];
    return html`<div class="leaves">
      <p>
        <strong>Sent to ${provider?.label ?? "the provider"}:</strong>
        ${this.what}, to work on <code>${draft.repository || "…"}</code> from
        ${
          this.pushed
            ? html`the branch <code>${this.pushed}</code>, to which your changes are pushed first`
            : baseRef
              ? html`branch <code>${baseRef}</code>`
              : "its default branch"
        }, on a new branch, with
        ${labelOf(options?.agents, draft.agent) ?? "the default agent"} and
        ${labelOf(options?.models, draft.model) ?? "a model of its choice"}.
        ${
          draft.createPullRequest
            ? this.pushed
              ? html`A pull request against <code>${this.pushed}</code> is opened.`
              : "A pull request is opened."
            : "No pull request is opened."
        }
      </p>
      ${notes.length > 0 ? html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>` : nothing}
    </div>`;
  }

  #onRepository(event: ValueEvent): void {
    this.form.chooseRepository(event.value);
    this.dispatchEvent(new ValueEvent(event.value));
  }
}

function withDefault(choices: Choice[] | undefined, label: string): Choice[] {
  return [{ id: "", label }, ...(choices ?? [])];
}
