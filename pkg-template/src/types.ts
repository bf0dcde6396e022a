/**
 * The shapes that cross between the core and its hosts. All of them are plain data (structured-cloneable), so that they
 * pass unchanged through a worker, a webview's `postMessage` or an extension port. Times are ISO 8601 strings in UTC.
 */

import type { Bundle } from "./handoff.js";

/** Which protocol a connection speaks. `local` is GitHub's protocol with the calls beyond the documented five switched on. */
export type Kind = "local" | "github" | "claude" | "jules" | "cursor" | "openhands" | "custom";

/** Where a session stands, in one vocabulary for every provider; `rawStatus` keeps the provider's own word. */
export type Status =
  | "queued"
  | "in-progress"
  | "needs-input"
  | "idle"
  | "completed"
  | "failed"
  | "timed-out"
  | "cancelled"
  | "unknown";

/** What a limit counts. Tokens are estimated, on the safe side. */
export type Unit = "utf16" | "characters" | "bytes" | "tokens";

/** One configured provider: its URLs, its token, its id. */
export interface ProviderConfig {
  kind: Kind;
  /** Names the connection; `kind` unless said. */
  id?: string;
  /** What a person reads; the provider's name unless said. */
  label?: string;
  /** Where the API lives, such as `https://api.github.com`. */
  baseUrl?: string;
  /** Where the agent-tasks paths live when that is not `baseUrl + "/agents"`. */
  agentsUrl?: string;
  /** A relay named for this connection; it is given the token. */
  relayUrl?: string;
  /** A function is asked each time a request needs a token, and its answer is never stored. */
  token?: string | (() => string | Promise<string>);
}

/** What a connection can do. */
export interface Capabilities {
  /** A message to a settled session. */
  followUp: boolean;
  /** A message to a running session. */
  steer: boolean;
  /** An answer to a question that the agent asked. */
  answer: boolean;
  cancel: boolean;
  archive: boolean;
  createPullRequest: boolean;
  /** Committing changes to a branch of their own before a start: see `preparePush`. */
  push: boolean;
  attachDiff: boolean;
  attachFiles: boolean;
  images: boolean;
  stream: "poll" | "sse" | "websocket";
}

/** A connection as the hub sees it now. */
export interface ProviderInfo {
  id: string;
  kind: Kind;
  label: string;
  state: "ready" | "unauthorized" | "unreachable" | "limited";
  /** Which of several ways to the provider is in use. */
  road?: string;
  /** One sentence a person should read about this connection. */
  note?: string;
  capabilities: Capabilities;
  limits: { prompt: { size: number; unit: Unit } };
}

/** One entry of a menu. */
export interface Choice {
  /** What `StartRequest` takes. */
  id: string;
  label: string;
  description?: string;
}

/** What a new session at one repository can be started with. */
export interface StartOptions {
  agents: Choice[];
  models: Choice[];
  branches: string[];
  defaultBranch: string;
  /** Sentences that a person should read before starting. */
  notes: string[];
}

/** A repository that a connection offers. */
export interface RepositoryChoice {
  /** `owner/name` */
  name: string;
  defaultBranch: string;
}

/** What to start, and where. */
export interface StartRequest {
  /** The connection's id. */
  provider: string;
  /** `owner/name` */
  repository: string;
  prompt: string;
  title?: string;
  /** The branch the work starts from; the repository's default branch unless said. */
  baseRef?: string;
  /** An existing branch to commit to. GitHub ignores it unless it has an open pull request against `baseRef`. */
  headRef?: string;
  agent?: string;
  model?: string;
  /** Always sent, because servers disagree about what leaving it out means; `false` unless said. */
  createPullRequest?: boolean;
  /**
   * What `preparePush` resolved with: it is committed to its branch first, and the session starts from there instead of
   * `baseRef`. The branch is removed again when the start is refused.
   */
  push?: PreparedPush;
  /**
   * A conversation to hand off; not structured-cloneable. A `prompt` beside it is sent as it is, such as the brief that the
   * person was shown; when that is empty, the brief is made of the bundle.
   */
  bundle?: Bundle;
}

/** Changes that are made ready to be committed to a branch of their own. Plain data; nothing has been sent yet. */
export interface PreparedPush {
  /** The branch that will be made. Nobody else makes one of that name. */
  branch: string;
  /** The commit that the changes were made from. */
  baseCommit: string;
  baseTree: string;
  /** The commit's message; it may be changed. */
  message: string;
  /** What is different in the commit. */
  files: PushedFile[];
  /** Secrets in what is added. While there are any, a start wants `secretsConfirmed`. */
  secrets: PushedSecret[];
  /** The person wants the secrets to be pushed as they are. */
  secretsConfirmed?: boolean;
}

/** One path in a commit: text, bytes in base64, an object that the repository has, or nothing any more. */
export interface PushedFile {
  path: string;
  /** Git's mode, such as `100755`. */
  mode: string;
  text?: string;
  bytes?: string;
  object?: string;
}

/** A secret in what would be pushed; it is never told itself. */
export interface PushedSecret {
  path: string;
  kind: string;
  count: number;
}

/** What a session made. */
export type Artifact =
  | {
      kind: "pull-request";
      /** The provider's own id of the pull request. */
      id: string;
      number?: number;
      url?: string;
      title?: string;
      state?: "open" | "closed" | "merged";
      draft?: boolean;
      additions?: number;
      deletions?: number;
      /** GitHub's reviewDecision in lower case with dashes, such as `changes-requested`. */
      review?: string;
      /** The state of the checks on the head commit in lower case, such as `success` or `pending`. */
      checks?: string;
      headRef?: string;
      baseRef?: string;
    }
  | { kind: "branch"; headRef: string; baseRef: string }
  | { kind: "unknown"; raw: unknown };

/** What a session has consumed. Only what the provider reports is there. */
export interface Usage {
  /** AI credits, rounded to one decimal. */
  aiCredits?: number;
  premiumRequests?: number;
}

/** A failure as data. */
export interface Failure {
  code: ErrorCode;
  message: string;
  /** What the person can do, in one sentence. */
  hint: string;
  provider?: string;
  status?: number;
  retryAfterMs?: number;
  requestId?: string;
}

/** One unit of agent work at one provider. */
export interface Session {
  /** Ours; it never changes, also while the start is still in the outbox. */
  id: string;
  /** The connection's id. */
  provider: string;
  kind: Kind;
  title: string;
  status: Status;
  /** The provider's own word for the status; `outbox` while the start is not confirmed. */
  rawStatus: string;
  repository?: string;
  baseRef?: string;
  headRef?: string;
  agent?: string;
  model?: string;
  createdAt: string;
  updatedAt: string;
  /** Where the provider shows this session to a person. */
  url?: string;
  artifacts: Artifact[];
  archived: boolean;
  read: boolean;
  /** Why this row may be out of date: the connection could not be read. */
  stale?: string;
  /** What the person should know before they go on, such as that the agent works without what was pushed for it. */
  warning?: string;
  usage?: Usage;
  error?: { message: string; hint?: string };
}

/** One request and its response. */
export interface Turn {
  id: string;
  request: { text: string };
  parts: Part[];
  state: "running" | "completed" | "failed" | "cancelled";
  startedAt?: string;
}

/** One piece of a response. */
export type Part =
  | { kind: "text"; id: string; text: string }
  | { kind: "reasoning"; id: string; text: string }
  | {
      kind: "tool";
      id: string;
      name: string;
      title?: string;
      input?: unknown;
      status: "running" | "completed" | "failed" | "unknown";
      output?: string;
      exitCode?: number;
    }
  | { kind: "diff"; id: string; path: string; diff: string }
  | { kind: "unknown"; id: string; raw: unknown };

/** Something the agent wants to know before it goes on. */
export interface Question {
  id: string;
  text: string;
  choices?: string[];
  /** Whether an answer in the person's own words is taken. */
  freeform: boolean;
}

/** The person's answer to a `Question`. */
export interface Answer {
  question: string;
  choice?: string;
  text?: string;
}

/** A session with its turns and open questions. */
export interface SessionDetail extends Session {
  turns: Turn[];
  questions: Question[];
}

/** What `follow()` yields. Turns and parts come again, whole, when they grow: the newest of an id replaces the older. */
export type SessionEvent =
  | { kind: "session"; session: Session }
  | { kind: "turn"; turn: Turn }
  | { kind: "part"; turn: string; part: Part }
  | { kind: "question"; question: Question }
  | { kind: "end"; session: Session };

/** What a session changed in one file. */
export interface FileChange {
  path: string;
  /** Where the file was before a rename. */
  previousPath?: string;
  status: "added" | "modified" | "removed" | "renamed";
  additions: number;
  deletions: number;
  /** Unified diff; missing for binary files and for what the provider found too large. */
  diff?: string;
}

export interface SessionFilter {
  /** Every word must appear in title, repository, agent, branch or status. */
  text?: string;
  status?: Status[];
  provider?: string[];
  repository?: string;
  /** `false` unless said: only what is not archived. */
  archived?: boolean;
  /** Only what waits for the person: needs input, failed, or finished and unread. */
  needsMe?: boolean;
  sort?: "updated" | "created";
  group?: "day" | "repository" | "status";
}

/** A snapshot of the list; rows are made only when asked for. */
export interface SessionList {
  readonly length: number;
  readonly counts: { status: Partial<Record<Status, number>>; provider: Record<string, number> };
  /** Rows `from` (included) to `to` (excluded). */
  rows(from: number, to: number): Session[];
}

/** What changed in the list. */
export interface SessionChange {
  kind: "added" | "changed" | "removed";
  id: string;
  /** Missing when the row is gone. */
  session?: Session;
  /** Set when the change wants the person: it finished, it failed, or it asks something. */
  attention?: "finished" | "failed" | "needs-input";
}

/** What one `refresh()` did. */
export interface RefreshReport {
  requests: number;
  notModified: number;
  bytes: number;
  /** How many rows are new, changed or gone. */
  changed: number;
  /** By connection; the rows of a failed connection stay, marked stale. */
  errors: Record<string, Failure>;
}

export type ErrorCode =
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "invalid"
  | "conflict"
  | "rate-limited"
  | "unsupported"
  | "unreadable-reply"
  | "network"
  | "timeout"
  | "too-large"
  | "storage"
  | "provider"
  | "corrupt";

/** A transactional key-value store that a host brings along instead of memory or IndexedDB. */
export interface Store {
  get(table: string, key: string): Promise<string | undefined>;
  /** Every entry of a table, by ascending key. */
  scan(table: string): Promise<[key: string, value: string][]>;
  /**
   * Applies all writes or none. When an entry of `expect` does not hold its value any more, nothing is written and the
   * answer is `false`.
   */
  commit(batch: {
    expect: { table: string; key: string; value: string | null }[];
    writes: { table: string; key: string; value: string | null }[];
  }): Promise<boolean>;
}
