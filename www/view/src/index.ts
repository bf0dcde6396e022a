export { CloudAgentsView } from "./elements/cloud-agents-view.js";
export { AnnounceEvent, NavigateEvent, type Place } from "./events.js";
export { asFailure } from "./failure.js";
export type {
  ConnectionRequest,
  Handoff,
  HandoffChoice,
  HandoffInput,
  HandoffTarget,
  ListSummary,
  Preview,
  PushPreview,
  PushTarget,
  Remembering,
  SessionSource,
} from "./source.js";
