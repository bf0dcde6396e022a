import type { Session, Status } from "cloud-agents";
import { css, html, type SVGTemplateResult, svg, type TemplateResult } from "lit";
import { isUnconfirmed, statusWord } from "../text/status.js";

/** Each status has a shape of its own, so that colour is never the only sign. */
const SHAPES: Record<Status, SVGTemplateResult> = {
  queued: svg`<circle cx="8" cy="8" r="5.25" stroke-dasharray="2.4 2.3" />`,
  "in-progress": svg`<circle cx="8" cy="8" r="5.25" /><path d="M8 2.75a5.25 5.25 0 0 1 0 10.5z" fill="currentColor" stroke="none" />`,
  "needs-input": svg`<path d="M8 1.8L14.2 8 8 14.2 1.8 8z" fill="currentColor" /><path d="M6.6 6.6a1.45 1.45 0 1 1 2.2 1.3c-.5.3-.8.6-.8 1.1M8 10.9v.1" class="knockout" />`,
  idle: svg`<circle cx="8" cy="8" r="5.25" /><path d="M6.6 6.2v3.6M9.4 6.2v3.6" />`,
  completed: svg`<circle cx="8" cy="8" r="6" fill="currentColor" stroke="none" /><path d="M5.3 8.3l1.9 1.9 3.5-4" class="knockout" />`,
  failed: svg`<path d="M5.5 2h5L14 5.5v5L10.5 14h-5L2 10.5v-5z" fill="currentColor" stroke="none" /><path d="M6 6l4 4M10 6l-4 4" class="knockout" />`,
  "timed-out": svg`<circle cx="8" cy="8" r="5.75" /><path d="M8 4.8V8l2.2 1.6" />`,
  cancelled: svg`<circle cx="8" cy="8" r="5.75" /><path d="M4.2 11.8l7.6-7.6" />`,
  unknown: svg`<circle cx="8" cy="8" r="5.75" stroke-dasharray="1 2.2" /><path d="M8 8v.1" />`,
};
const UNCONFIRMED = svg`<path d="M8 2.5v7M5 5.3l3-3 3 3" /><path d="M2.8 9v4.2h10.4V9" stroke-dasharray="2 2" />`;

/** The status as a shape alone, for places where the word stands elsewhere. */
export function statusShape(session: Pick<Session, "status" | "rawStatus">): TemplateResult {
  const shape = isUnconfirmed(session) ? UNCONFIRMED : (SHAPES[session.status] ?? SHAPES.unknown);
  return html`<svg
    class="status-shape status-${session.status}"
    width="16"
    height="16"
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    stroke-width="1.5"
    stroke-linecap="round"
    stroke-linejoin="round"
    aria-hidden="true"
  >
    ${shape}
  </svg>`;
}

/** The status as shape and word. */
export function statusBadge(session: Pick<Session, "status" | "rawStatus">): TemplateResult {
  const word = isUnconfirmed(session) ? "not confirmed yet" : statusWord(session.status);
  return html`<span class="status-badge status-${session.status}">${statusShape(session)}<span class="word">${word}</span></span>`;
}

export const statusStyles = css`
  .status-badge {
    display: inline-flex;
    align-items: center;
    gap: 4px;
    font-weight: 500;
    white-space: nowrap;
  }
  .word::first-letter {
    text-transform: uppercase;
  }
  .word {
    display: inline-block;
  }
  .status-queued,
  .status-idle,
  .status-cancelled,
  .status-unknown {
    color: var(--ca-muted);
  }
  .status-in-progress {
    color: var(--ca-accent);
  }
  .status-needs-input,
  .status-timed-out {
    color: var(--ca-wait);
  }
  .status-completed {
    color: var(--ca-good);
  }
  .status-failed {
    color: var(--ca-bad);
  }
  .knockout {
    stroke: var(--ca-surface);
  }
`;
