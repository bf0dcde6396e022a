import type {
  Handoff,
  HandoffChoice,
  HandoffInput,
  HandoffTarget,
  Preview,
  PushPreview,
  PushTarget,
  ShownPush,
} from "@cloud-agents/view";
import type * as cloudAgents from "cloud-agents";
import {
  type BriefSection,
  type Bundle,
  type CloudAgents,
  CloudAgentsError,
  type Conversation,
  type ConversationSummary,
  type FileEdit,
  type PreparedPush,
  type Session,
  type Workspace,
} from "cloud-agents";
import { BUNDLE } from "./address.js";

/** The functions of the package that a handoff needs. */
export type HandoffFunctions = Pick<
  typeof cloudAgents,
  | "createBrief"
  | "createBundle"
  | "decodeBundle"
  | "encodeBundle"
  | "isBundle"
  | "isDiff"
  | "loadHandoff"
  | "loadReaders"
  | "readChanges"
  | "readConversation"
>;

/** What was opened: a conversation, somebody's bundle, or changes alone; the state around it, and what is ready to be pushed of it. */
interface Opened {
  conversation?: Conversation;
  bundle?: Bundle;
  workspace: Workspace;
  /** One name for each handoff: the brief that was read names it. */
  branch?: string;
  ready?: Ready;
  /** How often it was asked to make a push ready. */
  asked: number;
}

/** A push that is ready, and what it was made ready for. */
interface Ready {
  push: PreparedPush;
  target: PushTarget;
  leaveOut: string[];
}

/** What is told of changes without a conversation. */
const CHANGES_ALONE: ConversationSummary = {
  format: "diff",
  title: "Uncommitted changes",
  turns: 0,
  toolCalls: 0,
  edits: 0,
  skipped: 0,
};

/** Our own reader's name for a session's detail as JSON. */
const SESSION_FORMAT = "session";
/** Enough of a text to tell a bundle from a transcript. */
const LOOKED_AT = 4096;
const LONGEST_TITLE = 120;
/** Git writes a file as it is, whatever it is written in, unless it takes it for binary. */
const DIFF_ANEW =
  "Name the files in another encoding in .git/info/attributes, such as “*.txt -diff”, and make the diff anew with “git diff --binary HEAD”.";
const BUNDLE_ANEW = "Save the bundle once more, and choose the file as it was saved.";

/** The handoffs that are open on this page. Their conversations stay in the core; only previews leave it. */
export class Handoffs {
  readonly #opened = new Map<string, Opened>();
  #last = 0;

  constructor(
    private readonly core: CloudAgents,
    private readonly functions: HandoffFunctions,
    /** The tokens of the connections, which no brief and no bundle may hold. */
    private readonly tokens: () => string[],
  ) {}

  async open(input: HandoffInput): Promise<Handoff> {
    // Whoever only starts and follows sessions never loads it.
    await this.functions.loadHandoff();
    if (input.kind === "session") return this.#openSession(input.id);
    const content = input.kind === "file" ? input.bytes : input.text;
    const link = typeof content === "string" ? bundleIn(content) : undefined;
    if (link !== undefined) return this.#keepBundle(link);
    if (typeof content === "string" && /^\s*https?:\/\/\S+\s*$/.test(content)) {
      throw new CloudAgentsError({
        code: "invalid",
        message: "This link holds no handoff.",
        hint: "Copy the whole link, what stands behind #bundle= included, or paste the conversation itself.",
      });
    }
    const beginning =
      typeof content === "string"
        ? content.slice(0, LOOKED_AT)
        : decoderOf(content).decode(content.subarray(0, LOOKED_AT));
    if (this.functions.isBundle(beginning)) return this.#keepBundle(textOf(content, BUNDLE_ANEW));
    if (this.functions.isDiff(beginning)) {
      const changes = this.functions.readChanges(textOf(content, DIFF_ANEW));
      return this.#keep({ workspace: { ...EMPTY, changes }, asked: 0 }, "");
    }
    // Whoever hands over sessions, bundles and links never loads them.
    await this.functions.loadReaders();
    const conversation = this.functions.readConversation(content);
    return this.#keep({ conversation, workspace: conversation.workspace(), asked: 0 }, conversation.lastRequest());
  }

  preview(id: string, choice: HandoffChoice): Preview {
    const provider = this.core.providers().find((candidate) => candidate.id === choice.provider);
    if (!provider) throw missing("This connection was closed.", "Choose another provider.");
    const opened = this.#get(id);
    const pushed = choice.push?.branch;
    const { kind, limits } = provider;
    const going = goingOf(opened, choice.leaveOut);
    // A file that the person left out is not told by the edits of the conversation either.
    const none = going.length === 0 && opened.workspace.changes.length > 0;
    const drop: BriefSection[] = none ? [...choice.drop, "changes"] : choice.drop;
    return this.#with(id, choice, (bundle) => ({
      brief: this.functions.createBrief(bundle, { kind, limit: limits.prompt, drop, pushed }),
      // What is pushed goes out as it is.
      changes: pushed === undefined ? bundle.workspace().changes : going,
    }));
  }

  addChanges(id: string, diff: Uint8Array | string): FileEdit[] {
    const opened = this.#get(id);
    const added = this.functions.readChanges(textOf(diff, DIFF_ANEW));
    const paths = new Set(added.map(({ path }) => path));
    const others = opened.workspace.changes.filter(({ path }) => !paths.has(path));
    opened.workspace = { ...opened.workspace, changes: [...others, ...added] };
    // What was made ready is not all of it any more.
    expire(opened);
    return opened.workspace.changes;
  }

  async preparePush(id: string, target: PushTarget, leaveOut: string[]): Promise<PushPreview> {
    const opened = this.#get(id);
    const { bundle, branch } = opened;
    expire(opened);
    const { asked } = opened;
    const from = { changes: goingOf(opened, leaveOut), maskAlso: this.tokens(), ...(bundle && { bundle }) };
    const push = await this.core.preparePush({ ...target, ...from, ...(branch !== undefined && { branch }) });
    // Answers may overtake each other; an older one must not stand for what is shown.
    if (asked !== opened.asked) throw conflict("The changes were looked at once more meanwhile.");
    opened.branch = push.branch;
    opened.ready = { push, target, leaveOut };
    return { branch: push.branch, baseCommit: push.baseCommit, secrets: push.secrets };
  }

  async start(id: string, choice: HandoffChoice, target: HandoffTarget): Promise<Session> {
    // The brief is made once more of the same choice, so what is sent is what was shown.
    const prompt = this.preview(id, choice).brief.text;
    const push = choice.push && {
      push: { ...take(this.#get(id), choice.push, choice.leaveOut, target), secretsConfirmed: choice.confirmSecrets },
    };
    const bundle = this.#bundle(id, choice);
    try {
      const title = titleOf(bundle.intent().prompt);
      return await this.core.start({ ...target, prompt, title, bundle, ...push });
    } finally {
      bundle.free();
    }
  }

  export(id: string, choice: HandoffChoice, form: "json" | "link"): string {
    const text = this.#with(id, choice, (bundle) => this.functions.encodeBundle(bundle, form));
    return form === "json" ? text : `${location.origin}${location.pathname}${BUNDLE}${text}`;
  }

  close(id: string): void {
    const opened = this.#opened.get(id);
    this.#opened.delete(id);
    opened?.bundle?.free();
    opened?.conversation?.free();
  }

  async #openSession(id: string): Promise<Handoff> {
    const detail = await this.core.session(id);
    const conversation = this.functions.readConversation(JSON.stringify(detail), { format: SESSION_FORMAT });
    const workspace = conversation.workspace();
    // The next agent goes on where this one stopped. A branch that was only planned is nowhere to begin.
    const made = detail.artifacts.findLast((artifact) => artifact.kind !== "unknown" && artifact.headRef !== undefined);
    const branch = made && made.kind !== "unknown" ? made.headRef : detail.baseRef;
    if (branch !== undefined) workspace.branch = branch;
    if (detail.repository !== undefined) workspace.repository = detail.repository;
    return this.#keep({ conversation, workspace, asked: 0 }, conversation.lastRequest());
  }

  #keepBundle(text: string): Handoff {
    const bundle = this.functions.decodeBundle(text);
    return this.#keep({ bundle, workspace: bundle.workspace(), asked: 0 }, bundle.intent().prompt);
  }

  #keep(opened: Opened, prompt: string): Handoff {
    const id = `handoff-${++this.#last}`;
    this.#opened.set(id, opened);
    const { conversation, bundle, workspace } = opened;
    const summary = (bundle ?? conversation)?.summary() ?? CHANGES_ALONE;
    return { id, summary, prompt, workspace, foreign: bundle !== undefined };
  }

  #get(id: string): Opened {
    const opened = this.#opened.get(id);
    if (!opened) throw missing("This handoff was closed.", "Open it again.");
    return opened;
  }

  #with<T>(id: string, choice: HandoffChoice, use: (bundle: Bundle) => T): T {
    const bundle = this.#bundle(id, choice);
    try {
      return use(bundle);
    } finally {
      bundle.free();
    }
  }

  #bundle(id: string, { prompt, unmask, maskNames, leaveOut }: HandoffChoice): Bundle {
    const opened = this.#get(id);
    const { conversation, bundle } = opened;
    const workspace = { ...opened.workspace, changes: goingOf(opened, leaveOut) };
    const parts = { ...(conversation && { conversation }), ...(bundle && { bundle }), workspace };
    return this.functions.createBundle({ ...parts, intent: { prompt }, maskAlso: this.tokens(), unmask, maskNames });
  }
}

/** Nothing is known of the state around changes alone. */
const EMPTY: Workspace = {
  changes: [],
  failingTests: [],
  diagnostics: [],
  selections: [],
  terminals: [],
  openFiles: [],
  customAgents: [],
};

/** A link's bundle is all of it that is wanted, wherever the page of the link is. */
function bundleIn(text: string): string | undefined {
  return /^\s*(?:https?:\/\/\S*)?#?bundle=([\w.-]+)\s*$/.exec(text)?.[1];
}

/** The text of a file. What it is not written in would be replaced without a word, and pushed so. */
function textOf(content: Uint8Array | string, hint: string): string {
  if (typeof content === "string") return content;
  try {
    return decoderOf(content, { fatal: true }).decode(content);
  } catch {
    throw new CloudAgentsError({ code: "invalid", message: "The file is neither UTF-8 nor UTF-16.", hint });
  }
}

/** PowerShell writes what it redirects in UTF-16, and says so in front. */
function decoderOf([first, second]: Uint8Array, options: TextDecoderOptions = {}): TextDecoder {
  const wide =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  return new TextDecoder(wide, options);
}

/** The first line of a task whose secrets are masked, as the session is called. */
function titleOf(prompt: string): string {
  const line = prompt.trim().split("\n", 1)[0] ?? "";
  // Whole characters, and no half of a placeholder.
  const cut = Array.from(line).slice(0, LONGEST_TITLE).join("");
  return cut === line ? line : cut.replace(/‹[^›]*$/, "");
}

/** The changes that go along. */
function goingOf({ workspace }: Opened, leaveOut: string[]): FileEdit[] {
  return workspace.changes.filter(({ path }) => !leaveOut.includes(path));
}

/** Forgets what is ready, and what is being made ready. */
function expire(opened: Opened): void {
  opened.asked++;
  delete opened.ready;
}

/** Takes what is ready if it is what the person was shown, for the place that the start goes to. */
function take(
  opened: Opened,
  shown: ShownPush,
  leaveOut: string[],
  { provider, repository }: HandoffTarget,
): PreparedPush {
  const { ready } = opened;
  if (
    ready?.push.branch !== shown.branch ||
    ready.push.baseCommit !== shown.baseCommit ||
    ready.target.provider !== provider ||
    ready.target.repository !== repository ||
    ready.leaveOut.toSorted().join("\0") !== leaveOut.toSorted().join("\0")
  )
    throw conflict("What is ready to be pushed is not what was shown.");
  // A start that failed may still be taking its branch back: the next one makes another.
  expire(opened);
  delete opened.branch;
  return ready.push;
}

function conflict(message: string): CloudAgentsError {
  return new CloudAgentsError({
    code: "conflict",
    message,
    hint: "Look at what would be pushed now, then start again.",
  });
}

function missing(message: string, hint: string): CloudAgentsError {
  return new CloudAgentsError({ code: "not-found", message, hint });
}
