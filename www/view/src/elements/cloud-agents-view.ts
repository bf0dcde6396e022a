import type { Failure, Session } from "cloud-agents";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import {
  type AnnounceEvent,
  type ConnectedEvent,
  type HandOffEvent,
  NavigateEvent,
  type Place,
  type ReconnectEvent,
  type StartedEvent,
} from "../events.js";
import type { HandoffInput, SessionSource } from "../source.js";
import { Drafts } from "../state/drafts.js";
import { HandoffForm } from "../state/handoff-form.js";
import { Refreshing } from "../state/refreshing.js";
import { StartForm } from "../state/start-form.js";
import { controls } from "../style/controls.js";
import { cloudIcon, handOffIcon, keysIcon, linkIcon, plusIcon, refreshIcon } from "../style/icons.js";
import { tokens } from "../style/tokens.js";
import { viewStyles } from "./cloud-agents-view.styles.js";
import "./connect-form.js";
import type { Connections } from "./connections.js";
import "./connections.js";
import "./failure-notice.js";
import { type HandoffPane, takeTransfer } from "./handoff.js";
import type { KeySheet } from "./key-sheet.js";
import "./key-sheet.js";
import type { NewSession } from "./new-session.js";
import "./new-session.js";
import type { SessionListView } from "./session-list.js";
import "./session-list.js";
import type { SessionPane } from "./session-pane.js";
import "./session-pane.js";

/**
 * The whole view: the list on the left, a session or a form on the right. A host sets `source`, may set `place`, and hears
 * `ca-navigate` when the person goes elsewhere.
 */
@customElement("cloud-agents-view")
export class CloudAgentsView extends LitElement {
  static override styles = [tokens, controls, viewStyles];

  @property({ attribute: false }) source: SessionSource | undefined;
  @property({ attribute: false }) place: Place = { view: "list" };
  /** Why there is no source, when the host could not make one. */
  @property({ attribute: false }) failure: Failure | undefined;
  @state() private announcement = "";
  @state() private dragging = false;
  @query("ca-session-list") private list!: SessionListView;
  @query("ca-session") private pane!: SessionPane | null;
  @query("ca-new-session") private form!: NewSession | null;
  @query("ca-handoff") private handoff!: HandoffPane | null;
  @query("ca-connections") private connections!: Connections;
  @query("ca-key-sheet") private keySheet!: KeySheet;
  #servers = new Refreshing(this);
  #startForm = new StartForm();
  #handoffForm = new HandoffForm();
  #drafts = new Drafts();
  #started: Session | undefined;
  #moved = false;

  /** Looks at the servers, unless it is doing so. */
  refresh(): Promise<void> {
    return this.#servers.refresh(false);
  }

  /** Opens what a host was given to hand off, such as the bundle in the address of its page. It is read, and nothing more. */
  handOff(input: HandoffInput): void {
    this.#go({ view: "handoff" });
    void this.#handoffForm.open(input);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("dragover", this.#onDragOver);
    this.addEventListener("dragleave", this.#onDragLeave);
    this.addEventListener("drop", this.#onDrop);
    document.addEventListener("keydown", this.#onKeyDown);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.removeEventListener("dragover", this.#onDragOver);
    this.removeEventListener("dragleave", this.#onDragLeave);
    this.removeEventListener("drop", this.#onDrop);
    document.removeEventListener("keydown", this.#onKeyDown);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.source) this.#servers.attach(this.source);
    if (changed.has("place") && changed.get("place") !== undefined) this.#moved = true;
  }

  protected override updated(): void {
    if (!this.#moved) return;
    this.#moved = false;
    // The cursor goes where the person went; without that, what was focused is gone and the next Tab starts at the top.
    if (this.place.view === "new") void this.form?.updateComplete.then(() => this.form?.focus());
    else if (this.place.view === "handoff") void this.handoff?.updateComplete.then(() => this.handoff?.focus());
    else if (this.place.view === "session") void this.pane?.updateComplete.then(() => this.pane?.focus());
    else this.list.focusRow();
  }

  protected override render(): TemplateResult {
    const servers = this.#servers;
    return html`
      <header class="bar">
        <h1>${cloudIcon}<span>Cloud agents</span></h1>
        <button type="button" class="quiet keys square" aria-label="Keys" title="Keys (?)" @click=${() => this.keySheet.show()}>
          ${keysIcon}
        </button>
        <button type="button" class="quiet" title="Connections" @click=${() => this.connections.show()}>
          ${linkIcon}<span class="spoken">Connections</span>${this.#connectionMark()}
        </button>
        <button
          type="button"
          class="quiet ${servers.busy ? "busy" : ""}"
          title="Refresh (r)"
          ?disabled=${!this.source}
          aria-busy=${servers.busy}
          @click=${() => servers.refresh(true)}
        >
          ${refreshIcon}<span class="spoken">Refresh</span>
        </button>
        <button type="button" class="quiet hand-off" title="Hand off a conversation" @click=${() => this.#go({ view: "handoff" })}>
          ${handOffIcon}<span class="spoken">Hand off</span>
        </button>
        <button type="button" class="primary" title="New session (n)" @click=${() => this.#go({ view: "new" })}>
          ${plusIcon}New session
        </button>
      </header>
      <div
        class="panes ${this.dragging ? "dragging" : ""}"
        data-shows=${this.place.view === "list" && !this.#wantsConnection() && !this.failure ? "left" : "right"}
        @ca-navigate=${(event: NavigateEvent) => {
          event.stopPropagation();
          this.#go(event.place);
        }}
        @ca-started=${this.#onStarted}
        @ca-hand-off=${this.#onHandOff}
        @ca-announce=${this.#onAnnounce}
        @ca-reconnect=${(event: ReconnectEvent) => this.connections.show(event.provider)}
        @ca-connected=${this.#onConnected}
      >
        <nav class="left">
          <div class="troubles">${this.#troubles()}</div>
          <ca-session-list
            .source=${this.source}
            .providers=${servers.providers}
            .selected=${this.place.view === "session" ? this.place.id : ""}
            ?loading=${!servers.done && !this.failure}
            ?unconnected=${this.#wantsConnection()}
          ></ca-session-list>
        </nav>
        <main class="right">${this.#right()}</main>
      </div>
      <div class="unseen" role="status" aria-live="polite">${this.announcement}</div>
      <ca-connections
        .source=${this.source}
        .providers=${servers.providers}
        @ca-announce=${this.#onAnnounce}
        @ca-connected=${this.#onConnected}
      ></ca-connections>
      <ca-key-sheet></ca-key-sheet>
    `;
  }

  #connectionMark(): TemplateResult {
    const { providers } = this.#servers;
    const troubled = providers.some((provider) => provider.state !== "ready");
    const [look, words] =
      providers.length === 0 ? ["none", "(none yet)"] : troubled ? ["troubled", "(one needs attention)"] : ["", ""];
    return html`<span class="connection-mark ${look}"></span>${words ? html`<span class="unseen">${words}</span>` : nothing}`;
  }

  #troubles(): TemplateResult | TemplateResult[] {
    const servers = this.#servers;
    if (servers.offline) {
      return html`<p class="offline" role="status">
        You are offline. The list shows what was last known; it is brought up to date when the network is back.
      </p>`;
    }
    return servers.failures.map(
      (failure) =>
        html`<ca-failure
          .failure=${failure}
          .headline=${servers.label(failure.provider)}
          retry
          @ca-retry=${() => servers.refresh(true)}
        ></ca-failure>`,
    );
  }

  #right(): TemplateResult {
    const { providers } = this.#servers;
    if (this.failure) {
      return html`<div class="hello">
        <ca-failure .failure=${this.failure} headline="This page could not start"></ca-failure>
      </div>`;
    }
    if (this.#wantsConnection()) {
      return html`<div class="hello">
        <h2>Connect a cloud</h2>
        <p>
          Start a coding agent in the cloud, watch it work, answer it, and read what it changed. Nothing goes through a server
          of this page: your browser talks to the cloud itself.
        </p>
        ${
          this.place.view === "handoff"
            ? html`<p class="muted">What you hand off waits here until there is a cloud to send it to.</p>`
            : nothing
        }
        <ca-connect-form .source=${this.source}></ca-connect-form>
      </div>`;
    }
    if (this.place.view === "session") {
      return html`<ca-session
        .source=${this.source}
        .providers=${providers}
        .session=${this.place.id}
        .summary=${this.#summary(this.place.id)}
        .drafts=${this.#drafts}
      ></ca-session>`;
    }
    if (this.place.view === "new") {
      return html`<ca-new-session
        .source=${this.source}
        .providers=${providers}
        ?known=${this.#servers.known}
        .form=${this.#startForm}
      ></ca-new-session>`;
    }
    if (this.place.view === "handoff") {
      return html`<ca-handoff
        .source=${this.source}
        .providers=${providers}
        .form=${this.#handoffForm}
        ?dragging=${this.dragging}
      ></ca-handoff>`;
    }
    return html`<div class="nothing">
      ${cloudIcon}
      <p>Choose a session to read it, or start a new one.</p>
      <p class="small">Press <kbd>?</kbd> for the keys.</p>
    </div>`;
  }

  /** Without a connection the way on is to make one. */
  #wantsConnection(): boolean {
    return this.#servers.known && this.#servers.providers.length === 0;
  }

  #summary(id: string): Session | undefined {
    return this.#started?.id === id ? this.#started : this.list?.rowOf(id);
  }

  #go(place: Place): void {
    this.place = place;
    this.dispatchEvent(new NavigateEvent(place));
  }

  #onStarted(event: StartedEvent): void {
    this.#started = event.session;
    this.#go({ view: "session", id: event.session.id });
  }

  #onHandOff(event: HandOffEvent): void {
    this.#go({ view: "handoff" });
    void this.#handoffForm.open(event.input, event.from);
  }

  readonly #onDragOver = (event: DragEvent): void => {
    if (!this.#takes(event)) return;
    event.preventDefault();
    this.dragging = true;
  };

  readonly #onDragLeave = (event: DragEvent): void => {
    // Between two elements of the page there is always a next one.
    if (event.relatedTarget === null) this.dragging = false;
  };

  /** A file that misses the pane would take the page away with everything typed in it. */
  readonly #onDrop = (event: DragEvent): void => {
    this.dragging = false;
    if (!event.dataTransfer || !this.#takes(event)) return;
    event.preventDefault();
    if (this.place.view !== "handoff") this.#go({ view: "handoff" });
    takeTransfer(this.#handoffForm, event.dataTransfer);
  };

  /** Files are taken anywhere, text only where it is asked for and no field takes it. */
  #takes(event: DragEvent): boolean {
    const types = event.dataTransfer?.types ?? [];
    if (types.includes("Files")) return true;
    return this.place.view === "handoff" && types.includes("text/plain") && !isTyping(event.composedPath()[0]);
  }

  #onAnnounce(event: AnnounceEvent): void {
    this.announcement = event.text;
  }

  #onConnected(event: ConnectedEvent): void {
    this.connections.close();
    void this.#servers.readProviders().then(() => {
      this.announcement = `${this.#servers.label(event.provider)} connected`;
      return this.#servers.refresh(true);
    });
  }

  readonly #onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const target = event.composedPath()[0];
    if (isInDialog(event)) return;
    if (event.key === "Escape") {
      // The first Esc in a field that holds a filter empties it, as browsers do.
      const clearsFilter = target instanceof HTMLInputElement && target.type === "search" && target.value !== "";
      if (!clearsFilter && this.place.view !== "list") this.#go({ view: "list" });
      return;
    }
    if (isTyping(target)) return;
    switch (event.key) {
      case "n":
        this.#go({ view: "new" });
        break;
      case "r":
        void this.#servers.refresh(true);
        break;
      case "?":
        this.keySheet.show();
        break;
      case "/":
        this.#showList();
        void this.updateComplete.then(() => this.list.focusFilter());
        break;
      case "ArrowDown":
      case "ArrowUp":
        if (target !== document.body) return;
        this.list.focusRow();
        break;
      default:
        return;
    }
    event.preventDefault();
  };

  /** On a narrow screen the list has to come back before anything in it can be used. */
  #showList(): void {
    if (this.list.checkVisibility()) return;
    this.#go({ view: "list" });
    this.#moved = false;
  }
}

function isTyping(target: EventTarget | undefined): boolean {
  return (
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    (target instanceof HTMLInputElement && !["checkbox", "radio"].includes(target.type)) ||
    (target instanceof HTMLElement && target.isContentEditable)
  );
}

function isInDialog(event: Event): boolean {
  return event.composedPath().some((target) => target instanceof HTMLDialogElement);
}
