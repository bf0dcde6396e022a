/**
 * The shapes of the handoff: a conversation and the state around it on their way to a provider. What is plain data here is
 * structured-cloneable; `Conversation` and `Bundle` are handles into the core.
 */
import type { Kind, Unit } from "./types.js";

/** What was read, in numbers. */
export interface ConversationSummary {
  /** Which tool wrote it, such as `claude-code`. */
  format: string;
  title?: string;
  turns: number;
  toolCalls: number;
  edits: number;
  /** Lines and items that could not be read; they cost themselves only. */
  skipped: number;
}

/** One file as it was changed, as a unified diff. */
export interface FileEdit {
  path: string;
  /** Where the file was before a rename. */
  from?: string;
  change: "modified" | "added" | "deleted" | "renamed";
  diff: string;
}

/** The state around a conversation. Everything may be unknown: a pasted chat tells nothing of it. */
export interface Workspace {
  /** `owner/name`, or the address of the git repository. */
  repository?: string;
  /** The folder on the person's machine. */
  folder?: string;
  /** The branch that the person works on. */
  branch?: string;
  /** The commit on the remote that the branch stands on. */
  baseCommit?: string;
  /** The commit that is checked out. */
  headCommit?: string;
  /** Changes that are not committed. */
  changes: FileEdit[];
  failingTests: { name: string; path?: string; output: string }[];
  diagnostics: { path: string; line?: number; severity: string; message: string }[];
  selections: { path: string; line?: number; text: string }[];
  terminals: { name: string; text: string }[];
  openFiles: string[];
  customAgents: string[];
}

/** A secret that is masked wherever it appears; its original is never told. */
export interface Masked {
  /** What stands in its place, such as `‹GitHub token 1›`. */
  placeholder: string;
  kind: string;
  count: number;
}

/** Something of the conversation, and what became of it in the brief. */
export interface BriefItem {
  item: string;
  why: string;
}

/** The prompt as it is sent, and what is in it. */
export interface Brief {
  text: string;
  /** How long `text` is, in the unit of the limit. */
  size: number;
  limit: { size: number; unit: Unit };
  kept: BriefItem[];
  shortened: BriefItem[];
  omitted: BriefItem[];
  masked: Masked[];
}

/** A part of the brief that a person can leave out. The task itself always goes. */
export type BriefSection =
  | "constraints"
  | "plan"
  | "state"
  | "changes"
  | "failing"
  | "tried"
  | "files"
  | "last-turns"
  | "older-turns";

/** A conversation in the core's memory. It is borrowed by whatever takes it, and never consumed. */
export interface Conversation {
  summary(): ConversationSummary;
  /** What the conversation itself tells of the state around it. */
  workspace(): Workspace;
  /** The person's last request in their own words, scaffolding left out; empty when there is none. */
  lastRequest(): string;
  toJSON(): unknown;
  free(): void;
}

/** A handoff with its secrets masked, in the core's memory. It is borrowed by whatever takes it, and never consumed. */
export interface Bundle {
  summary(): ConversationSummary;
  workspace(): Workspace;
  intent(): { prompt: string };
  toJSON(): unknown;
  free(): void;
}

/** What a bundle is made of. */
export interface BundleParts {
  conversation?: Conversation;
  workspace?: Workspace;
  /** An opened bundle to make this one from: what the other parts do not say is as it is there. */
  bundle?: Bundle;
  intent: { prompt: string };
  /** More to mask wherever it appears, such as the connection's token. */
  maskAlso?: string[];
  /** Placeholders whose originals stay in clear. */
  unmask?: string[];
  /** Mask home folders and e-mail addresses too. */
  maskNames?: boolean;
}

/** What a brief is made for. */
export interface BriefOptions {
  /** Takes the limit that this kind of provider has. */
  kind?: Kind;
  limit?: { size: number; unit: Unit };
  /** Sections to leave out. */
  drop?: BriefSection[];
}

/**
 * Reads a conversation of any format, found by content unless it is named. `session` is our own: a `SessionDetail` as JSON.
 * Throws `invalid` when nothing was understood.
 */
export type ReadConversation = (bytes: Uint8Array | string, options?: { format?: string }) => Conversation;

/** Whether a text is a bundle as JSON, told by its beginning: the first 4096 bytes are enough. */
export type IsBundle = (text: string) => boolean;

/** Masks the secrets of its parts, and packs them. */
export type CreateBundle = (parts: BundleParts) => Bundle;

/**
 * `json` for a file, `link` for what stands in a URL's fragment: base64url without the address. Throws `too-large` when the
 * bundle is longer than browsers carry in a link.
 */
export type EncodeBundle = (bundle: Bundle, form: "json" | "link") => string;

/** Opens a bundle in either form. Throws `corrupt`, or `too-large` when it unpacks to more than is allowed. */
export type DecodeBundle = (text: string) => Bundle;

/** Renders the prompt within a limit. Throws `too-large` when the task alone exceeds it. */
export type CreateBrief = (bundle: Bundle, options: BriefOptions) => Brief;

/** The functions of the package that a handoff needs. */
export interface HandoffFunctions {
  readConversation: ReadConversation;
  isBundle: IsBundle;
  createBundle: CreateBundle;
  encodeBundle: EncodeBundle;
  decodeBundle: DecodeBundle;
  createBrief: CreateBrief;
}
