import type { Handoff, HandoffChoice, HandoffInput, HandoffTarget } from "@cloud-agents/view";
import type * as cloudAgents from "cloud-agents";
import {
  type Brief,
  type Bundle,
  type CloudAgents,
  CloudAgentsError,
  type Conversation,
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
  | "loadHandoff"
  | "loadReaders"
  | "readConversation"
>;

/** What was opened: a conversation with the state around it, or somebody's bundle. */
type Opened = { conversation: Conversation; workspace: Workspace } | { bundle: Bundle };

/** Our own reader's name for a session's detail as JSON. */
const SESSION_FORMAT = "session";
/** Enough of a text to tell a bundle from a transcript. */
const LOOKED_AT = 4096;
const LONGEST_TITLE = 120;

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
      typeof content === "string" ? content.slice(0, LOOKED_AT) : textOf(content.subarray(0, LOOKED_AT));
    if (this.functions.isBundle(beginning))
      return this.#keepBundle(typeof content === "string" ? content : textOf(content));
    // Whoever hands over sessions, bundles and links never loads them.
    await this.functions.loadReaders();
    const conversation = this.functions.readConversation(content);
    return this.#keep({ conversation, workspace: conversation.workspace() }, conversation.lastRequest());
  }

  preview(id: string, choice: HandoffChoice): Brief {
    const provider = this.core.providers().find((candidate) => candidate.id === choice.provider);
    if (!provider) throw missing("This connection was closed.", "Choose another provider.");
    return this.#with(id, choice, (bundle) =>
      this.functions.createBrief(bundle, { kind: provider.kind, limit: provider.limits.prompt, drop: choice.drop }),
    );
  }

  async start(id: string, choice: HandoffChoice, target: HandoffTarget): Promise<Session> {
    // The brief is made once more of the same choice, so what is sent is what was shown.
    const { text } = this.preview(id, choice);
    const bundle = this.#bundle(id, choice);
    try {
      return await this.core.start({ ...target, prompt: text, title: titleOf(bundle.intent().prompt), bundle });
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
    if (!opened) return;
    if ("bundle" in opened) opened.bundle.free();
    else opened.conversation.free();
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
    return this.#keep({ conversation, workspace }, conversation.lastRequest());
  }

  #keepBundle(text: string): Handoff {
    const bundle = this.functions.decodeBundle(text);
    return this.#keep({ bundle }, bundle.intent().prompt);
  }

  #keep(opened: Opened, prompt: string): Handoff {
    const id = `handoff-${++this.#last}`;
    this.#opened.set(id, opened);
    const foreign = "bundle" in opened;
    return {
      id,
      summary: (foreign ? opened.bundle : opened.conversation).summary(),
      prompt,
      workspace: foreign ? opened.bundle.workspace() : opened.workspace,
      foreign,
    };
  }

  #with<T>(id: string, choice: HandoffChoice, use: (bundle: Bundle) => T): T {
    const bundle = this.#bundle(id, choice);
    try {
      return use(bundle);
    } finally {
      bundle.free();
    }
  }

  #bundle(id: string, { prompt, unmask, maskNames }: HandoffChoice): Bundle {
    const opened = this.#opened.get(id);
    if (!opened) throw missing("This handoff was closed.", "Open it again.");
    return this.functions.createBundle({ ...opened, intent: { prompt }, maskAlso: this.tokens(), unmask, maskNames });
  }
}

/** A link's bundle is all of it that is wanted, wherever the page of the link is. */
function bundleIn(text: string): string | undefined {
  return /^\s*(?:https?:\/\/\S*)?#?bundle=([\w.-]+)\s*$/.exec(text)?.[1];
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The first line of a task whose secrets are masked, as the session is called. */
function titleOf(prompt: string): string {
  return (prompt.trim().split("\n", 1)[0] ?? "").slice(0, LONGEST_TITLE);
}

function missing(message: string, hint: string): CloudAgentsError {
  return new CloudAgentsError({ code: "not-found", message, hint });
}
