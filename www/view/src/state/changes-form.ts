import type { Failure, FileEdit } from "cloud-agents";
import { asFailure } from "../failure.js";
import type { PushPreview, PushTarget, SessionSource } from "../source.js";
import { formatNumber } from "../text/count.js";

/** How uncommitted changes go along: on a branch of their own, in the brief, or not at all. */
export type ChangesWay = "push" | "brief" | "none";

/** Where changes would be pushed to, as far as the rest of the form knows. */
export interface ChangesTarget extends Omit<PushTarget, "from"> {
  /** The commit that they were made from, or the branch that the work starts from; empty when neither is known. */
  from: string;
  /** Whether the provider takes branches. */
  canPush: boolean;
  label: string;
  /** Whether any of that may still change by itself. */
  settling: boolean;
}

/** A person who types is not interrupted by a new reading at each letter. */
const READING_DELAY_MS = 300;
/** A diff of more than this takes longer to draw than anybody reads it. */
const MOST_BYTES = 32 * 1024 * 1024;

/** The uncommitted changes of one handoff, and what becomes of them. */
export class ChangesForm {
  files: FileEdit[] = [];
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

  /** Whether they are pushed with the start. */
  get pushes(): boolean {
    return this.files.length > 0 && this.way === "push" && this.prepared !== undefined && this.#asked === this.#key();
  }

  get canPush(): boolean {
    return this.#target?.canPush === true;
  }

  /** Why nothing can be started now; empty when it can. */
  get notYet(): string {
    if (this.adding) return "Reading the diff…";
    if (this.files.length === 0 || this.way !== "push") return "";
    if (this.failure) return "The changes cannot be pushed: choose another way for them.";
    if (!this.pushes) return "Looking whether the changes can be pushed…";
    return this.secrets.length > 0 && !this.confirmed ? "Confirm the secrets in the changes first." : "";
  }

  get secrets(): PushPreview["secrets"] {
    return this.prepared?.secrets ?? [];
  }

  /** Begins with the changes of a handoff that was opened. */
  begin(handoff: string, files: FileEdit[]): void {
    this.close();
    this.#handoff = handoff;
    this.files = files;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.files = [];
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
    if (this.files.length === 0 || this.#key() === this.#asked) return;
    this.#forget();
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

  setConfirmed(confirmed: boolean): void {
    this.confirmed = confirmed;
    this.onChange();
  }

  setPasted(pasted: string): void {
    this.pasted = pasted;
    this.addFailure = undefined;
    this.onChange();
  }

  /** Adds the diff of a file. */
  async addFile(file: File): Promise<void> {
    if (file.size > MOST_BYTES) {
      this.addFailure = {
        code: "too-large",
        message: `${file.name} has ${formatNumber(file.size)} bytes; a diff may have ${formatNumber(MOST_BYTES)}.`,
        hint: "Push the branch with git, and start from it.",
      };
      this.onChange();
      return;
    }
    await this.add(await file.text());
  }

  /** Adds a diff; what it changes takes the place of what was known of the same files. */
  async add(diff: string): Promise<void> {
    if (!this.#source || this.adding || !diff.trim()) return;
    const handoff = this.#handoff;
    this.adding = true;
    this.addFailure = undefined;
    this.onChange();
    try {
      const files = await this.#source.addChanges(handoff, diff);
      if (handoff !== this.#handoff) return;
      this.files = files;
      this.pasted = "";
      this.onAnnounce("Changes added");
    } catch (reason) {
      if (handoff === this.#handoff) this.addFailure = asFailure(reason);
    } finally {
      this.adding = false;
      this.onChange();
    }
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#asked = "";
    this.prepared = undefined;
    this.failure = undefined;
    this.confirmed = false;
  }

  #key(): string {
    if (!this.#target) return "";
    const { provider, repository, from } = this.#target;
    return JSON.stringify([
      this.#handoff,
      provider,
      repository,
      from,
      this.files.map(({ path, diff }) => [path, diff.length]),
    ]);
  }

  async #look(): Promise<void> {
    clearTimeout(this.#timer);
    if (!this.#source || !this.#target || this.files.length === 0) return;
    const key = this.#key();
    const { provider, repository, from } = this.#target;
    this.#asked = key;
    try {
      const prepared = await this.#source.preparePush(this.#handoff, { provider, repository, from });
      if (this.#asked !== key) return;
      this.prepared = prepared;
    } catch (reason) {
      if (this.#asked !== key) return;
      this.failure = asFailure(reason);
      if (!this.#byPerson) this.way = "brief";
    }
    this.onChange();
  }
}
