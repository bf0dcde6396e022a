import type { Artifact } from "cloud-agents";
import { css, html, LitElement, nothing, type TemplateResult } from "lit";
import { customElement, property, state } from "lit/decorators.js";
import { AnnounceEvent } from "../events.js";
import { controls } from "../style/controls.js";
import { branchIcon, checkIcon, copyIcon, pullRequestIcon } from "../style/icons.js";
import { formatNumber } from "../text/count.js";
import { webLink } from "../text/link.js";

type PullRequest = Extract<Artifact, { kind: "pull-request" }>;
type Branch = Extract<Artifact, { kind: "branch" }>;

/** What a session made: its branch and its pull request. */
@customElement("ca-artifacts")
export class Artifacts extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: grid;
        gap: 4px;
      }
      .artifact {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 8px;
        min-width: 0;
      }
      .lead {
        display: flex;
        align-items: center;
        gap: 8px;
        min-width: 0;
      }
      .lead > svg {
        color: var(--ca-muted);
      }
      .name {
        min-width: 0;
        overflow-wrap: anywhere;
      }
      .tag {
        padding: 0 6px;
        border: 1px solid currentcolor;
        border-radius: 10px;
        font-size: 12px;
        line-height: 18px;
      }
      .open {
        color: var(--ca-good);
      }
      .closed {
        color: var(--ca-bad);
      }
      .merged {
        color: var(--ca-accent);
      }
      .plus {
        color: var(--ca-good);
      }
      .minus {
        color: var(--ca-bad);
      }
      button.square {
        width: 28px;
        min-height: 28px;
      }
    `,
  ];

  @property({ attribute: false }) artifacts: Artifact[] = [];
  @state() private copied = "";

  protected override render(): TemplateResult[] {
    return this.artifacts.map((artifact) => {
      switch (artifact.kind) {
        case "pull-request":
          return this.#pullRequest(artifact);
        case "branch":
          return this.#branch(artifact);
        default:
          return html`<span class="muted small">Something this page does not know yet</span>`;
      }
    });
  }

  #branch(branch: Branch): TemplateResult {
    const copied = this.copied === branch.headRef;
    return html`<div class="artifact">
      <span class="lead">
        ${branchIcon}
        <code class="name">${branch.headRef}</code>
      <button
        type="button"
        class="quiet square"
        aria-label="Copy branch name"
        title="Copy branch name"
        @click=${() => this.#copy(branch.headRef)}
      >
        ${copied ? checkIcon : copyIcon}
      </button>
      </span>
      ${branch.baseRef ? html`<span class="muted small">from <code>${branch.baseRef}</code></span>` : nothing}
    </div>`;
  }

  #pullRequest(pull: PullRequest): TemplateResult {
    const name = [pull.number === undefined ? "" : `#${pull.number}`, pull.title ?? "Pull request"].join(" ").trim();
    const link = webLink(pull.url);
    const state = pull.draft && pull.state === "open" ? "draft" : pull.state;
    return html`<div class="artifact">
      <span class="lead">${pullRequestIcon}
      ${
        link
          ? html`<a class="name" href=${link} target="_blank" rel="noopener noreferrer">${name}</a>`
          : html`<span class="name">${name}</span>`
      }</span>
      ${state ? html`<span class="tag ${state}">${state}</span>` : nothing}
      ${
        pull.additions === undefined || pull.deletions === undefined
          ? nothing
          : html`<span class="numbers small"
              ><span class="plus">+${formatNumber(pull.additions)}</span>
              <span class="minus">−${formatNumber(pull.deletions)}</span></span
            >`
      }
      ${pull.checks ? html`<span class="muted small">checks: ${pull.checks.replaceAll("-", " ")}</span>` : nothing}
      ${pull.review ? html`<span class="muted small">review: ${pull.review.replaceAll("-", " ")}</span>` : nothing}
      ${pull.headRef && pull.baseRef ? html`<span class="muted small"><code>${pull.headRef}</code> into <code>${pull.baseRef}</code></span>` : nothing}
    </div>`;
  }

  async #copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      this.copied = text;
      this.dispatchEvent(new AnnounceEvent("Branch name copied"));
    } catch {
      this.dispatchEvent(new AnnounceEvent("The browser did not allow copying; select the name instead"));
    }
  }
}
