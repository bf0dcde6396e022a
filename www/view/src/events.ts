import type { Session } from "cloud-agents";
import type { HandoffInput } from "./source.js";

/** What the person looks at; a host may keep it in its address. */
export type Place = { view: "list" } | { view: "new" } | { view: "handoff" } | { view: "session"; id: string };

const UPWARD = { bubbles: true, composed: true };

/** The person goes somewhere else. */
export class NavigateEvent extends Event {
  static readonly type = "ca-navigate";
  constructor(readonly place: Place) {
    super(NavigateEvent.type, UPWARD);
  }
}

/** A session was started and should be opened. */
export class StartedEvent extends Event {
  static readonly type = "ca-started";
  constructor(readonly session: Session) {
    super(StartedEvent.type, UPWARD);
  }
}

/** Something worth telling a person who cannot see the page. */
export class AnnounceEvent extends Event {
  static readonly type = "ca-announce";
  constructor(readonly text: string) {
    super(AnnounceEvent.type, UPWARD);
  }
}

/** The person wants to connect, or to renew the connection that is named. */
export class ReconnectEvent extends Event {
  static readonly type = "ca-reconnect";
  constructor(readonly provider: string | undefined) {
    super(ReconnectEvent.type, UPWARD);
  }
}

/** The person wants what failed to be tried again. */
export class RetryEvent extends Event {
  static readonly type = "ca-retry";
  constructor() {
    super(RetryEvent.type);
  }
}

/** The person has read a failure. */
export class DismissEvent extends Event {
  static readonly type = "ca-dismiss";
  constructor() {
    super(DismissEvent.type);
  }
}

/** A field holds another value. */
export class ValueEvent extends Event {
  static readonly type = "ca-value";
  constructor(readonly value: string) {
    super(ValueEvent.type);
  }
}

/** A connection was made. */
export class ConnectedEvent extends Event {
  static readonly type = "ca-connected";
  constructor(readonly provider: string) {
    super(ConnectedEvent.type, UPWARD);
  }
}

/** The person hands something off; `from` is the provider of a session that goes elsewhere. */
export class HandOffEvent extends Event {
  static readonly type = "ca-hand-off";
  constructor(
    readonly input: HandoffInput,
    readonly from: string,
  ) {
    super(HandOffEvent.type, UPWARD);
  }
}

/** The person leaves a changed file out, or takes it back. */
export class LeaveOutEvent extends Event {
  static readonly type = "ca-leave-out";
  constructor(
    /** Which of the files that are shown. */
    readonly index: number,
    readonly leftOut: boolean,
  ) {
    super(LeaveOutEvent.type);
  }
}

/** The person wants a secret sent in clear, or masked again. */
export class UnmaskEvent extends Event {
  static readonly type = "ca-unmask";
  constructor(
    readonly placeholder: string,
    readonly unmasked: boolean,
  ) {
    super(UnmaskEvent.type);
  }
}
