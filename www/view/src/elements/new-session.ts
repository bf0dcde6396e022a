import type { ProviderInfo } from "cloud-agents";
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { AnnounceEvent, ReconnectEvent, StartedEvent } from "../events.js";
import { asFailure } from "../failure.js";
import type { SessionSource } from "../source.js";
import { isRepositoryName, StartForm } from "../state/start-form.js";
import { controls } from "../style/controls.js";
import { formatNumber, measure, unitName } from "../text/count.js";
import { backToList } from "./back.js";
import "./failure-notice.js";
import type { TargetFields } from "./target-fields.js";
import "./target-fields.js";

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
      .actions {
        display: flex;
        flex-wrap: wrap;
        gap: 8px;
        align-items: center;
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
  @query("ca-target-fields") private target!: TargetFields;

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
    const { draft, startFailure, starting } = this.form;
    const busy = starting || this.waiting;
    return html`<form novalidate aria-labelledby="heading" @submit=${this.#onSubmit}>
      <div class="first">
        ${backToList(this)}
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
      <ca-target-fields
        .form=${this.form}
        .providers=${this.providers}
        .repositoryError=${this.repositoryError}
        what="the prompt"
        @ca-value=${() => {
          this.repositoryError = "";
        }}
      ></ca-target-fields>
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
        this.target.focusRepository();
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
