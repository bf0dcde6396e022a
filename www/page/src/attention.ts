import type { SessionSource } from "@cloud-agents/view";

const TITLE = "Cloud agents";

/** Counts in the page's title what waits for the person, so that it can be seen from another tab. */
export function showAttention(source: SessionSource): void {
  let counting = false;
  const count = async () => {
    counting = false;
    const { length } = await source.sessions({ needsMe: true });
    document.title = length > 0 ? `(${length}) ${TITLE}` : TITLE;
  };
  const countSoon = () => {
    if (counting) return;
    counting = true;
    queueMicrotask(() => void count());
  };
  source.subscribe(countSoon);
  countSoon();
}
