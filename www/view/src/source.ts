import type {
  Answer,
  FileChange,
  Kind,
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

/** What a person enters to add a connection. The host decides where the token lives. */
export interface ConnectionRequest {
  kind: Kind;
  /** Set to renew an existing connection. */
  id?: string;
  label?: string;
  baseUrl?: string;
  /** Where the agent tasks live when that is not below `baseUrl`; the token is sent there too. */
  agentsUrl?: string;
  token: string;
  /** Keep the token, encrypted, so that the connection is there after a reload. */
  remember: boolean;
}

/** Whether this host can keep a token, and whether other projects could read what is stored on its origin. */
export type Remembering = "unavailable" | "own-origin" | "shared-origin";

/** How long the filtered list is, without its rows. */
export interface ListSummary {
  length: number;
  counts: SessionList["counts"];
}

/**
 * Everything the elements need from the world. Each value that crosses is structured-cloneable, so that a source can stand
 * in front of a worker, a webview's `postMessage` or an extension port. Calls reject with a plain `Failure`.
 */
export interface SessionSource {
  remembering(): Promise<Remembering>;
  providers(): Promise<ProviderInfo[]>;
  connect(request: ConnectionRequest): Promise<ProviderInfo>;
  disconnect(provider: string): Promise<void>;
  repositories(provider: string): Promise<RepositoryChoice[]>;
  options(provider: string, repository: string): Promise<StartOptions>;
  start(request: StartRequest): Promise<Session>;
  refresh(options?: { provider?: string; force?: boolean }): Promise<RefreshReport>;
  /** Never touches the network, as little as `rows` does. */
  sessions(filter: SessionFilter): Promise<ListSummary>;
  /** Rows `from` (included) to `to` (excluded) of the list that `sessions` last described for this filter. */
  rows(filter: SessionFilter, from: number, to: number): Promise<Session[]>;
  session(id: string): Promise<SessionDetail>;
  changes(id: string): Promise<FileChange[]>;
  /** Resolves when the session settled or the signal was aborted. */
  follow(id: string, onEvent: (event: SessionEvent) => void, signal: AbortSignal): Promise<void>;
  send(id: string, message: string | Answer): Promise<void>;
  cancel(id: string): Promise<void>;
  archive(id: string): Promise<void>;
  unarchive(id: string): Promise<void>;
  markRead(id: string): Promise<void>;
  createPullRequest(id: string): Promise<Session>;
  /** The list changed, or a connection did when `changes` is empty. Returns what ends the subscription. */
  subscribe(listener: (changes: SessionChange[]) => void): () => void;
}
