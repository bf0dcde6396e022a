import type { Failure, FileEdit } from "cloud-agents";
import { asFailure } from "../failure.js";
import type { PushPreview, PushTarget, SessionSource, ShownPush } from "../source.js";
import { formatNumber } from "../text/count.js";
import { bytesOf } from "./file-bytes.js";

/** How uncommitted changes go along: on a branch of their own, in the brief, or not at all. */
export type ChangesWay = "push" | "brief" | "none";

/** Where changes would be pushed to, as far as the rest of the form knows. */
export interface ChangesTarget extends Omit<PushTarget, "from"> {
  /** The commit that they were made from, or the branch that the work starts from; empty when neither is known. */
  from: string;
  /** Whether the provider takes branches. */
  canPush: boolean;
  /** Whether any of that may still change by itself. */
  settling: boolean;
}

/** A person who types is not interrupted by a new reading at each letter. */
const READING_DELAY_MS = 300;
/** A diff of more than this takes longer to draw than anybody reads it. */
const MOST_BYTES = 32 * 1024 * 1024;

/** What becomes of changes that cannot be pushed, unless the person says otherwise. */
export const INTO_THE_BRIEF = "The changes cannot be pushed, so they go into the brief";

/** The uncommitted changes of one handoff, and what becomes of them. */
export class ChangesForm {
  files: FileEdit[] = [];
  /** Grows with each change of the files: contents of equal length are told apart by nothing else that is short. */
  revision = 0;
  /** Paths of the files that do not go along. */
  readonly leftOut = new Set<string>();
  way: ChangesWay = "push";
  /** What would be pushed, when it has been looked at. */
  prepared: PushPreview | undefined;
  /** Why nothing can be pushed. */
  failure: Failure | undefined;
  /** The person wants the secrets in them pushed. */
  confirmed = false;
  /** What stands in the box for a diff. */
  pasted = "";
  adding = false;
  addFailure: Failure | undefined;
  onChange: () => void = () => {};
  onAnnounce: (text: string) => void = () => {};
  #byPerson = false;
  #source: SessionSource | undefined;
  #handoff = "";
  #target: ChangesTarget | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** What is being looked at, or was last, as text that can be compared. */
  #asked = "";
  /** Tells the last look from those before it, which may have asked the same. */
  #looks = 0;

  /** Whether any file goes along. */
  get goes(): boolean {
    return this.files.some(({ path }) => !this.leftOut.has(path));
  }

  /** The paths that are left out, in the order of the files. */
  get leaveOut(): string[] {
    return this.files.map(({ path }) => path).filter((path) => this.leftOut.has(path));
  }

  /** Whether they are pushed with the start. */
  get pushes(): boolean {
    return this.goes && this.way === "push" && this.prepared !== undefined && this.#asked === this.#key();
  }

  /** What is shown of what would be pushed; nothing unless it is pushed. */
  get shown(): ShownPush | undefined {
    if (!this.pushes || !this.prepared) return undefined;
    const { branch, baseCommit } = this.prepared;
    return { branch, baseCommit };
  }

  get canPush(): boolean {
    return this.#target?.canPush === true;
  }

  /** Why nothing can be started now; empty when it can. */
  get notYet(): string {
    if (this.adding) return "Reading the diff…";
    if (!this.goes || this.way !== "push") return "";
    return this.heldUp || (this.pushes ? "" : "Looking whether the changes can be pushed…");
  }

  /** Why nothing can be started until the person decides something; empty when it can, or when it only takes time. */
  get heldUp(): string {
    if (!this.goes || this.way !== "push") return "";
    if (this.failure) return "The changes cannot be pushed: choose another way for them.";
    return this.pushes && this.secrets.length > 0 && !this.confirmed ? "Confirm the secrets in the changes first." : "";
  }

  get secrets(): PushPreview["secrets"] {
    return this.prepared?.secrets ?? [];
  }

  /** Begins with the changes of a handoff that was opened. */
  begin(handoff: string, files: FileEdit[]): void {
    this.close();
    this.#handoff = handoff;
    this.#hold(files);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.files = [];
    this.leftOut.clear();
    this.way = "push";
    this.#byPerson = false;
    this.#handoff = "";
    this.pasted = "";
    this.addFailure = undefined;
    this.#forget();
  }

  /** Takes where the handoff would go now. */
  offer(source: SessionSource, target: ChangesTarget): void {
    this.#source = source;
    this.#target = target;
    if (this.#key() === this.#asked) return;
    this.#forget();
    if (!this.goes) return;
    // What the person did not choose is tried anew wherever it goes.
    if (!this.#byPerson) this.way = target.canPush ? "push" : "brief";
    if (this.way === "push" && !target.settling) this.#timer = setTimeout(() => this.#look(), READING_DELAY_MS);
  }

  choose(way: ChangesWay): void {
    this.way = way;
    this.#byPerson = true;
    if (way === "push" && (this.failure || this.#asked !== this.#key())) {
      this.#forget();
      void this.#look();
    }
    this.onChange();
  }

  /** Makes ready once more what a start took. What was confirmed stays so, as long as the same was found. */
  renew(): void {
    if (!this.pushes) return;
    const confirmed = this.confirmed ? this.secrets : undefined;
    this.#forget();
    void this.#look(confirmed);
  }

  setLeftOut(path: string, leftOut: boolean): void {
    if (leftOut) this.leftOut.add(path);
    else this.leftOut.delete(path);
    this.onChange();
  }

  setConfirmed(confirmed: boolean): void {
    this.confirmed = confirmed;
    this.onChange();
  }

  /** Puts away the box for a diff; what was pasted stays for the next time. */
  cancelAdding(): void {
    this.addFailure = undefined;
    this.onChange();
  }

  setPasted(pasted: string): void {
    this.pasted = pasted;
    this.addFailure = undefined;
    this.onChange();
  }

  /** Adds the diffs of files. One that cannot be added says why, and keeps none of the others out. */
  async addFiles(files: File[]): Promise<void> {
    let failure: Failure | undefined;
    for (const file of files) {
      await this.#add(() => diffOf(file));
      failure ??= this.addFailure;
    }
    this.addFailure = failure;
    this.onChange();
  }

  /** Adds the diff that was pasted. */
  async addPasted(): Promise<void> {
    const { pasted } = this;
    if (pasted.trim()) await this.#add(async () => pasted);
  }

  /** Adds a diff; what it changes takes the place of what was known of the same files. */
  async #add(read: () => Promise<Uint8Array | string>): Promise<void> {
    if (!this.#source || this.adding) return;
    const handoff = this.#handoff;
    this.adding = true;
    this.addFailure = undefined;
    this.onChange();
    try {
      const diff = await read();
      // While a file was read something else may have been opened, which it does not belong to.
      if (handoff !== this.#handoff) return;
      const files = await this.#source.addChanges(handoff, diff);
      if (handoff !== this.#handoff) return;
      this.#hold(files);
      this.pasted = "";
      this.onAnnounce("Changes added");
    } catch (reason) {
      if (handoff === this.#handoff) this.addFailure = asFailure(reason);
    } finally {
      this.adding = false;
      this.onChange();
    }
  }

  #hold(files: FileEdit[]): void {
    // Whoever adds a file's diff wants it to go along.
    const known = new Map(this.files.map(({ path, diff }) => [path, diff]));
    for (const { path, diff } of files) if (known.get(path) !== diff) this.leftOut.delete(path);
    this.files = files;
    this.revision++;
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#looks++;
    this.#asked = "";
    this.prepared = undefined;
    this.failure = undefined;
    this.confirmed = false;
  }

  #key(): string {
    if (!this.#target) return "";
    const { provider, repository, from } = this.#target;
    return JSON.stringify([this.#handoff, provider, repository, from, this.revision, this.leaveOut]);
  }

  /** Looks whether the changes can be pushed; the person may have confirmed the secrets in them before. */
  async #look(confirmed?: PushPreview["secrets"]): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#source || !this.#target || !this.goes) return;
    const key = this.#key();
    const { provider, repository, from } = this.#target;
    this.#asked = key;
    const look = ++this.#looks;
    try {
      const prepared = await this.#source.preparePush(this.#handoff, { provider, repository, from }, this.leaveOut);
      if (look !== this.#looks) return;
      this.prepared = prepared;
      this.confirmed = confirmed !== undefined && JSON.stringify(confirmed) === JSON.stringify(prepared.secrets);
      if (this.heldUp) this.onAnnounce(`The changes hold what looks like secrets. ${this.heldUp}`);
    } catch (reason) {
      if (look !== this.#looks) return;
      this.failure = asFailure(reason);
      if (!this.#byPerson) this.way = "brief";
      this.onAnnounce(this.heldUp || `${INTO_THE_BRIEF}: ${this.failure.message}`);
    }
    this.onChange();
  }
}

/** The bytes of a file: only what reads the diff knows what it is written in. */
async function diffOf(file: File): Promise<Uint8Array> {
  if (file.size > MOST_BYTES) {
    const failure: Failure = {
      code: "too-large",
      message: `${file.name} has ${formatNumber(file.size)} bytes; a diff may have ${formatNumber(MOST_BYTES)}.`,
      hint: "Push the branch with git, and start from it.",
    };
    throw failure;
  }
  return bytesOf(file);
}
