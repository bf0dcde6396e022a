import type { Brief, BriefSection, Failure, FileChange, FileEdit, Masked, ProviderInfo, Session } from "cloud-agents";
import { asFailure } from "../failure.js";
import type { Handoff, HandoffChoice, HandoffInput, SessionSource } from "../source.js";
import { formatNumber, unitName } from "../text/count.js";
import { fileChangeOf, fileNameOf, summaryWords } from "../text/handoff.js";
import { saveText } from "../text/saving.js";
import { ChangesForm } from "./changes-form.js";
import { bytesOf } from "./file-bytes.js";
import { isRepositoryName, StartForm } from "./start-form.js";
import { whereaboutsOf } from "./whereabouts.js";

/** A person who types is not interrupted by a new preview at each letter. */
const PREVIEW_DELAY_MS = 250;
/** More than any tool writes in one conversation, and less than what takes a tab down. */
const MOST_BYTES = 256 * 1024 * 1024;

const LISTED = new Intl.ListFormat("en");

/** A longer text than this is not drawn in the box: that would take longer than reading it. */
const MOST_PASTED = 200_000;

/** A handoff from what was dropped to what is sent. It outlives its pane on the page, so that going back loses nothing. */
export class HandoffForm {
  /** Where it goes. */
  readonly target = new StartForm();
  /** What stands in the box for pasted text. */
  pasted = "";
  /** What is being read now, in words. */
  reading = "";
  readFailure: Failure | undefined;
  handoff: Handoff | undefined;
  /** What is not committed, and what becomes of it. */
  readonly changes = new ChangesForm();
  /** What is not committed as it goes out, for the diff view; and what was left out of it, as it was. */
  files: FileChange[] = [];
  /** What each of those files is called where nothing is masked. */
  paths: string[] = [];
  prompt = "";
  maskNames = false;
  readonly unmask = new Set<string>();
  readonly drop = new Set<BriefSection>();
  /** The person takes somebody else's words as their own. */
  accepted = false;
  brief: Brief | undefined;
  previewFailure: Failure | undefined;
  starting = false;
  startFailure: Failure | undefined;
  exporting: "json" | "link" | "" = "";
  exportFailure: { headline: string; failure: Failure } | undefined;
  /** The link, where the browser did not let it be copied. */
  link = "";
  /** Called when there is something new to draw. */
  onChange: () => void = () => {};
  /** Called with what a person who cannot see the page should hear. */
  onAnnounce: (text: string) => void = () => {};
  /** Called with the session that was started. */
  onStarted: (session: Session) => void = () => {};
  /** What was done last, such as "Link copied."; until something else is. */
  done = "";
  #refusedTarget = "";
  #source: SessionSource | undefined;
  #waiting: { input: HandoffInput; from?: string } | undefined;
  #secrets = new Map<string, Masked>();
  /** What the brief was made of, and what is being made now, as text that can be compared. */
  #shown = "";
  #asked = "";
  #opening = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.target.onChange = () => {
      // What was refused was another start.
      const target = JSON.stringify(this.target.draft);
      if (target !== this.#refusedTarget) this.startFailure = undefined;
      this.#settle();
    };
    this.changes.onChange = () => this.#settle();
    this.changes.onAnnounce = (text) => this.onAnnounce(text);
  }

  /** Takes the connections as they are now; what waited to be read is read. */
  offer(source: SessionSource, providers: ProviderInfo[]): void {
    this.#source = source;
    this.target.offer(source, providers);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) void this.open(waiting.input, waiting.from);
    this.#settle();
  }

  /** Every secret that was found, the ones that are sent in clear included. */
  get secrets(): Masked[] {
    return [...this.#secrets.values()];
  }

  /** Whether what is shown is what would be sent. */
  get current(): boolean {
    return this.brief !== undefined && this.#shown === this.#key();
  }

  /** Why nothing can be started now; empty when it can. */
  get notYet(): string {
    if (this.target.settling) return `Reading what ${this.target.provider?.label ?? "the provider"} offers…`;
    return this.#refused;
  }

  /** What the person should look at before they start; empty when everything was told by the conversation. */
  get toCheck(): string {
    const { repositoryNote, branchNote, commitsNote } = this.target;
    const doubtful = [
      repositoryNote && "the repository",
      branchNote && "the base branch",
      commitsNote && "the commits that were not pushed",
    ].filter(Boolean);
    return doubtful.length > 0 ? `Check ${LISTED.format(doubtful)}.` : "";
  }

  /** That the task alone exceeds the provider's limit, in words; empty when it fits. */
  get tooLarge(): string {
    const failure = this.previewFailure;
    return failure?.code === "too-large" ? `${failure.message} ${failure.hint}` : "";
  }

  /** Takes several files: a conversation, and diffs of what is not committed. */
  async openFiles(files: File[]): Promise<void> {
    const isDiff = ({ name }: File) => /\.(diff|patch)$/i.test(name);
    const [first, ...others] = files.filter((file) => !isDiff(file));
    const diffs = files.filter(isDiff);
    const opened = first ?? diffs.shift();
    const { handoff } = this;
    if (opened) await this.openFile(opened);
    // When that could not be read, what was open before is no place for the rest.
    if (!this.handoff || this.handoff === handoff) return;
    await this.changes.addFiles(diffs);
    if (others.length > 0) this.onAnnounce("Only the first conversation was read: hand off one at a time.");
  }

  /** Takes a file, after a look at how large it is. */
  async openFile(file: File): Promise<void> {
    this.reading = file.name;
    this.readFailure = undefined;
    this.onChange();
    if (file.size > MOST_BYTES) {
      this.#cannotRead({
        code: "too-large",
        message: `${file.name} is too large: ${formatNumber(file.size)} of at most ${formatNumber(MOST_BYTES)} bytes.`,
        hint: "Save the part of the conversation that matters into a smaller file.",
      });
      return;
    }
    const opening = ++this.#opening;
    try {
      const bytes = await bytesOf(file);
      if (opening === this.#opening) await this.open({ kind: "file", name: file.name, bytes });
    } catch (reason) {
      if (opening === this.#opening) this.#cannotRead(asFailure(reason));
    }
  }

  setPasted(pasted: string): void {
    // An event that changed nothing but the end of the text says nothing new about why it was not read.
    if (pasted.trim() !== this.pasted.trim()) this.readFailure = undefined;
    this.pasted = pasted;
    this.onChange();
  }

  /** Takes pasted text, which stays in its box until it has been read. */
  async openText(text: string): Promise<void> {
    this.pasted = text.length <= MOST_PASTED ? text : "";
    await this.open({ kind: "text", text });
  }

  /** Reads what is handed off; `from` is the provider of a session that goes elsewhere. */
  async open(input: HandoffInput, from?: string): Promise<void> {
    const opening = ++this.#opening;
    this.reading = input.kind === "file" ? input.name : input.kind === "text" ? "the pasted text" : "the session";
    this.readFailure = undefined;
    if (!this.#source) {
      this.#waiting = from === undefined ? { input } : { input, from };
      this.onChange();
      return;
    }
    this.onAnnounce(`Reading ${this.reading}…`);
    this.onChange();
    try {
      const handoff = await this.#source.openHandoff(input);
      if (opening !== this.#opening) {
        void this.#source.closeHandoff(handoff.id).catch(() => undefined);
        return;
      }
      this.close();
      this.reading = "";
      this.pasted = "";
      this.handoff = handoff;
      this.changes.begin(handoff.id, handoff.workspace.changes);
      this.#draw(handoff.workspace.changes);
      this.prompt = handoff.prompt;
      this.target.begin(whereaboutsOf(handoff.workspace), from);
      // Nothing more is heard before there is a cloud to make a brief for.
      this.onAnnounce(`Read: ${summaryWords(handoff.summary)}. ${this.target.provider ? "" : this.#heldUp}`.trim());
      this.#settle();
      void this.#preview();
    } catch (reason) {
      if (opening === this.#opening) this.#cannotRead(asFailure(reason));
    }
    this.onChange();
  }

  /** Puts the opened handoff away, and all that was decided about it. */
  close(): void {
    clearTimeout(this.#timer);
    const { handoff } = this;
    if (handoff) void this.#source?.closeHandoff(handoff.id).catch(() => undefined);
    this.handoff = undefined;
    this.brief = undefined;
    this.files = [];
    this.paths = [];
    this.changes.close();
    this.prompt = "";
    this.accepted = false;
    this.maskNames = false;
    this.unmask.clear();
    this.drop.clear();
    this.#secrets.clear();
    this.#shown = "";
    this.#asked = "";
    this.previewFailure = undefined;
    this.startFailure = undefined;
    this.exportFailure = undefined;
    this.done = "";
    this.link = "";
    this.onChange();
  }

  setPrompt(prompt: string): void {
    this.prompt = prompt;
    this.#decided();
  }

  setAccepted(accepted: boolean): void {
    this.accepted = accepted;
    this.onChange();
  }

  setMaskNames(maskNames: boolean): void {
    this.maskNames = maskNames;
    this.#decided();
  }

  setUnmasked(placeholder: string, unmasked: boolean): void {
    if (unmasked) this.unmask.add(placeholder);
    else this.unmask.delete(placeholder);
    this.#decided();
  }

  setDropped(section: BriefSection, dropped: boolean): void {
    if (dropped) this.drop.add(section);
    else this.drop.delete(section);
    this.#decided();
  }

  retryPreview(): void {
    this.#asked = "";
    this.previewFailure = undefined;
    this.#previewSoon();
    this.onChange();
  }

  /** Starts what is shown. When it is refused everything stays as it was. */
  async start(): Promise<void> {
    const { handoff } = this;
    if (!this.#source || !handoff || this.starting || this.#refused) return;
    this.starting = true;
    this.startFailure = undefined;
    this.onAnnounce("Starting…");
    this.onChange();
    try {
      const choice = this.#choice();
      const { prompt: _prompt, ...target } = await this.target.request();
      const session = await this.#source.startHandoff(handoff.id, choice, target);
      // Whoever opened something else meanwhile keeps that.
      if (this.handoff !== handoff) return;
      this.onStarted(session);
      this.close();
    } catch (reason) {
      if (this.handoff !== handoff) return;
      this.startFailure = asFailure(reason);
      this.changes.renew();
    } finally {
      this.starting = false;
      this.onChange();
    }
  }

  /** Whether the repository that is entered can be one. */
  get hasRepository(): boolean {
    return isRepositoryName(this.target.draft.repository);
  }

  dismissExport(): void {
    this.exportFailure = undefined;
    this.onChange();
  }

  async saveBundle(): Promise<void> {
    const { handoff } = this;
    const text = await this.#export("json", "The bundle could not be saved");
    if (text === undefined || !handoff) return;
    saveText(fileNameOf(handoff.summary.title), text);
    this.#did("Bundle saved");
  }

  async copyLink(): Promise<void> {
    this.link = "";
    const link = await this.#export("link", "No link could be made");
    if (link === undefined) return;
    try {
      await navigator.clipboard.writeText(link);
      this.#did("Link copied");
    } catch {
      // Without the permission the person copies it by hand.
      this.link = link;
      this.onAnnounce("The link is ready to be copied");
      this.onChange();
    }
  }

  #did(what: string): void {
    this.done = `${what}.`;
    this.onAnnounce(what);
    this.onChange();
  }

  async #export(form: "json" | "link", headline: string): Promise<string | undefined> {
    if (!this.#source || !this.handoff || this.exporting) return undefined;
    this.exporting = form;
    this.done = "";
    this.exportFailure = undefined;
    this.onChange();
    try {
      return await this.#source.exportHandoff(this.handoff.id, this.#choice(), form);
    } catch (reason) {
      this.exportFailure = { headline, failure: asFailure(reason) };
      return undefined;
    } finally {
      this.exporting = "";
      this.onChange();
    }
  }

  /** Whoever left the repository's field for the button set off another reading; that is waited for and refuses nothing. */
  get #refused(): string {
    return this.#heldUp || this.changes.notYet || (this.current ? "" : "The preview is being made…");
  }

  /** Why nothing can be started until the person decides something. */
  get #heldUp(): string {
    if (this.handoff?.foreign && !this.accepted) return "Read and accept what others wrote first.";
    if (this.tooLarge) return "The prompt is too long.";
    if (this.previewFailure) return "There is nothing to send until the preview works.";
    if (!this.target.provider) return "Connect a cloud first.";
    return this.changes.heldUp;
  }

  #cannotRead(failure: Failure): void {
    this.#opening++;
    this.reading = "";
    this.readFailure = failure;
    this.onChange();
  }

  #decided(): void {
    this.done = "";
    this.startFailure = undefined;
    this.exportFailure = undefined;
    this.link = "";
    this.#previewSoon();
    this.onChange();
  }

  #choice(): HandoffChoice {
    const push = this.changes.shown;
    return {
      prompt: this.prompt.trim(),
      provider: this.target.draft.provider,
      unmask: [...this.unmask],
      maskNames: this.maskNames,
      drop: this.changes.way === "none" ? [...this.drop, "changes"] : [...this.drop],
      leaveOut: this.changes.leaveOut,
      ...(push && { push }),
      confirmSecrets: this.changes.confirmed,
    };
  }

  #key(): string {
    if (!this.handoff) return "";
    // What is added to the changes does not show in the choice.
    return JSON.stringify([this.handoff.id, this.#choice(), this.changes.revision]);
  }

  /** Takes what goes out for the diff view. What is left out stays in its place, to be taken back. */
  #draw(out: FileEdit[]): void {
    const { files, leftOut } = this.changes;
    const before = new Map(this.paths.map((path, index) => [path, this.files[index]]));
    // A path may hold what is masked: which file is which is told by their order alone.
    const going = out.map(fileChangeOf);
    const drawn = files.flatMap((edit) => {
      const file = leftOut.has(edit.path) ? (before.get(edit.path) ?? fileChangeOf(edit)) : going.shift();
      return file ? [{ path: edit.path, file }] : [];
    });
    this.paths = drawn.map(({ path }) => path);
    this.files = drawn.map(({ file }) => file);
  }

  /** Something changed that others depend on. */
  #settle(): void {
    const { target, handoff } = this;
    if (this.#source && handoff) {
      this.changes.offer(this.#source, {
        provider: target.draft.provider,
        repository: target.draft.repository.trim(),
        from: this.#madeFrom(handoff),
        canPush: target.provider?.capabilities.push === true && this.hasRepository,
        settling: target.settling,
      });
    }
    this.#previewSoon();
    this.onChange();
  }

  /** What the changes were made from: what the person chose counts first, and nobody else chooses a commit for them. */
  #madeFrom({ foreign, workspace }: Handoff): string {
    const branch = this.target.baseRef || this.target.defaultBranch;
    const chosen = foreign || this.target.draft.baseRef !== undefined;
    return chosen ? branch : (workspace.baseCommit ?? branch);
  }

  #previewSoon(): void {
    if (!this.#source || !this.handoff || !this.target.provider || this.#asked === this.#key()) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#preview(), PREVIEW_DELAY_MS);
  }

  async #preview(): Promise<void> {
    clearTimeout(this.#timer);
    const key = this.#key();
    if (!this.#source || !this.handoff || !this.target.provider || this.#asked === key) return;
    this.#asked = key;
    try {
      const { brief, changes } = await this.#source.previewHandoff(this.handoff.id, this.#choice());
      if (this.#asked !== key) return;
      const first = this.brief === undefined;
      this.brief = brief;
      this.#draw(changes);
      this.#shown = key;
      const again = this.previewFailure !== undefined;
      this.previewFailure = undefined;
      if (again || first) this.onAnnounce(`Preview ready: ${sizeWords(brief)}. ${this.#heldUp}`.trim());
      // A secret that is sent in clear is masked no longer, and must stay in the list to be taken back.
      for (const secret of brief.masked) this.#secrets.set(secret.placeholder, secret);
      const masked = new Set(brief.masked.map(({ placeholder }) => placeholder));
      for (const placeholder of this.#secrets.keys())
        if (!masked.has(placeholder) && !this.unmask.has(placeholder)) this.#secrets.delete(placeholder);
    } catch (reason) {
      if (this.#asked !== key) return;
      this.previewFailure = asFailure(reason);
    }
    this.onChange();
  }
}

/** "29,120 of 30,000 characters". */
export function sizeWords({ size, limit }: Brief): string {
  return `${formatNumber(size)} of ${formatNumber(limit.size)} ${unitName(limit.unit)}`;
}
