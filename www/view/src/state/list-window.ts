import type { Session, SessionFilter } from "cloud-agents";
import type { ListSummary, SessionSource } from "../source.js";

const PAGE = 50;

/**
 * The part of a long list that has been asked for. Rows are fetched a page at a time; what is already there stays on show
 * until its replacement arrives, so that a change never blanks the list.
 */
export class ListWindow {
  summary: ListSummary | undefined;
  #rows: (Session | undefined)[] = [];
  #fresh = new Set<number>();
  #generation = 0;

  constructor(
    private readonly source: SessionSource,
    readonly filter: SessionFilter,
    private readonly onChange: () => void,
  ) {}

  /** The row, once it is there. */
  row(index: number): Session | undefined {
    return this.#rows[index];
  }

  /** Where a session stands among the rows that have been fetched, or -1. */
  indexOf(id: string): number {
    return this.#rows.findIndex((row) => row?.id === id);
  }

  /** Reads the length again and forgets which rows are up to date. */
  async reload(): Promise<void> {
    const generation = ++this.#generation;
    const summary = await this.source.sessions(this.filter);
    if (generation !== this.#generation) return;
    this.summary = summary;
    this.#rows.length = summary.length;
    this.#fresh.clear();
    this.onChange();
  }

  /** Sees to it that rows `from` to `to` are fetched. */
  async ensure(from: number, to: number): Promise<void> {
    if (!this.summary) return;
    const generation = this.#generation;
    const last = Math.min(to, this.summary.length);
    for (let start = Math.floor(from / PAGE) * PAGE; start < last; start += PAGE) {
      if (this.#fresh.has(start)) continue;
      this.#fresh.add(start);
      const rows = await this.source.rows(this.filter, start, Math.min(start + PAGE, this.summary.length));
      if (generation !== this.#generation) return;
      for (const [offset, row] of rows.entries()) this.#rows[start + offset] = row;
      this.onChange();
    }
  }
}
