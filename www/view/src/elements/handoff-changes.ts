import type { Failure, FileChange } from "cloud-agents";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import type { LeaveOutEvent } from "../events.js";
import { ChangesForm, type ChangesWay, INTO_THE_BRIEF } from "../state/changes-form.js";
import { controls } from "../style/controls.js";
import { alertIcon } from "../style/icons.js";
import { noticeStyles } from "../style/notice.js";
import { plural } from "../text/count.js";
import { totalOf, totalStyles } from "./changed-files.js";
import "./changed-files.js";
import "./failure-notice.js";

/** How many changed files are folded out at first: the start should not be pages away. */
const UNFOLDED = 2;

/** What is not committed: how it goes along, what stands in the way of that, and each file. */
@customElement("ca-handoff-changes")
export class HandoffChanges extends LitElement {
  static override styles = [
    controls,
    totalStyles,
    noticeStyles,
    css`
      :host,
      section,
      fieldset,
      form,
      .secrets {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
      }
      fieldset {
        /* Its unseen legend is absolute, and must not make the page around the pane scroll. */
        position: relative;
        gap: 4px;
        min-width: 0;
        margin: 0;
        padding: 0;
        border: 0;
      }
      h3 {
        font-size: 15px;
        font-weight: 600;
        line-height: 20px;
      }
      .titled,
      .ways {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 12px;
        align-items: baseline;
      }
      .way {
        display: flex;
        gap: 8px;
        align-items: flex-start;
        padding: 4px 0;
      }
      .way input {
        flex: none;
        width: 16px;
        height: 16px;
        margin: 2px 0;
        accent-color: var(--ca-accent-fill);
      }
      .way span {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .secrets {
        gap: 8px;
        padding: 8px 12px;
        border: 1px solid var(--ca-bad);
        border-radius: var(--ca-radius);
        background: var(--ca-bad-fill);
      }
      .secrets ul {
        margin: 0;
        padding-inline-start: 20px;
        overflow-wrap: anywhere;
      }
      .heading {
        display: flex;
        gap: 8px;
        align-items: flex-start;
        font-weight: 600;
      }
      .heading svg {
        margin-top: 2px;
        color: var(--ca-bad);
      }
      .add {
        justify-self: start;
      }
      textarea {
        min-height: 96px;
        max-height: 40vh;
        font-family: var(--ca-mono);
        font-size: 12.5px;
      }
      .choose {
        position: relative;
        cursor: pointer;
        color: var(--ca-accent);
        text-decoration: underline;
        text-underline-offset: 2px;
      }
      .choose:has(:focus-visible) {
        outline: 2px solid var(--ca-accent);
        outline-offset: 1px;
      }
    `,
  ];

  /** The form is one object for its whole life, so each time it is handed in counts as a change. */
  @property({ attribute: false, hasChanged: () => true }) form = new ChangesForm();
  /** The files as they go out. */
  @property({ attribute: false }) files: FileChange[] = [];
  /** What each of the files is called where nothing is masked. */
  @property({ attribute: false }) paths: string[] = [];
  /** Who would get them. */
  @property() provider = "The provider";
  @state() private adds = false;
  @query("textarea") private box!: HTMLTextAreaElement;
  @query(".add") private addButton!: HTMLButtonElement;

  protected override render(): TemplateResult {
    const { files, form } = this;
    const leftOut = this.paths.map((path) => form.leftOut.has(path));
    const going = files.filter((_, index) => !leftOut[index]);
    return html`<section aria-labelledby="changes">
      <div class="titled">
        <h3 id="changes">Uncommitted changes</h3>
        ${going.length > 0 ? totalOf(going) : nothing}
        ${going.length < files.length ? html`<span class="muted small">${files.length - going.length} left out</span>` : nothing}
      </div>
      ${
        files.length > 0
          ? this.#ways()
          : html`<p class="small muted">None are known. An agent works on what is committed and pushed, unless you add the rest.</p>`
      }
      ${form.pushes ? this.#pushed() : nothing}
      ${files.length > 0 ? this.#files(leftOut) : nothing}
      ${this.#adding()}
    </section>`;
  }

  #files(leftOut: boolean[]): TemplateResult {
    const { form } = this;
    return html`<ca-changed-files
      role="group"
      aria-label="Files that go along"
      .files=${this.files}
      .leftOut=${form.way === "none" ? undefined : leftOut}
      .unfolds=${UNFOLDED}
      @ca-leave-out=${(event: LeaveOutEvent) => form.setLeftOut(this.paths[event.index] ?? "", event.leftOut)}
    ></ca-changed-files>`;
  }

  #ways(): TemplateResult {
    const { form } = this;
    const way = (value: ChangesWay, label: string, why: string) => html`<label class="way">
      <input
        type="radio"
        name="way"
        .checked=${form.way === value}
        ?disabled=${value === "push" && !form.canPush}
        @change=${() => form.choose(value)}
      />
      <span>${label} <span class="small muted">${why}</span></span>
    </label>`;
    return html`<fieldset>
        <legend class="unseen">How the changes go along</legend>
        ${way(
          "push",
          "On a branch of their own",
          form.canPush
            ? "Pushed just before the session starts, which begins there"
            : `${this.provider} takes no branches here`,
        )}
        ${way("brief", "In the brief", "As a diff, as far as there is room")}
        ${way("none", "Not at all", "The agent does not get them")}
      </fieldset>
      <ca-failure .failure=${form.way === "push" ? form.failure : undefined} headline="The changes cannot be pushed"></ca-failure>
      ${form.failure && form.way === "brief" ? this.#intoTheBrief(form.failure) : nothing}`;
  }

  /** Nothing failed that the person asked for: the changes take another way. */
  #intoTheBrief({ message, hint }: Failure): TemplateResult {
    return html`<div class="notice wait">
      ${alertIcon}
      <div>
        <p><strong>${INTO_THE_BRIEF}:</strong> ${message}</p>
        <p>${hint}</p>
      </div>
    </div>`;
  }

  #pushed(): TemplateResult {
    const { prepared, secrets, confirmed } = this.form;
    return html`<p class="small">
        They become one commit on the new branch <code>${prepared?.branch}</code>, on top of
        <code>${prepared?.baseCommit.slice(0, 7)}</code>. The session starts from that branch, and a pull request of it goes against that
        branch too. It is removed again if the start is refused.
      </p>
      ${
        secrets.length === 0
          ? nothing
          : html`<div class="secrets" role="group" aria-label="Secrets in the changes">
              <p class="heading">${alertIcon}The changes hold what looks like secrets</p>
              <ul>
                ${secrets.map(
                  ({ path, kind, count }) =>
                    html`<li><code>${path}</code>: ${kind}${count > 1 ? `, ${plural(count, "time")}` : ""}</li>`,
                )}
              </ul>
              <label class="check">
                <input
                  type="checkbox"
                  .checked=${confirmed}
                  @change=${(event: Event) => this.form.setConfirmed((event.target as HTMLInputElement).checked)}
                />Push them as they are: whoever can read the repository can read them
              </label>
            </div>`
      }`;
  }

  #adding(): TemplateResult {
    const { form, adds } = this;
    if (!adds && !form.addFailure)
      return html`<button type="button" class="add" @click=${this.#add}>Add changes…</button>`;
    return html`<form @submit=${this.#onSubmit} @keydown=${this.#onKeyDown}>
      <div class="field">
        <label for="diff">Changes as a diff</label>
        <textarea
          id="diff"
          rows="4"
          spellcheck="false"
          placeholder="The output of: git add -N . && git diff --binary HEAD"
          .value=${form.pasted}
          ?readonly=${form.adding}
          @input=${(event: Event) => form.setPasted((event.target as HTMLTextAreaElement).value)}
        ></textarea>
      </div>
      <ca-failure .failure=${form.addFailure} headline="The changes could not be read"></ca-failure>
      <div class="ways">
        <button type="submit" ?disabled=${form.adding || form.pasted.trim() === ""} aria-busy=${form.adding}>Add changes</button>
        <span class="small"
          >or <label class="choose"><input class="unseen" type="file" @change=${this.#onFile} />choose a file</label></span
        >
        <button type="button" class="quiet" ?disabled=${form.adding} @click=${this.#cancel}>Cancel</button>
      </div>
    </form>`;
  }

  async #add(): Promise<void> {
    this.adds = true;
    await this.updateComplete;
    this.box.focus();
  }

  async #onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    await this.form.addPasted();
    await this.#done();
  }

  #onKeyDown(event: KeyboardEvent): void {
    if (event.key !== "Escape" || event.isComposing || this.form.adding) return;
    // Prevented, it does not leave the handoff as well.
    event.preventDefault();
    void this.#cancel();
  }

  async #cancel(): Promise<void> {
    this.adds = false;
    this.form.cancelAdding();
    await this.#focusAdd();
  }

  async #onFile(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement;
    const files = [...(input.files ?? [])];
    // The same file can be chosen again after it was mended.
    input.value = "";
    await this.form.addFiles(files);
    await this.#done();
  }

  async #done(): Promise<void> {
    if (this.form.addFailure) return;
    // Whoever went on elsewhere meanwhile stays there.
    const isHere = this.matches(":focus-within") || document.activeElement === document.body;
    this.adds = false;
    if (isHere) await this.#focusAdd();
  }

  /** What was focused is gone, and the next Tab must not start at the top of the page. */
  async #focusAdd(): Promise<void> {
    // The form tells its pane of what changed, which hands it in once more.
    this.requestUpdate();
    await this.updateComplete;
    this.addButton.focus();
  }
}
