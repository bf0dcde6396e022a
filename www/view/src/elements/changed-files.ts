import type { FileChange } from "cloud-agents";
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { LeaveOutEvent } from "../events.js";
import { controls } from "../style/controls.js";
import { foldingStyles } from "../style/folding.js";
import { chevronIcon } from "../style/icons.js";
import { formatNumber, plural } from "../text/count.js";
import "./diff.js";

const MOST_OPEN_LINES = 300;

/** The colours of `totalOf`, for whoever shows it. */
export const totalStyles = css`
  .plus {
    color: var(--ca-good);
  }
  .minus {
    color: var(--ca-bad);
  }
`;

/** Files that were changed, each folding out to its diff. */
@customElement("ca-changed-files")
export class ChangedFiles extends LitElement {
  static override styles = [
    controls,
    foldingStyles,
    totalStyles,
    css`
      :host {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 8px;
      }
      .path {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .choosable {
        display: grid;
        grid-template-columns: auto minmax(0, 1fr);
        gap: 4px;
      }
      .choosable label {
        display: grid;
        width: 24px;
        height: 34px;
        align-items: center;
        cursor: pointer;
      }
      .choosable input {
        width: 16px;
        height: 16px;
        margin: 0;
        accent-color: var(--ca-accent-fill);
      }
      .out .path {
        color: var(--ca-muted);
        text-decoration: line-through;
      }
      @media (pointer: coarse) {
        .choosable label {
          width: 32px;
          height: 42px;
        }
      }
      .none {
        padding: 8px 12px;
      }
    `,
  ];

  @property({ attribute: false }) files: FileChange[] = [];
  /** How many files are folded out at first. */
  @property({ type: Number }) unfolds = 12;
  /** Which of the files are left out, where that can be chosen. */
  @property({ attribute: false }) leftOut: boolean[] | undefined;
  @state() private opened = new Set<string>();

  protected override willUpdate(changed: PropertyValues<this>): void {
    // Files that are read again stay as the person left them.
    if (changed.has("files") && (changed.get("files") ?? []).length === 0)
      this.opened = openAtFirst(this.files, this.unfolds);
  }

  protected override render(): TemplateResult[] {
    const { files, leftOut } = this;
    if (!leftOut) return files.map((file) => this.#file(file, false));
    return files.map((file, index) => this.#choosable(file, index, leftOut[index] === true));
  }

  #choosable(file: FileChange, index: number, out: boolean): TemplateResult {
    return html`<div class="choosable">
      <label title=${out ? "Tick to take it back" : "Untick to leave it out"}>
        <input
          type="checkbox"
          aria-label=${file.path}
          .checked=${!out}
          @change=${(event: Event) =>
            this.dispatchEvent(new LeaveOutEvent(index, !(event.target as HTMLInputElement).checked))}
        />
      </label>
      ${this.#file(file, out)}
    </div>`;
  }

  #file(file: FileChange, out: boolean): TemplateResult {
    const open = this.opened.has(file.path);
    return html`<details class=${out ? "out" : ""} ?open=${open} @toggle=${(event: Event) => this.#onToggle(event, file.path)}>
      <summary>
        ${chevronIcon}
        <span class="path mono">${file.previousPath ? html`${file.previousPath} → ` : nothing}${file.path}</span>
        ${out ? html`<span class="muted small">left out</span>` : nothing}
        ${file.status === "modified" ? nothing : html`<span class="muted small">${file.status}</span>`}
        ${counts(file.additions, file.deletions)}
      </summary>
      ${
        !open
          ? nothing
          : file.diff === undefined
            ? html`<p class="none muted small">No diff to show: the file is binary, or it was too large.</p>`
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

/** How many files, and how many lines were added and taken away. */
export function totalOf(files: FileChange[]): TemplateResult {
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return html`<span class="muted small">${plural(files.length, "file")}</span> ${counts(additions, deletions)}`;
}

/** Large files and long tails stay folded: they cost the most and are read the least. */
function openAtFirst(files: FileChange[], most: number): Set<string> {
  const small = files.filter((file) => file.additions + file.deletions <= MOST_OPEN_LINES);
  return new Set(small.slice(0, most).map((file) => file.path));
}
