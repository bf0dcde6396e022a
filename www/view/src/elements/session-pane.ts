import type { ProviderInfo, Session, SessionDetail, Status } from "cloud-agents";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query } from "lit/decorators.js";
import { repeat } from "lit/directives/repeat.js";
import { AnnounceEvent, NavigateEvent } from "../events.js";
import type { SessionSource } from "../source.js";
import { Drafts } from "../state/drafts.js";
import { OpenSession, type PendingMessage } from "../state/open-session.js";
import { controls } from "../style/controls.js";
import {
  alertIcon,
  archiveIcon,
  closeIcon,
  outsideIcon,
  pullRequestIcon,
  repositoryIcon,
  stopIcon,
} from "../style/icons.js";
import { statusBadge, statusShape, statusStyles } from "../style/status.js";
import { formatNumber } from "../text/count.js";
import { webLink } from "../text/link.js";
import { isRunning, isSettled, isUnconfirmed, statusWord } from "../text/status.js";
import { backToList } from "./back.js";
import "./artifacts.js";
import "./changes.js";
import "./composer.js";
import type { Composer, SendEvent } from "./composer.js";
import "./failure-notice.js";
import type { AnswerEvent } from "./question.js";
import "./question.js";
import "./session-handoff.js";
import { sessionPaneStyles } from "./session-pane.styles.js";
import "./time.js";
import "./turn.js";

/** How near to the end counts as reading along. */
const NEAR_END_PX = 80;

/** One session: what was asked, what the agent does, what came of it, and the ways to steer it. */
@customElement("ca-session")
export class SessionPane extends LitElement {
  static override styles = [controls, statusStyles, sessionPaneStyles];

  @property({ attribute: false }) source: SessionSource | undefined;
  @property({ attribute: false }) providers: ProviderInfo[] = [];
  @property() session = "";
  /** What the list knows about this session. */
  @property({ attribute: false }) summary: Session | undefined;
  /** Handed in, so that a message begun is there again when the person comes back. */
  @property({ attribute: false }) drafts = new Drafts();
  @query(".scroll") private scroller!: HTMLElement | null;
  @query("ca-composer") private composer!: Composer | null;
  #open = new OpenSession(this, {
    status: (session) => this.#announce(session),
    gone: () => this.dispatchEvent(new NavigateEvent({ view: "list" })),
  });
  #readsAlong = false;
  #placed = "";

  override focus(): void {
    this.renderRoot.querySelector<HTMLElement>("h2")?.focus();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    // What was under way may still ask for a drawing after the pane has gone; that must not open the session again.
    if (this.isConnected && this.source && this.session) this.#open.open(this.source, this.session, this.summary);
    if (changed.has("session")) {
      this.#readsAlong = false;
      this.#placed = "";
    }
  }

  /** Where the keyboard is, as long as it is in here. */
  #focused: HTMLElement | undefined;

  readonly #onFocusIn = (event: Event) => {
    this.#focused = event.composedPath()[0] as HTMLElement;
  };

  readonly #onFocusOut = (event: FocusEvent) => {
    // What is taken away loses the focus to nothing; who goes elsewhere goes somewhere.
    if (event.relatedTarget && !this.contains(event.relatedTarget as Node)) this.#focused = undefined;
  };

  protected override updated(): void {
    // A button that has done its work is gone, and the keyboard must not fall out of the session with it.
    if (this.#focused && !this.#focused.isConnected && document.activeElement === document.body) {
      this.#focused = undefined;
      this.focus();
    }
    const scroller = this.scroller;
    const detail = this.#open.detail;
    if (!scroller || !detail) return;
    if (this.#placed !== this.session) {
      // A running session opens at its newest part, a settled one at its beginning.
      this.#placed = this.session;
      this.#readsAlong = isRunning(detail.status);
      if (!this.#readsAlong) scroller.scrollTop = 0;
    }
    if (this.#readsAlong) requestAnimationFrame(() => scroller.scrollTo({ top: scroller.scrollHeight }));
  }

  protected override render(): TemplateResult {
    const session = this.#open.session;
    return html`<section aria-label="Session" @focusin=${this.#onFocusIn} @focusout=${this.#onFocusOut}>
      ${session ? this.#header(session) : this.#placeholderHeader()}
      <div class="scroll" tabindex="0" @scroll=${this.#onScroll}>
        <div class="column">${this.#body(session)}</div>
      </div>
      ${session ? this.#foot(session) : nothing}
    </section>`;
  }

  #placeholderHeader(): TemplateResult {
    return html`<header>
      <div class="column">
        <div class="first">
          ${backToList(this)}
          <h2 tabindex="-1">${this.#open.loadFailure ? "This session is not here" : "Loading…"}</h2>
        </div>
        <p class="small">&nbsp;</p>
      </div>
    </header>`;
  }

  #header(session: Session): TemplateResult {
    const link = elsewhere(session.url);
    const fact = (name: string, value: unknown) =>
      value ? html`<div><dt>${name}</dt><dd>${value}</dd></div>` : nothing;
    return html`<header>
      <div class="column">
        <div class="first">
          ${backToList(this)}
          <h2 tabindex="-1">${session.title}</h2>
          <div class="actions">${this.#actions(session)}</div>
        </div>
        <dl class="facts">
          <div><dt class="unseen">Status</dt><dd>${statusBadge(session)}</dd></div>
          ${session.repository ? html`<div><dt title="Repository">${repositoryIcon}</dt><dd>${session.repository}</dd></div>` : nothing}
          ${fact("at", this.#providerOf(session)?.label ?? session.provider)}
          ${fact("base", session.baseRef ? html`<code>${session.baseRef}</code>` : "")}
          ${fact("agent", session.agent)} ${fact("model", session.model)} ${fact("used", usage(session))}
          <div><dt class="unseen">Updated</dt><dd class="numbers muted"><ca-time .iso=${session.updatedAt}></ca-time></dd></div>
          ${
            link
              ? html`<div>
                  <dt class="unseen">Address</dt>
                  <dd><a href=${link} target="_blank" rel="noopener noreferrer">Open at the provider ${outsideIcon}</a></dd>
                </div>`
              : nothing
          }
        </dl>
        ${this.#artifacts(session)}
      </div>
    </header>`;
  }

  #artifacts(session: Session): TemplateResult | typeof nothing {
    const known = session.artifacts;
    const headKnown = known.some((artifact) => artifact.kind !== "unknown" && artifact.headRef === session.headRef);
    // Before it settles a session has at least the name of its branch; one that settled without a branch never made it.
    const artifacts =
      session.headRef && !headKnown && !isSettled(session.status)
        ? [{ kind: "branch" as const, headRef: session.headRef, baseRef: session.baseRef ?? "" }, ...known]
        : known;
    return artifacts.length > 0 ? html`<ca-artifacts .artifacts=${artifacts}></ca-artifacts>` : nothing;
  }

  #actions(session: Session): TemplateResult {
    const can = this.#providerOf(session)?.capabilities;
    const { busy } = this.#open;
    const hasBranch = session.artifacts.some((artifact) => artifact.kind === "branch");
    const hasPullRequest = session.artifacts.some((artifact) => artifact.kind === "pull-request");
    const running = isRunning(session.status) && !isUnconfirmed(session);
    return html`
      ${
        can?.cancel && running
          ? html`<button type="button" ?disabled=${busy !== ""} aria-busy=${busy === "cancel"} @click=${() => this.#open.cancel()}>
              ${stopIcon}Stop
            </button>`
          : nothing
      }
      ${
        isUnconfirmed(session)
          ? html`<button
              type="button"
              title="Stop looking for it; if the provider began it after all, it appears in the list"
              ?disabled=${busy !== ""}
              aria-busy=${busy === "cancel"}
              @click=${() => this.#open.cancel()}
            >
              ${closeIcon}Give up
            </button>`
          : nothing
      }
      ${
        can?.createPullRequest && hasBranch && !hasPullRequest && !running
          ? html`<button
              type="button"
              ?disabled=${busy !== ""}
              aria-busy=${busy === "pull-request"}
              @click=${() => this.#open.createPullRequest()}
            >
              ${pullRequestIcon}Create pull request
            </button>`
          : nothing
      }
      ${
        can?.archive && !isUnconfirmed(session)
          ? html`<button
              type="button"
              ?disabled=${busy !== ""}
              aria-busy=${busy === "archive"}
              @click=${() => this.#archive(!session.archived)}
            >
              ${archiveIcon}${session.archived ? "Unarchive" : "Archive"}
            </button>`
          : nothing
      }
      ${
        isUnconfirmed(session)
          ? nothing
          : html`<ca-session-handoff .source=${this.source} .session=${session}></ca-session-handoff>`
      }
    `;
  }

  #body(session: Session | undefined): TemplateResult {
    const { detail, loadFailure, followFailure } = this.#open;
    return html`
      <ca-failure
        .failure=${loadFailure}
        headline="Could not load the session"
        retry
        @ca-retry=${() => this.#open.load()}
      ></ca-failure>
      ${session ? this.#notices(session) : nothing}
      ${detail ? this.#activity(detail) : loadFailure ? nothing : this.#bones()}
      <ca-failure
        .failure=${followFailure}
        headline="Live updates ended"
        retry
        @ca-retry=${() => this.#open.follow()}
      ></ca-failure>
      ${detail ? this.#changes(detail) : nothing}
    `;
  }

  #notices(session: Session): TemplateResult {
    return html`
      ${
        isUnconfirmed(session)
          ? html`<div class="notice wait">
              ${statusShape(session)}
              <div>
                <p>
                  <strong>Not confirmed yet: looking for it.</strong> Nothing is sent twice; this page finds the session once
                  the provider can be read.
                </p>
                ${session.stale ? html`<p class="small muted">${session.stale}</p>` : nothing}
              </div>
            </div>`
          : session.stale
            ? html`<p class="notice">${alertIcon}<span>May be out of date: ${session.stale}</span></p>`
            : nothing
      }
      ${session.warning ? html`<p class="notice wait" role="alert">${alertIcon}<span>${session.warning}</span></p>` : nothing}
      ${
        session.error
          ? html`<div class="notice bad" role="alert">
              ${alertIcon}
              <div>
                <p><strong>${session.error.message}</strong></p>
                ${session.error.hint ? html`<p>${session.error.hint}</p>` : nothing}
              </div>
            </div>`
          : nothing
      }
    `;
  }

  #bones(): TemplateResult {
    return html`<div class="log" aria-busy="true">
      <div class="bone heading"></div>
      <div class="bone text"></div>
    </div>`;
  }

  #activity(detail: SessionDetail): TemplateResult {
    const unconfirmed = isUnconfirmed(detail);
    const working = !unconfirmed && (detail.status === "queued" || detail.status === "in-progress");
    return html`<div class="log" role="log" aria-label="Activity" aria-relevant="additions">
      ${repeat(
        detail.turns,
        (turn) => turn.id,
        (turn) => html`<ca-turn .turn=${turn} ?live=${working} ?unconfirmed=${unconfirmed}></ca-turn>`,
      )}
      ${this.#open.pending.map(
        (message) => html`<div>
          <p class="pending">${message.text}</p>
          <p class="muted small">${pendingWords(message, detail.status)}</p>
        </div>`,
      )}
      ${
        detail.turns.length === 0 && !isRunning(detail.status)
          ? html`<p class="muted">This provider tells nothing about what the agent did.</p>`
          : nothing
      }
      ${
        working
          ? html`<p class="working">${statusShape(detail)}${detail.status === "queued" ? "Waiting to begin…" : "Working…"}</p>`
          : nothing
      }
      ${repeat(
        detail.questions,
        (question) => question.id,
        (question) =>
          html`<ca-question
            .question=${question}
            ?busy=${this.#open.busy === "send"}
            @ca-answer=${(event: AnswerEvent) => this.#open.send(event.answer)}
          ></ca-question>`,
      )}
    </div>`;
  }

  #changes(detail: SessionDetail): TemplateResult | typeof nothing {
    const made = detail.artifacts.some((artifact) => artifact.kind !== "unknown");
    if (!made) return nothing;
    // Between two settled states the branch grows as the provider says, so its newest time is the version.
    const version = isRunning(detail.status) ? "running" : `${detail.status} ${detail.updatedAt}`;
    return html`<ca-changes .source=${this.source} .session=${detail.id} .version=${version}></ca-changes>`;
  }

  #foot(session: Session): TemplateResult {
    const { actionFailure, busy } = this.#open;
    const question = this.#open.detail?.questions.find((candidate) => candidate.freeform);
    return html`<div class="foot">
      <div class="column">
        <ca-failure
          .failure=${actionFailure?.failure}
          .headline=${actionFailure?.headline ?? ""}
          dismiss
          @ca-dismiss=${() => this.#open.dismissFailure()}
        ></ca-failure>
        <ca-composer
          .session=${session.id}
          .drafts=${this.drafts}
          .closed=${this.#closedBecause(session)}
          .placeholder=${question ? "Answer in your own words" : isRunning(session.status) ? "Steer the agent" : "Ask for something more"}
          ?busy=${busy !== ""}
          @ca-send=${this.#onSend}
        ></ca-composer>
      </div>
    </div>`;
  }

  #closedBecause(session: Session): string {
    const provider = this.#providerOf(session);
    if (!provider) return "This session's connection is closed. Connect again to send a message.";
    if (isUnconfirmed(session)) return "Messages can be sent once the session is confirmed.";
    const { capabilities } = provider;
    if (session.status === "needs-input" && this.#open.detail?.questions.some((question) => question.freeform)) {
      return capabilities.answer ? "" : `${provider.label} takes no answers from here.`;
    }
    if (isRunning(session.status))
      return capabilities.steer ? "" : `${provider.label} takes no messages while the agent works.`;
    return capabilities.followUp ? "" : `${provider.label} takes no follow-up messages.`;
  }

  #providerOf(session: Session): ProviderInfo | undefined {
    return this.providers.find((provider) => provider.id === session.provider);
  }

  async #onSend(event: SendEvent): Promise<void> {
    const { session } = this;
    const question = this.#open.detail?.questions.find((candidate) => candidate.freeform);
    this.#readsAlong = true;
    const arrived = await this.#open.send(question ? { question: question.id, text: event.text } : event.text);
    if (!arrived) return;
    this.composer?.sent(session, event.text);
    this.dispatchEvent(new AnnounceEvent("Message sent"));
  }

  async #archive(archived: boolean): Promise<void> {
    if (await this.#open.setArchived(archived))
      this.dispatchEvent(new AnnounceEvent(archived ? "Archived" : "Unarchived"));
  }

  #onScroll(event: Event): void {
    const { scrollTop, scrollHeight, clientHeight } = event.target as HTMLElement;
    this.#readsAlong = this.#open.live && scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  #announce(session: Session): void {
    this.dispatchEvent(new AnnounceEvent(`${session.title}: ${statusWord(session.status)}`));
  }
}

/** Where the provider shows the session, unless that is this very page. */
function elsewhere(url: string | undefined): string | undefined {
  const link = webLink(url);
  return link && new URL(link).origin !== location.origin ? link : undefined;
}

function usage({ usage }: Session): string {
  const parts: string[] = [];
  if (usage?.aiCredits !== undefined) parts.push(`${formatNumber(usage.aiCredits)} AI credits`);
  if (usage?.premiumRequests !== undefined) parts.push(`${formatNumber(usage.premiumRequests)} premium requests`);
  return parts.join(", ");
}

/** What became of a message that no turn holds yet. */
function pendingWords(message: PendingMessage, status: Status): string {
  if (!message.sent) return "Sending…";
  // A message to a session that has ended begins its next turn; one to a running session may come too late.
  return message.atWork && isSettled(status) && status !== "completed"
    ? "Sent, but the session ended before the agent read it. Send it again if it still holds."
    : "Sent; the agent reads it next.";
}
