/**
 * The shapes of the handoff: a conversation and the state around it on their way to a provider. What is plain data here is
 * structured-cloneable; `Conversation` and `Bundle` are handles into the core.
 */
import type { Bundle as CoreBundle, Conversation as CoreConversation } from "./cloud_agents_handoff.js";
import * as core from "./cloud_agents_handoff.js";
import type { Conversation as ReadConversation } from "./cloud_agents_readers.js";
import * as readers from "./cloud_agents_readers.js";
import { needHandoff, needReaders, sync, written } from "./core.js";
import { CloudAgentsError } from "./error.js";
import type { Kind, PreparedPush, Unit } from "./types.js";

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

/** What a bundle is made of. */
export interface BundleParts {
  conversation?: Conversation;
  workspace?: Workspace;
  /** An opened bundle to make this one from: what the other parts do not say is as it is there. */
  bundle?: Bundle;
  intent: { prompt: string };
  /** More to mask wherever it appears, such as the connection's token: in JSON, addresses and base64 too, and never unmasked. */
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
  /**
   * The branch that the changes are pushed to with the start. The brief names it instead of repeating them; where it names the
   * commit, 40 letters stand until `start` has made it.
   */
  pushed?: string | undefined;
}

/** A conversation in the core's memory. It is borrowed by whatever takes it, and never consumed. */
export class Conversation {
  /** Made by `readConversation`. */
  constructor(place: unknown) {
    ofConversation.set(this, place as Place);
  }

  get #place(): Place {
    return known(ofConversation, this);
  }

  summary(): ConversationSummary {
    return parsed(() => this.#place.core.summary());
  }

  /** What the conversation itself tells of the state around it. */
  workspace(): Workspace {
    return whole(parsed(() => this.#place.core.workspace()));
  }

  /** The person's last request in their own words, what their tool put around them left out; empty when there is none. */
  lastRequest(): string {
    return sync(() => this.#place.core.lastRequest());
  }

  /** All of it, in the shape that a bundle has. */
  toJSON(): unknown {
    return parsed(() => this.#place.core.toJSON());
  }

  /** Gives its memory back. It must not be used any more. */
  free(): void {
    ofConversation.get(this)?.core.free();
    ofConversation.delete(this);
  }
}

/**
 * Which module's memory a conversation is in: that of the readers, until a bundle is made of it. It crosses then and not
 * before, because many are only looked at.
 */
class Place {
  constructor(public core: CoreConversation | ReadConversation) {}

  /** The conversation in the memory of the handoff, and nowhere else any more. */
  forHandoff(): CoreConversation {
    if ("handOut" in this.core) {
      const read = this.core;
      this.core = sync(() => core.takeIn(read.handOut()));
    }
    return this.core;
  }
}

/** A handoff with its secrets masked, in the core's memory. It is borrowed by whatever takes it, and never consumed. */
export class Bundle {
  /** Made by `createBundle` and `decodeBundle`. */
  constructor(core: unknown) {
    ofBundle.set(this, core as CoreBundle);
  }

  get #core(): CoreBundle {
    return known(ofBundle, this);
  }

  summary(): ConversationSummary {
    return parsed(() => this.#core.summary());
  }

  /** The state around it, what the conversation knows of it included. */
  workspace(): Workspace {
    return whole(parsed(() => this.#core.workspace()));
  }

  /** The secrets that are masked in it. */
  masked(): Masked[] {
    return parsed<{ masked?: Masked[] }>(() => this.#core.toJSON()).masked ?? [];
  }

  /** What the person wants. */
  intent(): { prompt: string } {
    return { prompt: sync(() => this.#core.prompt()) };
  }

  /** All of it, in the shape of `bundle.schema.json`. */
  toJSON(): unknown {
    return parsed(() => this.#core.toJSON());
  }

  /** Gives its memory back. It must not be used any more. */
  free(): void {
    ofBundle.get(this)?.free();
    ofBundle.delete(this);
  }
}

const ofConversation = new WeakMap<Conversation, Place>();
const ofBundle = new WeakMap<Bundle, CoreBundle>();

/**
 * Reads a conversation of any format, found by content unless it is named. `session` is our own: a `SessionDetail` as JSON; it
 * needs the handoff loaded, and all others the readers. Throws `invalid` when nothing was understood, `too-large` beyond 256 MB.
 */
export function readConversation(bytes: Uint8Array | string, options: { format?: string } = {}): Conversation {
  const { format } = options;
  const isSession = format === "session";
  if (isSession) needHandoff();
  else needReaders();
  const read = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return new Conversation(
    new Place(sync(() => (isSession ? core.readSession(read) : readers.readConversation(read, format)))),
  );
}

/** Whether a text is a bundle, told by its beginning: the first 4096 characters are enough. */
export function isBundle(text: string): boolean {
  needHandoff();
  return core.isBundle(text);
}

/** Whether a text is a unified diff, told by its beginning: the first 4096 characters are enough. */
export function isDiff(text: string): boolean {
  needHandoff();
  return core.isDiff(text);
}

/**
 * Reads a unified diff, such as the output of `git diff --binary HEAD`, as the `changes` of a workspace. Text around it is left out.
 * Throws `invalid` when there is none, and names the line where one is broken.
 */
export function readChanges(diff: string): FileEdit[] {
  needHandoff();
  return whole(parsed(() => core.readChanges(diff))).changes;
}

/** Applies changes to the files that they were made from: what a commit is to hold. For `CloudAgents.preparePush`. */
export function applyChanges(
  changes: FileEdit[],
  base: unknown,
  masking: { maskAlso: string[] | undefined; placeholders: string[] | undefined },
): Pick<PreparedPush, "files" | "secrets"> {
  needHandoff();
  const given = written({ changes: written({ changes }), base: written(base as object), ...masking });
  return parsed(() => core.preparePush(given));
}

/** Masks the secrets of its parts, and packs them. */
export function createBundle(parts: BundleParts): Bundle {
  needHandoff();
  const { workspace, intent, maskAlso, unmask, maskNames } = parts;
  if (typeof intent?.prompt !== "string") {
    throw new CloudAgentsError({
      code: "invalid",
      message: "A bundle needs what the person wants.",
      hint: 'Give it as the intent: createBundle({ intent: { prompt: "…" } }).',
    });
  }
  const around = workspace && written(workspace);
  const given = written({ prompt: intent.prompt, workspace: around, maskAlso, unmask, maskNames });
  const from =
    (parts.conversation && known(ofConversation, parts.conversation).forHandoff()) ??
    (parts.bundle && known(ofBundle, parts.bundle));
  return new Bundle(sync(() => (from ? from.bundle(given) : core.bundleOf(given))));
}

/**
 * `json` for a file, `link` for what stands in a URL's fragment: base64url without the address. Throws `too-large` when the
 * bundle is longer than browsers carry in a link.
 */
export function encodeBundle(bundle: Bundle, form: "json" | "link"): string {
  const from = known(ofBundle, bundle);
  return sync(() => (form === "link" ? from.link() : from.toJSON())) as string;
}

/**
 * Opens a bundle in either form. Throws `invalid` for what is none, `unsupported` for one of another major version, `corrupt`
 * for a damaged one, `too-large` when it unpacks to more than is allowed.
 */
export function decodeBundle(text: string): Bundle {
  needHandoff();
  return new Bundle(sync(() => core.decodeBundle(text)));
}

/** Renders the prompt within a limit. Throws `too-large` when the task alone exceeds it. */
export function createBrief(bundle: Bundle, options: BriefOptions): Brief {
  const { kind, limit, drop, pushed } = options;
  const given = written({ kind, size: limit && String(limit.size), unit: limit?.unit, drop, pushed });
  return parsed(() => known(ofBundle, bundle).brief(given));
}

function known<H extends object, C>(handles: WeakMap<H, C>, handle: H): C {
  const found = handles.get(handle);
  if (found) return found;
  throw new CloudAgentsError({
    code: "invalid",
    message: "This is no conversation and no bundle of this package, or its memory was given back.",
    hint: "Make it with readConversation, createBundle or decodeBundle of the same copy of the package, and free it last.",
  });
}

function parsed<T>(call: () => unknown): T {
  return JSON.parse(sync(call) as string) as T;
}

/** The core leaves out what is empty. */
function whole(told: Partial<Workspace>): Workspace {
  const changes = (told.changes ?? []).map((edit) => ({
    ...edit,
    change: edit.change ?? "modified",
    diff: edit.diff ?? "",
  }));
  const rest = { failingTests: [], diagnostics: [], selections: [], terminals: [], openFiles: [], customAgents: [] };
  return { ...rest, ...told, changes };
}
