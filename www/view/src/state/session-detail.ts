import type { Part, Session, SessionDetail, SessionEvent, Turn } from "cloud-agents";

/** The session as it stands after one event. Values that did not change keep their identity, so that only the rest is drawn again. */
export function applyEvent(detail: SessionDetail, event: SessionEvent): SessionDetail {
  switch (event.kind) {
    case "session":
    case "end":
      return withSession(detail, event.session);
    case "turn":
      return { ...detail, turns: replaceById(withoutOutbox(detail.turns, event.turn), event.turn) };
    case "part":
      return { ...detail, turns: withPart(detail.turns, event.turn, event.part) };
    case "question":
      return { ...detail, questions: replaceById(detail.questions, event.question) };
    default:
      return detail;
  }
}

/** New list data for a session that is shown; a question does not outlive the status that asked it. */
export function withSession(detail: SessionDetail, session: Session): SessionDetail {
  const questions = session.status === "needs-input" ? detail.questions : [];
  return { ...session, turns: detail.turns, questions };
}

/** A message in the outbox stands as a turn under its marker until the provider tells the same message under its own name. */
const MARKER = /^[a-z2-7]{26}$/;

function withoutOutbox(turns: Turn[], told: Turn): Turn[] {
  return turns.filter(
    (turn) => !(MARKER.test(turn.id) && turn.id !== told.id && turn.request.text.trim() === told.request.text.trim()),
  );
}

function withPart(turns: Turn[], turnId: string, part: Part): Turn[] {
  const turn = turns.find((candidate) => candidate.id === turnId);
  if (!turn) return [...turns, { id: turnId, request: { text: "" }, parts: [part], state: "running" }];
  return replaceById(turns, { ...turn, parts: replaceById(turn.parts, part) });
}

function replaceById<T extends { id: string }>(items: T[], item: T): T[] {
  const index = items.findIndex((candidate) => candidate.id === item.id);
  return index < 0 ? [...items, item] : items.with(index, item);
}
