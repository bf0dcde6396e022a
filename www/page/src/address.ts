import type { Place } from "@cloud-agents/view";

const SESSION = "#/session/";
const NEW = "#/new";
const HANDOFF = "#/handoff";

/** What the fragment of a link begins with that holds a bundle. */
export const BUNDLE = "#bundle=";

/** What the page's fragment says the person looks at. */
export function placeOf(fragment: string): Place {
  if (fragment === NEW) return { view: "new" };
  if (fragment === HANDOFF) return { view: "handoff" };
  if (fragment.startsWith(SESSION)) {
    const id = decode(fragment.slice(SESSION.length));
    if (id) return { view: "session", id };
  }
  return { view: "list" };
}

/** The fragment that brings a person back to where they are. */
export function fragmentOf(place: Place): string {
  if (place.view === "session") return SESSION + encodeURIComponent(place.id);
  if (place.view === "handoff") return HANDOFF;
  return place.view === "new" ? NEW : "#/";
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
