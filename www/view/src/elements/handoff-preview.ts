import type { ProviderInfo } from "cloud-agents";
import { html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { ReconnectEvent, type UnmaskEvent } from "../events.js";
import { HandoffForm } from "../state/handoff-form.js";
import { controls } from "../style/controls.js";
import { linkIcon, saveIcon } from "../style/icons.js";
import { SECTIONS } from "../text/handoff.js";
import "./brief.js";
import "./failure-notice.js";
import "./handoff-changes.js";
import { handoffPreviewStyles } from "./handoff-preview.styles.js";
import "./masked-secrets.js";
import type { TargetFields } from "./target-fields.js";
import "./target-fields.js";

/** What would be sent, where to, and everything that a person can decide about it. */
@customElement("ca-handoff-preview")
export class HandoffPreview extends LitElement {
  static override styles = [controls, handoffPreviewStyles];

  /** The form is one object for its whole life, so each time it is handed in counts as a change. */
  @property({ attribute: false, hasChanged: () => true }) form = new HandoffForm();
  @property({ attribute: false }) providers: ProviderInfo[] = [];
  @state() private promptError = "";
  @state() private repositoryError = "";
  @query("#prompt") private promptField!: HTMLTextAreaElement;
  @query("ca-target-fields") private target!: TargetFields;

  protected override render(): TemplateResult {
    const { form } = this;
    const foreign = form.handoff?.foreign === true && !form.accepted;
    const problem = this.promptError || form.tooLarge;
    return html`<section aria-label="Handoff preview" class=${foreign ? "foreign" : ""}>
      <div class="part">
        <div class="field">
          <label for="prompt">Prompt</label>
          <textarea
            id="prompt"
            rows="5"
            required
            placeholder="What should the agent do next?"
            .value=${form.prompt}
            aria-invalid=${problem ? "true" : nothing}
            aria-describedby="prompt-problem prompt-owner"
            @input=${this.#onPrompt}
          ></textarea>
          <span id="prompt-problem" class="field-error" role="alert">${problem}</span>
          <span id="prompt-owner" class="owner small" ?hidden=${!foreign}>Not your own words until you accept them</span>
        </div>
        <ca-target-fields
          .form=${form.target}
          .providers=${this.providers}
          .repositoryError=${this.repositoryError}
          what="the brief below"
          .pushed=${form.changes.pushes ? (form.changes.prepared?.branch ?? "") : ""}
          @ca-value=${() => {
            this.repositoryError = "";
          }}
        ></ca-target-fields>
      </div>
      ${this.#sections()} ${this.#secrets()}
      <ca-handoff-changes .form=${form.changes} .files=${form.files} .paths=${form.paths} .provider=${form.target.provider?.label ?? "The provider"}></ca-handoff-changes>
      <div class="part">
        <h3>Brief</h3>
        ${this.#brief(foreign)}
      </div>
      ${this.#foot()}
    </section>`;
  }

  #brief(foreign: boolean): TemplateResult {
    const { form } = this;
    if (form.tooLarge) return html`<p class="muted">There is no brief as long as the prompt alone is too long.</p>`;
    if (form.previewFailure)
      return html`<ca-failure
        .failure=${form.previewFailure}
        headline="The brief could not be made"
        retry
        @ca-retry=${() => form.retryPreview()}
      ></ca-failure>`;
    return form.brief
      ? html`<ca-brief .brief=${form.brief} ?busy=${!form.current} ?foreign=${foreign}></ca-brief>`
      : html`<div class="waiting" aria-busy="true"></div>`;
  }

  #sections(): TemplateResult {
    const { form } = this;
    return html`<fieldset class="part">
      <legend>What goes along</legend>
      <div class="choices">
        ${SECTIONS.map(
          ({ id, label }) => html`<label class="check">
            <input
              type="checkbox"
              .checked=${!form.drop.has(id)}
              @change=${(event: Event) => form.setDropped(id, !(event.target as HTMLInputElement).checked)}
            />${label}
          </label>`,
        )}
      </div>
    </fieldset>`;
  }

  #secrets(): TemplateResult {
    const { form } = this;
    return html`<fieldset class="part">
      <legend>Masked secrets</legend>
      <ca-masked-secrets
        .secrets=${form.secrets}
        .unmasked=${[...form.unmask]}
        ?foreign=${form.handoff?.foreign === true}
        ?known=${form.brief !== undefined}
        @ca-unmask=${(event: UnmaskEvent) => form.setUnmasked(event.placeholder, event.unmasked)}
      ></ca-masked-secrets>
      <label class="check">
        <input
          type="checkbox"
          .checked=${form.maskNames}
          @change=${(event: Event) => form.setMaskNames((event.target as HTMLInputElement).checked)}
        />Mask names of home folders and e-mail addresses too
      </label>
    </fieldset>`;
  }

  #foot(): TemplateResult {
    const { form } = this;
    const why = form.starting ? "Starting…" : form.notYet;
    return html`<div class="foot">
      <ca-failure .failure=${form.startFailure} headline="The session was not started"></ca-failure>
      <ca-failure
        .failure=${form.exportFailure?.failure}
        .headline=${form.exportFailure?.headline ?? ""}
        dismiss
        @ca-dismiss=${() => form.dismissExport()}
      ></ca-failure>
      ${
        form.link
          ? html`<div class="field">
              <label for="link">Link to this bundle</label>
              <input id="link" readonly .value=${form.link} @focus=${(event: Event) => (event.target as HTMLInputElement).select()} />
            </div>`
          : nothing
      }
      <div class="actions">
        <button
          type="button"
          class="primary"
          ?disabled=${why !== ""}
          aria-busy=${form.starting}
          aria-describedby="why"
          @click=${this.#start}
        >
          Start session
        </button>
        <button
          type="button"
          ?disabled=${form.exporting !== ""}
          aria-busy=${form.exporting === "json"}
          title="Save the handoff as a file that this page and others can open; secrets are masked in it"
          @click=${() => form.saveBundle()}
        >
          ${saveIcon}Save bundle
        </button>
        <button
          type="button"
          ?disabled=${form.exporting !== ""}
          aria-busy=${form.exporting === "link"}
          title="Copy a link that holds the whole handoff; whoever has it can read it"
          @click=${() => form.copyLink()}
        >
          ${linkIcon}Copy link
        </button>
        <span id="why" class="why small muted">${form.done || why || form.toCheck}</span>
      </div>
    </div>`;
  }

  #onPrompt(event: Event): void {
    this.promptError = "";
    this.form.setPrompt((event.target as HTMLTextAreaElement).value);
  }

  #start(): void {
    const { form } = this;
    if (!form.prompt.trim()) {
      this.promptError = "Say what the agent should do.";
      this.promptField.focus();
      return;
    }
    if (!form.target.provider) {
      this.dispatchEvent(new ReconnectEvent(undefined));
      return;
    }
    if (!form.hasRepository) {
      this.repositoryError = "Enter a repository as owner/name.";
      this.target.focusRepository();
      return;
    }
    void form.start();
  }
}
