import type { Failure, FileChange } from "cloud-agents";
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { asFailure } from "../failure.js";
import type { SessionSource } from "../source.js";
import { controls } from "../style/controls.js";
import { chevronIcon } from "../style/icons.js";
import { formatNumber, plural } from "../text/count.js";
import "./diff.js";
import "./failure-notice.js";

const MOST_OPEN_FILES = 12;
const MOST_OPEN_LINES = 300;

/** What a session changed, file by file. */
@customElement("ca-changes")
export class Changes extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      header {
        display: flex;
        flex-wrap: wrap;
        align-items: baseline;
        gap: 4px 12px;
        margin-bottom: 8px;
      }
      h3 {
        font-size: 15px;
        line-height: 20px;
      }
      .files {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
      }
      details {
        border: 1px solid var(--ca-line);
        border-radius: var(--ca-radius);
        overflow: clip;
      }
      summary {
        display: flex;
        align-items: center;
        gap: 8px;
        min-height: 32px;
        padding: 4px 12px 4px 8px;
        background: var(--ca-sunken);
        cursor: pointer;
        list-style: none;
      }
      summary:hover {
        background: var(--ca-hover);
      }
      summary:focus-visible {
        outline-offset: -2px;
      }
      summary svg {
        color: var(--ca-muted);
        transition: transform var(--ca-swift);
      }
      details[open] summary svg {
        transform: rotate(90deg);
      }
      .path {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .plus {
        color: var(--ca-good);
      }
      .minus {
        color: var(--ca-bad);
      }
      .none {
        padding: 8px 12px;
      }
      .waiting {
        height: 96px;
        border-radius: var(--ca-radius);
        background: var(--ca-sunken);
      }
    `,
  ];

  @property({ attribute: false }) source: SessionSource | undefined;
  @property() session = "";
  /** Changes whenever what is shown may be out of date, for instance when the session settled. */
  @property() version = "";
  @state() private files: FileChange[] | undefined;
  @state() private failure: Failure | undefined;
  @state() private opened = new Set<string>();
  #reading = 0;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session")) this.files = undefined;
    if (changed.has("session") || changed.has("version") || changed.has("source")) void this.#read();
  }

  async #read(): Promise<void> {
    if (!this.source || !this.session) return;
    const reading = ++this.#reading;
    try {
      const files = await this.source.changes(this.session);
      if (reading !== this.#reading) return;
      if (!this.files) this.opened = openAtFirst(files);
      this.files = files;
      this.failure = undefined;
    } catch (reason) {
      if (reading === this.#reading) this.failure = asFailure(reason);
    }
  }

  protected override render(): TemplateResult {
    return html`<section aria-label="Changes">
      <header>
        <h3>Changes</h3>
        ${this.files ? this.#total(this.files) : nothing}
      </header>
      <ca-failure .failure=${this.failure} headline="Could not read the changes" retry @ca-retry=${this.#read}></ca-failure>
      <div class="files">${this.#files()}</div>
    </section>`;
  }

  #total(files: FileChange[]): TemplateResult {
    const additions = files.reduce((sum, file) => sum + file.additions, 0);
    const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
    return html`<span class="muted small">${plural(files.length, "file")}</span> ${counts(additions, deletions)}`;
  }

  #files(): TemplateResult | TemplateResult[] | typeof nothing {
    if (!this.files) return this.failure ? nothing : html`<div class="waiting" aria-busy="true"></div>`;
    if (this.files.length === 0) return html`<p class="muted">The branch holds no changes.</p>`;
    return this.files.map((file) => this.#file(file));
  }

  #file(file: FileChange): TemplateResult {
    const open = this.opened.has(file.path);
    return html`<details ?open=${open} @toggle=${(event: Event) => this.#onToggle(event, file.path)}>
      <summary>
        ${chevronIcon}
        <span class="path mono">${file.previousPath ? html`${file.previousPath} → ` : nothing}${file.path}</span>
        ${file.status === "modified" ? nothing : html`<span class="muted small">${file.status}</span>`}
        ${counts(file.additions, file.deletions)}
      </summary>
      ${
        !open
          ? nothing
          : file.diff === undefined
            ? html`<p class="none muted small">No diff to show: the file is binary, or the provider found it too large.</p>`
            : file.diff === ""
              ? html`<p class="none muted small">The content did not change.</p>`
              : html`<ca-diff .path=${file.path} .diff=${file.diff}></ca-diff>`
      }
    </details>`;
  }

  #onToggle(event: Event, path: string): void {
    const opened = new Set(this.opened);
    if ((event.target as HTMLDetailsElement).open) opened.add(path);
    else opened.delete(path);
    this.opened = opened;
  }
}

function counts(additions: number, deletions: number): TemplateResult {
  return html`<span class="numbers small keep-together"
    ><span class="plus">+${formatNumber(additions)}</span> <span class="minus">−${formatNumber(deletions)}</span></span
  >`;
}

/** Large files and long tails stay folded: they cost the most and are read the least. */
function openAtFirst(files: FileChange[]): Set<string> {
  const small = files.filter((file) => file.additions + file.deletions <= MOST_OPEN_LINES);
  return new Set(small.slice(0, MOST_OPEN_FILES).map((file) => file.path));
}
