import type {
  Answer,
  Brief,
  BriefSection,
  ConversationSummary,
  FileChange,
  FileEdit,
  Kind,
  PreparedPush,
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
  Workspace,
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

/** What a person wants handed off: a transcript or a bundle as a file or as text, a link to a bundle, or a session. */
export type HandoffInput =
  | { kind: "file"; name: string; bytes: Uint8Array }
  | { kind: "text"; text: string }
  | { kind: "session"; id: string };

/** A handoff that was opened and not sent yet. */
export interface Handoff {
  id: string;
  summary: ConversationSummary;
  /** What the task may be: the last request, or what the bundle says. */
  prompt: string;
  workspace: Workspace;
  /** It came as a bundle: somebody else's words until the person accepts them. */
  foreign: boolean;
}

/** What the person decided about a handoff. */
export interface HandoffChoice {
  prompt: string;
  /** The connection whose limit the brief is made for. */
  provider: string;
  /** Placeholders of the secrets that are sent in clear. */
  unmask: string[];
  /** Whether home folders and e-mail addresses are masked too. */
  maskNames: boolean;
  drop: BriefSection[];
  /** Whether the uncommitted changes are pushed to a branch of their own, as `preparePush` last made them ready. */
  push: boolean;
  /** The person wants the secrets in them pushed. */
  confirmSecrets: boolean;
}

/** What would be sent. */
export interface Preview {
  brief: Brief;
  /** The changes as they go out: without the secrets that are masked in the brief, or as they are pushed. */
  changes: FileEdit[];
}

/** Where changes would be pushed to. */
export interface PushTarget {
  /** The connection's id. */
  provider: string;
  /** `owner/name` */
  repository: string;
  /** The commit that they were made from, or the branch whose head it is. */
  from: string;
}

/** What would be pushed. */
export type PushPreview = Pick<PreparedPush, "branch" | "baseCommit" | "secrets">;

/** Where a handoff goes. Its prompt is the brief. */
export type HandoffTarget = Omit<StartRequest, "prompt" | "bundle" | "push">;

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
  start(request: Omit<StartRequest, "bundle" | "push">): Promise<Session>;
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
  /** Rejects with `invalid`, `too-large` or `corrupt` when the input cannot be read. */
  openHandoff(input: HandoffInput): Promise<Handoff>;
  /** What would be sent. Rejects with `too-large` when the task alone exceeds the provider's limit. */
  previewHandoff(id: string, choice: HandoffChoice): Promise<Preview>;
  /** Adds a unified diff to what is uncommitted. Resolves with all of it; rejects with `invalid` for what is none. */
  addChanges(id: string, diff: string): Promise<FileEdit[]>;
  /** Looks whether what is uncommitted can be pushed there; writes nothing. Rejects with why it cannot. */
  preparePush(id: string, target: PushTarget): Promise<PushPreview>;
  startHandoff(id: string, choice: HandoffChoice, target: HandoffTarget): Promise<Session>;
  /** The bundle as the text of a file, or as a link to this page. */
  exportHandoff(id: string, choice: HandoffChoice, form: "json" | "link"): Promise<string>;
  /** Gives back what an opened handoff holds. An id that is not open is no error. */
  closeHandoff(id: string): Promise<void>;
  /** The list changed, or a connection did when `changes` is empty. Returns what ends the subscription. */
  subscribe(listener: (changes: SessionChange[]) => void): () => void;
}
