import type { Answer, Failure, Session, SessionChange, SessionDetail, SessionEvent } from "cloud-agents";
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { asFailure } from "../failure.js";
import type { SessionSource } from "../source.js";
import { isRunning, isSettled, isUnconfirmed } from "../text/status.js";
import { applyEvent, withSession } from "./session-detail.js";

/** A message on its way, shown until the provider tells it back as a turn. */
export interface PendingMessage {
  id: number;
  text: string;
  sent: boolean;
  /** Whether the agent was at work at some time since. */
  atWork: boolean;
}

/** The one session that is open: read once, then followed as long as something can happen. */
export class OpenSession implements ReactiveController {
  /** What the list knows, until the whole session has been read. */
  summary: Session | undefined;
  detail: SessionDetail | undefined;
  /** Why the session could not be read. */
  loadFailure: Failure | undefined;
  /** Why live updates ended before the session did. */
  followFailure: Failure | undefined;
  /** What the person asked for last, and why it did not happen. */
  actionFailure: { headline: string; failure: Failure } | undefined;
  /** The action under way. */
  busy: "" | "send" | "cancel" | "archive" | "pull-request" = "";
  pending: PendingMessage[] = [];
  #lastSent = 0;
  #source: SessionSource | undefined;
  #id = "";
  #following: AbortController | undefined;
  #unsubscribe: (() => void) | undefined;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly tell: { status: (session: Session) => void; gone: () => void },
  ) {
    host.addController(this);
  }

  get session(): Session | undefined {
    return this.detail ?? this.summary;
  }

  get live(): boolean {
    return this.#following !== undefined;
  }

  hostDisconnected(): void {
    this.#leave();
    this.#id = "";
  }

  /** Shows another session; `summary` fills the header while the rest is read. */
  open(source: SessionSource, id: string, summary: Session | undefined): void {
    if (source === this.#source && id === this.#id) return;
    this.#leave();
    this.#source = source;
    this.#id = id;
    this.summary = summary?.id === id ? summary : undefined;
    this.detail = undefined;
    this.loadFailure = undefined;
    this.followFailure = undefined;
    this.actionFailure = undefined;
    this.busy = "";
    this.pending = [];
    this.#unsubscribe = source.subscribe((changes) => this.#onChanges(changes));
    void this.load();
  }

  /** Reads the whole session, then follows it unless it has settled. */
  async load(): Promise<void> {
    const source = this.#source;
    const id = this.#id;
    if (!source) return;
    this.loadFailure = undefined;
    this.host.requestUpdate();
    try {
      const detail = await source.session(id);
      if (id !== this.#id) return;
      this.#show(detail);
      if (!detail.read) source.markRead(id).catch(() => undefined);
      if (!isSettled(detail.status)) this.follow();
    } catch (reason) {
      if (id === this.#id) this.loadFailure = asFailure(reason);
    }
    this.host.requestUpdate();
  }

  /** Follows from now on, unless it already does. */
  follow(): void {
    const source = this.#source;
    const id = this.#id;
    if (!source || this.#following || !this.detail) return;
    const following = new AbortController();
    this.#following = following;
    this.followFailure = undefined;
    this.host.requestUpdate();
    source
      .follow(id, (event) => this.#onEvent(id, event), following.signal)
      .then(() => {
        // The person saw it end.
        if (!following.signal.aborted) source.markRead(id).catch(() => undefined);
      })
      .catch((reason: unknown) => {
        if (!following.signal.aborted) this.followFailure = asFailure(reason);
      })
      .finally(() => {
        if (this.#following === following) this.#following = undefined;
        this.host.requestUpdate();
      });
  }

  /** Sends a message or an answer. Resolves to whether it arrived. */
  send(message: string | Answer): Promise<boolean> {
    const text = typeof message === "string" ? message : (message.choice ?? message.text ?? "");
    const entry: PendingMessage | undefined =
      typeof message === "string" ? { id: ++this.#lastSent, text, sent: false, atWork: this.#isAtWork() } : undefined;
    if (entry) this.pending = [...this.pending, entry];
    const headline = typeof message === "string" ? "The message was not sent" : "The answer was not sent";
    const sending = async (source: SessionSource, id: string) => {
      try {
        await source.send(id, message);
      } catch (reason) {
        this.pending = this.pending.filter((other) => other.id !== entry?.id);
        throw reason;
      }
    };
    return this.#act("send", headline, sending, () => {
      if (entry) {
        this.pending = this.pending.map((other) => (other.id === entry.id ? { ...other, sent: true } : other));
        this.#settlePending();
      } else if (this.detail && typeof message !== "string") {
        const questions = this.detail.questions.filter((question) => question.id !== message.question);
        this.detail = { ...this.detail, questions };
      }
      this.follow();
    });
  }

  cancel(): Promise<boolean> {
    return this.#act(
      "cancel",
      "The session could not be stopped",
      (source, id) => source.cancel(id),
      () => this.follow(),
    );
  }

  setArchived(archived: boolean): Promise<boolean> {
    const headline = archived ? "The session could not be archived" : "The session could not be unarchived";
    const moving = (source: SessionSource, id: string) => (archived ? source.archive(id) : source.unarchive(id));
    return this.#act("archive", headline, moving, () => {
      if (this.detail) this.detail = { ...this.detail, archived };
    });
  }

  createPullRequest(): Promise<boolean> {
    return this.#act(
      "pull-request",
      "The pull request could not be created",
      (source, id) => source.createPullRequest(id),
      (session) => {
        if (this.detail) this.#show(withSession(this.detail, session));
      },
    );
  }

  dismissFailure(): void {
    this.actionFailure = undefined;
    this.host.requestUpdate();
  }

  /** Does something with the open session. What it came to is shown only if that session is still the open one. */
  async #act<T>(
    action: Exclude<OpenSession["busy"], "">,
    headline: string,
    work: (source: SessionSource, id: string) => Promise<T>,
    show: (result: T) => void,
  ): Promise<boolean> {
    const source = this.#source;
    const id = this.#id;
    if (!source || this.busy) return false;
    this.busy = action;
    this.actionFailure = undefined;
    this.host.requestUpdate();
    try {
      const result = await work(source, id);
      if (id === this.#id) show(result);
      return true;
    } catch (reason) {
      if (id === this.#id) this.actionFailure = { headline, failure: asFailure(reason) };
      return false;
    } finally {
      if (id === this.#id) this.busy = "";
      this.host.requestUpdate();
    }
  }

  #onEvent(id: string, event: SessionEvent): void {
    if (id !== this.#id || !this.detail) return;
    this.#show(applyEvent(this.detail, event));
  }

  #onChanges(changes: SessionChange[]): void {
    const change = changes.findLast((candidate) => candidate.id === this.#id);
    if (!change) return;
    const { session } = change;
    if (!session) {
      this.tell.gone();
      return;
    }
    const wasUnconfirmed = this.session ? isUnconfirmed(this.session) : false;
    if (!this.detail) this.summary = session;
    else this.#show(withSession(this.detail, session));
    if (wasUnconfirmed && !isUnconfirmed(session)) void this.load();
    else if (!isSettled(session.status)) this.follow();
    this.host.requestUpdate();
  }

  #show(detail: SessionDetail): void {
    const before = this.session;
    this.detail = detail;
    this.#settlePending();
    if (before?.status !== detail.status) this.tell.status(detail);
    this.host.requestUpdate();
  }

  #settlePending(): void {
    const told = new Set(this.detail?.turns.map((turn) => turn.request.text.trim()));
    const atWork = this.#isAtWork();
    this.pending = this.pending
      .filter((message) => !(message.sent && told.has(message.text)))
      .map((message) => (atWork ? { ...message, atWork } : message));
  }

  #isAtWork(): boolean {
    return this.session !== undefined && isRunning(this.session.status);
  }

  #leave(): void {
    this.#following?.abort();
    this.#following = undefined;
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }
}
