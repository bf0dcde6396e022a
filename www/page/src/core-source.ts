import type {
  ConnectionRequest,
  Handoff,
  HandoffChoice,
  HandoffInput,
  HandoffTarget,
  ListSummary,
  Preview,
  PushPreview,
  PushTarget,
  Remembering,
  SessionSource,
} from "@cloud-agents/view";
import type {
  Answer,
  CloudAgents,
  FileChange,
  FileEdit,
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
} from "cloud-agents";
import { toFailure } from "./failures.js";
import { type HandoffFunctions, Handoffs } from "./handoffs.js";
import { type RememberedConnection, type Vault, whereRemembered } from "./vault.js";

/** How many filters keep their snapshot between `sessions` and `rows`. */
const SNAPSHOTS = 4;

type Addresses = Pick<ProviderConfig, "baseUrl" | "agentsUrl">;

/** The core in this tab as the source of the elements. */
export class CoreSource implements SessionSource {
  readonly #listeners = new Set<(changes: SessionChange[]) => void>();
  readonly #snapshots = new Map<string, SessionList>();
  /** New connections that have not been read yet: not shown, so that the form stays and can say what is wrong. */
  readonly #unproved = new Set<string>();
  /** Where the connections are: whoever renews one enters its token only. */
  readonly #addresses = new Map<string, Addresses>();
  /** In memory only, so that a conversation that shows one is handed off without it. */
  readonly #tokens = new Map<string, string>();
  readonly #handoffs: Handoffs;

  constructor(
    private readonly core: CloudAgents,
    private readonly vault: Vault | undefined,
    connections: (ProviderConfig & { id: string })[],
    functions: HandoffFunctions,
  ) {
    this.#handoffs = new Handoffs(core, functions, () => [...this.#tokens.values()]);
    for (const connection of connections) {
      this.#addresses.set(connection.id, addressesOf(connection));
      if (typeof connection.token === "string") this.#tokens.set(connection.id, connection.token);
    }
    core.subscribe((changes) => this.#tell(changes));
  }

  async remembering(): Promise<Remembering> {
    return this.vault ? whereRemembered(location) : "unavailable";
  }

  providers(): Promise<ProviderInfo[]> {
    return plain(() => this.core.providers().filter(({ id }) => !this.#unproved.has(id)));
  }

  connect({ remember, ...request }: ConnectionRequest): Promise<ProviderInfo> {
    return plain(async () => {
      const id = request.id ?? this.#freeId(request.kind);
      const config: RememberedConnection = { ...this.#addresses.get(id), ...request, id };
      if (request.id === undefined) this.#unproved.add(id);
      try {
        await this.core.connect(config);
        await this.#prove(id, request.id === undefined);
      } finally {
        this.#unproved.delete(id);
      }
      this.#addresses.set(id, addressesOf(config));
      this.#tokens.set(id, config.token);
      if (remember) await this.vault?.keep(config);
      else await this.vault?.forget(id);
      this.#tell([]);
      const info = this.core.providers().find((provider) => provider.id === id);
      if (!info) throw new Error("The connection was closed meanwhile.");
      return info;
    });
  }

  /** Opening a connection sends nothing; reading its list once tells whether the address and the token are right. */
  async #prove(id: string, isNew: boolean): Promise<void> {
    const { errors } = await this.core.refresh({ provider: id, force: true });
    const failure = errors[id];
    if (!failure || failure.code === "rate-limited") return;
    if (isNew) await this.core.disconnect(id);
    // Someone may have read the connections while this one was on trial.
    this.#tell([]);
    throw failure;
  }

  disconnect(provider: string): Promise<void> {
    return plain(async () => {
      await this.core.disconnect(provider);
      this.#addresses.delete(provider);
      this.#tokens.delete(provider);
      await this.vault?.forget(provider);
      this.#tell([]);
    });
  }

  repositories(provider: string): Promise<RepositoryChoice[]> {
    return plain(() => this.core.repositories(provider));
  }

  options(provider: string, repository: string): Promise<StartOptions> {
    return plain(() => this.core.options(provider, repository));
  }

  start(request: Omit<StartRequest, "bundle" | "push">): Promise<Session> {
    return plain(() => this.core.start(request));
  }

  refresh(options?: { provider?: string; force?: boolean }): Promise<RefreshReport> {
    return plain(() => this.core.refresh(options));
  }

  sessions(filter: SessionFilter): Promise<ListSummary> {
    return plain(() => {
      const list = this.core.sessions(filter);
      const key = JSON.stringify(filter);
      this.#snapshots.delete(key);
      this.#snapshots.set(key, list);
      const [oldest] = this.#snapshots.keys();
      if (this.#snapshots.size > SNAPSHOTS && oldest !== undefined) this.#snapshots.delete(oldest);
      return { length: list.length, counts: list.counts };
    });
  }

  rows(filter: SessionFilter, from: number, to: number): Promise<Session[]> {
    return plain(() => (this.#snapshots.get(JSON.stringify(filter)) ?? this.core.sessions(filter)).rows(from, to));
  }

  session(id: string): Promise<SessionDetail> {
    return plain(() => this.core.session(id));
  }

  changes(id: string): Promise<FileChange[]> {
    return plain(() => this.core.changes(id));
  }

  follow(id: string, onEvent: (event: SessionEvent) => void, signal: AbortSignal): Promise<void> {
    return plain(async () => {
      for await (const event of this.core.follow(id, { signal })) onEvent(event);
    });
  }

  send(id: string, message: string | Answer): Promise<void> {
    return plain(() => this.core.send(id, message));
  }

  cancel(id: string): Promise<void> {
    return plain(() => this.core.cancel(id));
  }

  archive(id: string): Promise<void> {
    return plain(() => this.core.archive(id));
  }

  unarchive(id: string): Promise<void> {
    return plain(() => this.core.unarchive(id));
  }

  markRead(id: string): Promise<void> {
    return plain(() => this.core.markRead(id));
  }

  createPullRequest(id: string): Promise<Session> {
    return plain(() => this.core.createPullRequest(id));
  }

  openHandoff(input: HandoffInput): Promise<Handoff> {
    return plain(() => this.#handoffs.open(input));
  }

  previewHandoff(id: string, choice: HandoffChoice): Promise<Preview> {
    return plain(() => this.#handoffs.preview(id, choice));
  }

  addChanges(id: string, diff: string): Promise<FileEdit[]> {
    return plain(() => this.#handoffs.addChanges(id, diff));
  }

  preparePush(id: string, target: PushTarget): Promise<PushPreview> {
    return plain(() => this.#handoffs.preparePush(id, target));
  }

  startHandoff(id: string, choice: HandoffChoice, target: HandoffTarget): Promise<Session> {
    return plain(() => this.#handoffs.start(id, choice, target));
  }

  exportHandoff(id: string, choice: HandoffChoice, form: "json" | "link"): Promise<string> {
    return plain(() => this.#handoffs.export(id, choice, form));
  }

  closeHandoff(id: string): Promise<void> {
    return plain(() => this.#handoffs.close(id));
  }

  subscribe(listener: (changes: SessionChange[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(changes: SessionChange[]): void {
    for (const listener of this.#listeners) listener(changes);
  }

  /** Two connections of one kind need two names. */
  #freeId(kind: string): string {
    const taken = new Set(this.core.providers().map((provider) => provider.id));
    let id = kind;
    for (let number = 2; taken.has(id); number++) id = `${kind}-${number}`;
    return id;
  }
}

function addressesOf({ baseUrl, agentsUrl }: ProviderConfig): Addresses {
  const addresses: Addresses = {};
  if (baseUrl !== undefined) addresses.baseUrl = baseUrl;
  if (agentsUrl !== undefined) addresses.agentsUrl = agentsUrl;
  return addresses;
}

async function plain<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (reason) {
    throw toFailure(reason);
  }
}
