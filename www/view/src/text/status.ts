import type { Session, Status } from "cloud-agents";

const WORDS: Record<Status, string> = {
  queued: "queued",
  "in-progress": "in progress",
  "needs-input": "needs input",
  idle: "idle",
  completed: "completed",
  failed: "failed",
  "timed-out": "timed out",
  cancelled: "cancelled",
  unknown: "unknown",
};

/** The statuses in the order in which a menu offers them: what wants the person first. */
export const STATUSES = Object.keys(WORDS) as Status[];

/** How a status is said everywhere. */
export function statusWord(status: Status): string {
  return WORDS[status] ?? WORDS.unknown;
}

/** A start that no provider has confirmed yet. */
export function isUnconfirmed(session: Pick<Session, "rawStatus">): boolean {
  return session.rawStatus === "outbox";
}

/** The status of a row in words, with what makes it uncertain. */
export function statusSentence(session: Session): string {
  const words = [isUnconfirmed(session) ? "not confirmed yet" : statusWord(session.status)];
  if (!session.read && isSettled(session.status)) words.push("unread");
  if (session.archived) words.push("archived");
  if (session.stale) words.push("may be out of date");
  return words.join(", ");
}

/** Nothing more happens unless the person sends something. */
export function isSettled(status: Status): boolean {
  return status === "completed" || status === "failed" || status === "timed-out" || status === "cancelled";
}

/** The agent is at work, or about to be. */
export function isRunning(status: Status): boolean {
  return status === "queued" || status === "in-progress" || status === "needs-input";
}
