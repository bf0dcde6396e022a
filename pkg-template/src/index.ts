/**
 * Start, hand off and follow cloud coding-agent sessions from any browser tab or web editor.
 *
 * ```js
 * import init, { CloudAgents } from "cloud-agents";
 * await init();
 * const agents = new CloudAgents({ providers: [{ kind: "github", token }] });
 * ```
 */
import { Engine, type Follow, type SessionList as Rows } from "./cloud_agents.js";
import { needCore, sync, written } from "./core.js";
import { asError, CloudAgentsError } from "./error.js";
import { applyChanges, type Bundle, createBrief, type FileEdit } from "./handoff.js";
import type {
  Answer,
  FileChange,
  PreparedPush,
  ProviderConfig,
  ProviderInfo,
  RefreshReport,
  RepositoryChoice,
  Session,
  SessionChange,
  SessionDetail,
  SessionEvent,
  SessionFilter,
  SessionList,
  StartOptions,
  StartRequest,
  Store,
} from "./types.js";

export { type InitOptions, init as default, loadHandoff, loadReaders } from "./core.js";
export {
  type Brief,
  type BriefItem,
  type BriefOptions,
  type BriefSection,
  Bundle,
  type BundleParts,
  Conversation,
  type ConversationSummary,
  createBrief,
  createBundle,
  decodeBundle,
  encodeBundle,
  type FileEdit,
  isBundle,
  isDiff,
  type Masked,
  readChanges,
  readConversation,
  type Workspace,
} from "./handoff.js";
export * from "./types.js";
export { CloudAgentsError };

/** How a `CloudAgents` is set up. */
export interface CloudAgentsOptions {
  providers: ProviderConfig[];
  /** Where the list and the outbox are kept; `"memory"` unless said. */
  store?: "memory" | "indexeddb" | Store;
  /** Sends the requests instead of the global `fetch`. */
  fetch?: typeof fetch;
}

/** Changes that are to be pushed, and where they begin. */
export interface PushRequest {
  /** The connection's id. */
  provider: string;
  /** `owner/name` */
  repository: string;
  /** The commit that the changes were made from, or the branch whose head it is. The repository must have it. */
  from: string;
  changes: FileEdit[];
  /** The bundle that the changes are of: in it, secrets were masked. */
  bundle?: Bundle;
  /** What counts as a secret too, such as the connection's token. */
  maskAlso?: string[];
  /** The branch to be made; one with a name of its own unless said. */
  branch?: string;
  /** The commit's message. */
  message?: string;
}

/** Every session of every connection. Make one for a page. */
export class CloudAgents {
  /** Resolves when the store is open and the list of last time is there. */
  readonly ready: Promise<void>;
  readonly #engine: Engine;
  readonly #listeners = new Set<(changes: SessionChange[]) => void>();
  #freed = false;

  /** Throws `invalid` before `init()` has resolved, and `unsupported` for IndexedDB where there is none. */
  constructor(options: CloudAgentsOptions) {
    needCore();
    const { providers } = checked(options);
    this.#engine = sync(() => new Engine(options.store ?? "memory", options.fetch));
    this.#engine.listen((text: string) => {
      const changes = JSON.parse(text) as SessionChange[];
      for (const listener of [...this.#listeners]) tell(listener, changes);
    });
    for (const config of providers) this.#connect(config);
    this.ready = this.#run("load").then(() => undefined);
    // Who never waits for it hears of a failing store from the first call that needs it.
    this.ready.catch(() => undefined);
  }

  /** The open connections. */
  providers(): ProviderInfo[] {
    return this.#read(() => this.#engine.providers());
  }

  /** Opens a connection, or replaces the one of the same id. Nothing is sent yet. */
  async connect(config: ProviderConfig): Promise<ProviderInfo> {
    return this.#connect(config);
  }

  /** Closes a connection: its token is forgotten, its rows leave the list. */
  async disconnect(provider: string): Promise<void> {
    await this.#run("disconnect", { provider });
  }

  /** The repositories that a connection offers first. */
  repositories(provider: string): Promise<RepositoryChoice[]> {
    return this.#ask("repositories", { provider });
  }

  /** What a session at one repository can be started with. */
  options(provider: string, repository: string): Promise<StartOptions> {
    return this.#ask("options", { provider, repository });
  }

  /**
   * Makes changes ready to be committed to a branch of their own with a start: reads the files that they were made from, applies
   * them, and looks for secrets in what is added. Nothing is written yet. Rejects with `not-found` when the repository does not have
   * that commit, `conflict` when the changes were not made from it, `unsupported` where nothing can be pushed, and `invalid` for
   * changes that lead out of the repository or in which secrets were masked.
   */
  async preparePush(request: PushRequest): Promise<PreparedPush> {
    const { provider, repository, from, changes, bundle, maskAlso } = request;
    const paths = changes.map((edit) => edit.from ?? edit.path);
    const base = await this.#ask<{ commit: string; tree: string }>("base", { provider, repository, from, paths });
    const placeholders = bundle?.masked().map(({ placeholder }) => placeholder);
    const { files, secrets } = applyChanges(changes, base, { maskAlso, placeholders });
    return {
      branch: request.branch ?? branchName(),
      baseCommit: base.commit,
      baseTree: base.tree,
      message: request.message ?? "Uncommitted changes, handed off",
      files,
      secrets: secrets ?? [],
    };
  }

  /**
   * Starts a session, exactly once. Resolves when the provider has confirmed; offline, or after a reply that could not
   * be read, with the row in the outbox, which becomes that session later under the same id. Rejects when the provider
   * refused, and then nothing was started.
   */
  async start(request: StartRequest): Promise<Session> {
    await this.ready;
    const { bundle, ...rest } = request ?? {};
    if (bundle && !rest.prompt?.trim()) rest.prompt = this.#brief(bundle, rest.provider, rest.push?.branch);
    return this.#ask("start", rest);
  }

  /** Reads the lists of all connections, or of one. Resolves even if providers fail: see `errors`. */
  async refresh(options: { provider?: string; force?: boolean } = {}): Promise<RefreshReport> {
    await this.ready;
    return this.#ask("refresh", options);
  }

  /** A snapshot of the list. Never touches the network. */
  sessions(filter: SessionFilter = {}): SessionList {
    this.#check();
    return new Snapshot(sync(() => this.#engine.sessions(written(filter))));
  }

  /** One session with its turns and open questions. */
  session(id: string): Promise<SessionDetail> {
    return this.#ask("session", { id });
  }

  /** What a session changed, file by file. */
  changes(id: string): Promise<FileChange[]> {
    return this.#ask("changes", { id });
  }

  /**
   * What a session holds now, then what comes, until it ends. The newest turn or part of an id replaces the older one.
   * Leaving the loop or aborting the signal ends it without throwing.
   */
  async *follow(id: string, options: { signal?: AbortSignal } = {}): AsyncGenerator<SessionEvent, void, undefined> {
    const { signal } = options;
    this.#check();
    if (signal?.aborted) return;
    const follow: Follow = sync(() => this.#engine.follow(id));
    const stop = () => follow.stop();
    signal?.addEventListener("abort", stop, { once: true });
    try {
      while (!signal?.aborted && !this.#freed) {
        const text = await settled(follow.next());
        if (text === undefined) return;
        yield JSON.parse(text) as SessionEvent;
      }
    } finally {
      signal?.removeEventListener("abort", stop);
      follow.stop();
      follow.free();
    }
  }

  /** Sends a message to a session, or an answer to a question it asked. */
  async send(id: string, message: string | Answer): Promise<void> {
    if (typeof message === "string") await this.#run("send", { id, message });
    else await this.#run("answer", { id, answer: message });
  }

  /** Ends a running session, or gives up a start that is still in the outbox. */
  async cancel(id: string): Promise<void> {
    await this.#run("cancel", { id });
  }

  /** Puts a session away. */
  async archive(id: string): Promise<void> {
    await this.#run("archive", { id });
  }

  /** Brings a session back. */
  async unarchive(id: string): Promise<void> {
    await this.#run("unarchive", { id });
  }

  /** Remembers that the person has seen a session as it stands. */
  async markRead(id: string): Promise<void> {
    await this.#run("markRead", { id });
  }

  /** Opens a pull request from a session's branch. */
  createPullRequest(id: string): Promise<Session> {
    return this.#ask("createPullRequest", { id });
  }

  /** Tells of changes in the list until the returned function is called. */
  subscribe(listener: (changes: SessionChange[]) => void): () => void {
    // A wrapper of its own, so that the same listener may be subscribed twice.
    const own = (changes: SessionChange[]) => listener(changes);
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Ends all follows, rejects what is pending and gives the memory back. May be called twice. */
  free(): void {
    if (this.#freed) return;
    this.#freed = true;
    this.#listeners.clear();
    this.#engine.close();
    this.#engine.free();
  }

  #connect(config: ProviderConfig): ProviderInfo {
    const { token, ...rest } = config;
    return this.#read(() => this.#engine.connect(written(rest), token));
  }

  /** What is sent when a bundle comes without a prompt. */
  #brief(bundle: Bundle, provider: string, pushed?: string): string {
    const limit = this.providers().find(({ id }) => id === provider)?.limits.prompt;
    return limit ? createBrief(bundle, { limit, pushed }).text : bundle.intent().prompt;
  }

  #check(): void {
    if (!this.#freed) return;
    throw new CloudAgentsError({
      code: "invalid",
      message: "This CloudAgents was freed.",
      hint: "Make a new one before you call it.",
    });
  }

  /** Has the core do what takes its time; what comes of it is JSON text, or nothing. */
  async #run(method: string, given: object = {}): Promise<string | undefined> {
    this.#check();
    return settled(this.#engine.call(method, written(given)));
  }

  async #ask<T>(method: string, given: object): Promise<T> {
    return JSON.parse((await this.#run(method, given)) as string) as T;
  }

  #read<T>(call: () => string): T {
    this.#check();
    return JSON.parse(sync(call)) as T;
  }
}

/** Connections are told apart by their ids: of two with one id, the second would silently take the place of the first. */
function checked(options: CloudAgentsOptions): CloudAgentsOptions {
  const wrong = (message: string, hint: string) => new CloudAgentsError({ code: "invalid", message, hint });
  if (!Array.isArray(options?.providers) || options.providers.some((config) => !config))
    throw wrong("The providers are missing.", "Pass { providers: [] }, with a connection for each.");
  const ids = options.providers.map((config) => config?.id ?? config?.kind);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw wrong(`Two connections are called “${twice}”.`, "Give each an id of its own.");
  return options;
}

/** Eighty bits that nobody guesses, in letters and digits that every server takes. */
function branchName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const letters = Array.from(bytes, (byte) => "abcdefghijklmnopqrstuvwxyz234567"[byte % 32]);
  return `cloud-agents/handoff-${letters.join("")}`;
}

/** Rows stay in the core until they are asked for. */
class Snapshot implements SessionList {
  readonly length: number;
  readonly counts: SessionList["counts"];
  readonly #rows: Rows;

  constructor(rows: Rows) {
    this.#rows = rows;
    this.length = rows.length;
    this.counts = JSON.parse(sync(() => rows.counts())) as SessionList["counts"];
  }

  rows(from: number, to: number): Session[] {
    return JSON.parse(sync(() => this.#rows.rows(Math.max(0, from), Math.max(0, to)))) as Session[];
  }
}

async function settled(call: Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await call;
  } catch (thrown) {
    throw asError(thrown);
  }
}

/** One listener that throws must not keep the news from the others. */
function tell(listener: (changes: SessionChange[]) => void, changes: SessionChange[]): void {
  try {
    listener(changes);
  } catch (problem) {
    queueMicrotask(() => {
      throw problem;
    });
  }
}
