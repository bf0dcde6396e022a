import type { Choice, ProviderInfo } from "cloud-agents";
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { AnnounceEvent, NavigateEvent, ReconnectEvent, StartedEvent, type ValueEvent } from "../events.js";
import { asFailure } from "../failure.js";
import type { SessionSource } from "../source.js";
import { isRepositoryName, StartForm } from "../state/start-form.js";
import { controls } from "../style/controls.js";
import { backIcon } from "../style/icons.js";
import { formatNumber, measure, unitName } from "../text/count.js";
import type { Combobox } from "./combobox.js";
import "./combobox.js";
import "./failure-notice.js";

/** From this share of the limit on, the prompt's length is shown. */
const NEARLY_FULL = 0.8;

/** The form for a new session: where, on what, by whom, and what is asked. */
@customElement("ca-new-session")
export class NewSession extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
        overflow-y: auto;
        background: var(--ca-surface);
      }
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 16px;
        max-width: 720px;
        margin: 0 auto;
        padding: 16px 24px 24px;
      }
      .first {
        display: flex;
        gap: 8px;
        align-items: center;
      }
      h2 {
        font-size: 18px;
        line-height: 24px;
      }
      .pair {
        display: grid;
        grid-template-columns: repeat(2, minmax(0, 1fr));
        gap: 12px 16px;
      }
      textarea {
        min-height: 128px;
        max-height: 60vh;
        field-sizing: content;
      }
      .under {
        display: flex;
        justify-content: space-between;
        gap: 12px;
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
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        align-items: center;
      }
      .pull-request {
        align-self: end;
        padding: 6px 0;
      }
      @media (max-width: 719px), (pointer: coarse) {
        .shortcut {
          display: none;
        }
      }
      @media (max-width: 719px) {
        form {
          padding: 12px;
        }
      }
      @media (max-width: 479px) {
        .pair {
          grid-template-columns: minmax(0, 1fr);
        }
      }
    `,
  ];

  @property({ attribute: false }) source: SessionSource | undefined;
  @property({ attribute: false }) providers: ProviderInfo[] = [];
  /** Whether `providers` has been read; a person may be quicker than that. */
  @property({ type: Boolean }) known = false;
  /** Handed in, so that what was typed is there again when the person comes back. */
  @property({ attribute: false }) form = new StartForm();
  @state() private promptError = "";
  @state() private repositoryError = "";
  /** Start was pressed before the source was there. */
  @state() private waiting = false;
  @query("#prompt") private promptField!: HTMLTextAreaElement;
  @query("#repository") private repositoryField!: Combobox;

  override focus(): void {
    this.promptField.focus();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("form")) this.form.onChange = () => this.requestUpdate();
    if (this.source && (changed.has("source") || changed.has("providers")))
      this.form.offer(this.source, this.providers);
    if (this.waiting && this.source && this.known) {
      this.waiting = false;
      void this.#start();
    }
  }

  protected override render(): TemplateResult {
    const { draft, options, choicesFailure, startFailure, starting, repositories } = this.form;
    const busy = starting || this.waiting;
    return html`<form novalidate aria-labelledby="heading" @submit=${this.#onSubmit}>
      <div class="first">
        <button
          type="button"
          class="quiet square"
          aria-label="Back to the list"
          title="Back to the list (Esc)"
          @click=${() => this.dispatchEvent(new NavigateEvent({ view: "list" }))}
        >
          ${backIcon}
        </button>
        <h2 id="heading">New session</h2>
      </div>
      <div class="field">
        <label for="prompt">Prompt</label>
        <textarea
          id="prompt"
          rows="6"
          required
          placeholder="What should the agent do? Name files, tests and what done looks like."
          .value=${draft.prompt}
          aria-invalid=${this.#promptProblem() ? "true" : nothing}
          aria-describedby="prompt-problem prompt-length"
          @input=${this.#onPrompt}
          @keydown=${this.#onPromptKey}
        ></textarea>
        <div class="under">
          <span id="prompt-problem" class="field-error" role="alert">${this.#promptProblem()}</span>
          <span id="prompt-length" class="small muted numbers">${this.#promptLength()}</span>
        </div>
      </div>
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
      <ca-failure
        .failure=${startFailure ? undefined : choicesFailure}
        headline="Could not read what this repository offers"
        retry
        @ca-retry=${() => this.form.retryChoices()}
      ></ca-failure>
      ${this.#leaves()}
      <ca-failure .failure=${startFailure} headline="The session was not started"></ca-failure>
      <div class="actions">
        <button type="submit" class="primary" ?disabled=${busy} aria-busy=${busy}>Start session</button>
        ${
          busy
            ? html`<span class="small muted">Starting…</span>`
            : html`<span class="small muted shortcut">Ctrl+Enter in the prompt starts too</span>`
        }
      </div>
    </form>`;
  }

  #select(id: string, label: string, choices: Choice[], value: string, choose: (id: string) => void): TemplateResult {
    return html`<div class="field">
      <label for=${id}>${label}</label>
      <select id=${id} @change=${(event: Event) => choose((event.target as HTMLSelectElement).value)}>
        ${choices.map((choice) => html`<option value=${choice.id} ?selected=${choice.id === value}>${choice.label}</option>`)}
      </select>
    </div>`;
  }

  /** What goes where, said before it goes. */
  #leaves(): TemplateResult {
    const { draft, options, provider, baseRef } = this.form;
    const labelOf = (choices: Choice[] | undefined, id: string) => choices?.find((choice) => choice.id === id)?.label;
    const notes = [...(provider?.note ? [provider.note] : []), ...(options?.notes ?? [])];
    return html`<div class="leaves">
      <p>
        <strong>Sent to ${provider?.label ?? "the provider"}:</strong>
        the prompt, to work on <code>${draft.repository || "…"}</code> from
        ${baseRef ? html`branch <code>${baseRef}</code>` : "its default branch"} with
        ${labelOf(options?.agents, draft.agent) ?? "the default agent"} and
        ${labelOf(options?.models, draft.model) ?? "a model of its choice"}.
        ${draft.createPullRequest ? "A pull request is opened." : "No pull request is opened."}
      </p>
      ${notes.length > 0 ? html`<ul>${notes.map((note) => html`<li>${note}</li>`)}</ul>` : nothing}
    </div>`;
  }

  #promptProblem(): string {
    return this.promptError || this.form.tooLong;
  }

  #promptLength(): string {
    const limit = this.form.provider?.limits.prompt;
    if (!limit) return "";
    const used = measure(this.form.draft.prompt, limit.unit);
    if (used < limit.size * NEARLY_FULL) return "";
    return `${formatNumber(used)} of ${formatNumber(limit.size)} ${unitName(limit.unit)}`;
  }

  #onPrompt(event: Event): void {
    this.promptError = "";
    this.form.set({ prompt: (event.target as HTMLTextAreaElement).value });
  }

  #onPromptKey(event: KeyboardEvent): void {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    void this.#start();
  }

  #onRepository(event: ValueEvent): void {
    this.repositoryError = "";
    this.form.chooseRepository(event.value);
  }

  #onSubmit(event: Event): void {
    event.preventDefault();
    void this.#start();
  }

  async #start(): Promise<void> {
    if (this.form.starting) return;
    if (!this.form.draft.prompt.trim()) {
      this.promptError = "Say what the agent should do.";
      this.promptField.focus();
      return;
    }
    if (this.form.tooLong) {
      this.promptField.focus();
      return;
    }
    if (!this.source || !this.known) {
      this.waiting = true;
      return;
    }
    if (!this.form.provider) {
      this.dispatchEvent(new ReconnectEvent(undefined));
      return;
    }
    this.form.starting = true;
    this.form.startFailure = undefined;
    this.requestUpdate();
    try {
      const request = await this.form.request();
      if (!isRepositoryName(request.repository)) {
        this.repositoryError = "Enter a repository as owner/name.";
        this.repositoryField.focus();
        return;
      }
      const session = await this.source.start(request);
      this.form.clearPrompt();
      this.dispatchEvent(new AnnounceEvent(`Session started: ${session.title}`));
      this.dispatchEvent(new StartedEvent(session));
    } catch (reason) {
      this.form.startFailure = asFailure(reason);
    } finally {
      this.form.starting = false;
      this.requestUpdate();
    }
  }
}

function withDefault(choices: Choice[] | undefined, label: string): Choice[] {
  return [{ id: "", label }, ...(choices ?? [])];
}
