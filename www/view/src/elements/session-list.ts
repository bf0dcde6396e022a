import { VirtualizerController } from "@tanstack/lit-virtual";
import type { Failure, ProviderInfo, Session, SessionFilter, Status } from "cloud-agents";
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { classMap } from "lit/directives/class-map.js";
import { repeat } from "lit/directives/repeat.js";
import { AnnounceEvent, NavigateEvent } from "../events.js";
import { asFailure } from "../failure.js";
import type { SessionSource } from "../source.js";
import { ListWindow } from "../state/list-window.js";
import { controls } from "../style/controls.js";
import { alertIcon, searchIcon } from "../style/icons.js";
import { statusBadge, statusStyles } from "../style/status.js";
import { plural } from "../text/count.js";
import { isSettled, STATUSES, statusSentence, statusWord } from "../text/status.js";
import { ROW_HEIGHT, sessionListStyles } from "./session-list.styles.js";
import "./failure-notice.js";
import "./time.js";

const OVERSCAN = 8;
const PAGE_STEP = 10;

/** The sessions of all connections, filtered; only the rows in view are in the document. */
@customElement("ca-session-list")
export class SessionListView extends LitElement {
  static override styles = [controls, statusStyles, sessionListStyles];

  @property({ attribute: false }) source: SessionSource | undefined;
  @property({ attribute: false }) providers: ProviderInfo[] = [];
  @property() selected = "";
  /** The first refresh is still under way, so an empty list says nothing yet. */
  @property({ type: Boolean }) loading = false;
  /** There is no connection that could have sessions. */
  @property({ type: Boolean }) unconnected = false;
  @state() private text = "";
  @state() private status: Status | "needs-me" | "" = "";
  @state() private archived = false;
  /** The row that Tab reaches; arrows move it. */
  @state() private current = 0;
  @query(".scroll") private scroller!: HTMLElement;
  @query("#filter") private filterField!: HTMLInputElement;
  /** Why the list could not be read from the store. */
  @state() private failure: Failure | undefined;
  /** What is on show. */
  #window: ListWindow | undefined;
  /** What the filter asks for now; it is on show once it can be drawn. */
  #wanted: ListWindow | undefined;
  #unsubscribe: (() => void) | undefined;
  #reloading = false;
  #focusAfterRender = false;
  #virtual = new VirtualizerController<HTMLElement, HTMLElement>(this, {
    getScrollElement: () => this.scroller ?? null,
    count: 0,
    estimateSize: () => ROW_HEIGHT,
    overscan: OVERSCAN,
  });

  /** Puts the cursor into the filter. */
  focusFilter(): void {
    this.filterField.focus();
    this.filterField.select();
  }

  /** Puts the cursor on the open session's row, or on the row that had it last. */
  focusRow(): void {
    const index = this.#window?.indexOf(this.selected) ?? -1;
    this.#moveTo(index >= 0 ? index : this.current);
  }

  /** What the list knows of a session that it shows. */
  rowOf(id: string): Session | undefined {
    const index = this.#window?.indexOf(id) ?? -1;
    return index < 0 ? undefined : this.#window?.row(index);
  }

  override connectedCallback(): void {
    super.connectedCallback();
    if (this.source && !this.#unsubscribe) this.#attach();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("source")) this.#attach();
    const filtered = ["text", "status", "archived"].some((name) => changed.has(name as keyof SessionListView));
    if (this.source && (changed.has("source") || filtered)) this.#applyFilter(this.source);
    const virtualizer = this.#virtual.getVirtualizer();
    virtualizer.setOptions({
      ...virtualizer.options,
      count: this.#window?.summary?.length ?? 0,
      // The row with the focus must not vanish when it is scrolled out of view.
      rangeExtractor: (range) => {
        const first = Math.max(0, range.startIndex - range.overscan);
        const last = Math.min(range.count - 1, range.endIndex + range.overscan);
        const indexes = Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset);
        if (this.current < first && this.current < range.count) indexes.unshift(this.current);
        if (this.current > last && this.current < range.count) indexes.push(this.current);
        return indexes;
      },
    });
  }

  protected override updated(): void {
    const range = this.#virtual.getVirtualizer().range;
    if (range) void this.#window?.ensure(Math.max(0, range.startIndex - OVERSCAN), range.endIndex + OVERSCAN + 1);
    if (this.#focusAfterRender) {
      const link = this.renderRoot.querySelector<HTMLElement>(`a[data-index="${this.current}"]`);
      if (link) {
        this.#focusAfterRender = false;
        link.focus({ preventScroll: true });
      }
    }
  }

  #attach(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = this.source?.subscribe(() => this.#reloadSoon());
  }

  #applyFilter(source: SessionSource): void {
    const filter: SessionFilter = { archived: this.archived, sort: "updated" };
    const text = this.text.trim();
    if (text) filter.text = text;
    if (this.status === "needs-me") filter.needsMe = true;
    else if (this.status) filter.status = [this.status];
    this.#wanted = new ListWindow(source, filter, () => this.requestUpdate());
    void this.#show(this.#wanted);
  }

  /** What is on show stays until what replaces it can be drawn, so that typing in the filter never blanks the list. */
  async #show(next: ListWindow): Promise<void> {
    try {
      await next.reload();
      await next.ensure(0, 1);
      this.failure = undefined;
    } catch (reason) {
      this.failure = asFailure(reason);
    }
    if (next !== this.#wanted) return;
    if (next !== this.#window) this.current = 0;
    this.#window = next;
    this.requestUpdate();
  }

  /** Many changes at once are one look at the list. */
  #reloadSoon(): void {
    if (this.#reloading) return;
    this.#reloading = true;
    requestAnimationFrame(() => {
      this.#reloading = false;
      if (this.#wanted) void this.#show(this.#wanted);
    });
  }

  protected override render(): TemplateResult {
    return html`
      <div class="filters" role="search" aria-label="Find">
        <div class="search">
          ${searchIcon}
          <label class="unseen" for="filter">Filter sessions</label>
          <input
            id="filter"
            type="search"
            placeholder="Filter"
            autocomplete="off"
            spellcheck="false"
            .value=${this.text}
            @input=${(event: Event) => (this.text = (event.target as HTMLInputElement).value)}
            @keydown=${this.#onFilterKey}
          />
        </div>
        <label class="unseen" for="status">Status</label>
        <select
          id="status"
          @change=${(event: Event) => (this.status = (event.target as HTMLSelectElement).value as typeof this.status)}
        >
          <option value="" ?selected=${this.status === ""}>Any status</option>
          <option value="needs-me" ?selected=${this.status === "needs-me"}>Waiting for me</option>
          ${STATUSES.map((status) => this.#statusOption(status))}
        </select>
        <label class="check small">
          <input
            type="checkbox"
            .checked=${this.archived}
            @change=${(event: Event) => (this.archived = (event.target as HTMLInputElement).checked)}
          />Archived
        </label>
        <span class="count muted small numbers">${this.#window?.summary ? plural(this.#window.summary.length, "session") : nothing}</span>
      </div>
      <ca-failure
        .failure=${this.failure}
        headline="Could not read the list"
        retry
        @ca-retry=${this.#reloadSoon}
      ></ca-failure>
      <div class="scroll" @keydown=${this.#onKeyDown}>${this.#content()}</div>
    `;
  }

  #statusOption(status: Status): TemplateResult {
    const count = this.#window?.summary?.counts.status[status];
    const word = statusWord(status);
    return html`<option value=${status} ?selected=${this.status === status}>
      ${word.charAt(0).toUpperCase()}${word.slice(1)}${count ? ` (${count})` : ""}
    </option>`;
  }

  #content(): TemplateResult {
    const length = this.#window?.summary?.length;
    if (length === undefined || (length === 0 && this.loading && !this.unconnected)) return this.#bones();
    const virtualizer = this.#virtual.getVirtualizer();
    return html`
      ${length === 0 ? this.#empty() : nothing}
      <ul role="list" aria-label="Sessions" .style=${`height:${virtualizer.getTotalSize()}px`}>
        ${repeat(
          virtualizer.getVirtualItems(),
          (item) => item.key,
          (item) => this.#row(item.index, item.start, length),
        )}
      </ul>
    `;
  }

  #row(index: number, start: number, length: number): TemplateResult {
    const session = this.#window?.row(index);
    const position = `transform:translateY(${start}px)`;
    if (!session) {
      return html`<li aria-label="Loading" aria-setsize=${length} aria-posinset=${index + 1} .style=${position}>
        <div class="bone"></div>
      </li>`;
    }
    const selected = session.id === this.selected;
    const unread = !session.read && isSettled(session.status);
    return html`<li
      aria-label="${session.title}, ${statusSentence(session)}"
      aria-setsize=${length}
      aria-posinset=${index + 1}
      .style=${position}
    >
      <a
        class=${classMap({ row: true, selected, unread, stale: session.stale !== undefined })}
        href="#/session/${encodeURIComponent(session.id)}"
        data-index=${index}
        tabindex=${index === this.current ? 0 : -1}
        aria-current=${selected ? "true" : nothing}
        @click=${(event: MouseEvent) => this.#onClick(event, session.id, index)}
        @focus=${() => (this.current = index)}
      >
        <span class="title" title=${session.title}>${session.title}</span>
        <ca-time class="age muted small numbers" .iso=${session.updatedAt}></ca-time>
        <span class="about small">
          ${statusBadge(session)}
          <span class="where muted">${session.repository ?? ""}</span>
        </span>
        <span class="provider muted small">
          ${session.stale ? html`<span class="stale-mark" title=${`May be out of date: ${session.stale}`}>${alertIcon}</span>` : nothing}
          ${this.#label(session.provider)}
        </span>
      </a>
    </li>`;
  }

  #label(provider: string): string {
    return this.providers.find((candidate) => candidate.id === provider)?.label ?? provider;
  }

  #bones(): TemplateResult {
    return html`<div aria-busy="true">
      <p class="unseen">Loading the sessions</p>
      ${Array.from({ length: 6 }, () => html`<div class="bone-row"><div class="bone"></div></div>`)}
    </div>`;
  }

  #empty(): TemplateResult {
    if (this.text.trim() || this.status) {
      return html`<div class="empty">
        <p>Nothing matches this filter.</p>
        <button type="button" @click=${this.#clear}>Clear the filter</button>
      </div>`;
    }
    if (this.archived) return html`<div class="empty"><p>Nothing is archived.</p></div>`;
    if (this.unconnected)
      return html`<div class="empty muted"><p>Sessions appear here once a cloud is connected.</p></div>`;
    return html`<div class="empty">
      <p><strong>Nothing here yet</strong></p>
      <p class="muted">
        Start an agent on one of your repositories with <strong>New session</strong>. It keeps working when this tab is closed.
      </p>
    </div>`;
  }

  #clear(): void {
    this.text = "";
    this.status = "";
    this.filterField.focus();
    this.dispatchEvent(new AnnounceEvent("Filter cleared"));
  }

  #onClick(event: MouseEvent, id: string, index: number): void {
    this.current = index;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    this.dispatchEvent(new NavigateEvent({ view: "session", id }));
  }

  #onFilterKey(event: KeyboardEvent): void {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    this.#moveTo(0);
  }

  #onKeyDown(event: KeyboardEvent): void {
    const last = (this.#window?.summary?.length ?? 0) - 1;
    const targets: Record<string, number> = {
      ArrowDown: this.current + 1,
      ArrowUp: this.current - 1,
      PageDown: this.current + PAGE_STEP,
      PageUp: this.current - PAGE_STEP,
      Home: 0,
      End: last,
    };
    const target = targets[event.key];
    if (target === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.#moveTo(target);
  }

  #moveTo(index: number): void {
    const length = this.#window?.summary?.length ?? 0;
    if (length === 0) return;
    this.current = Math.min(Math.max(index, 0), length - 1);
    this.#virtual.getVirtualizer().scrollToIndex(this.current, { align: "auto" });
    this.#focusAfterRender = true;
    this.requestUpdate();
  }
}
