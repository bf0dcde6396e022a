import type { SessionSource } from "@cloud-agents/view";

/** While an agent is at work something may happen any moment; otherwise only other devices can change the list. */
const BUSY_MS = 10_000;
const CALM_MS = 60_000;

/** Keeps the list true while somebody can see it; a hidden page asks nothing. */
export function refreshWhileVisible(source: SessionSource, refresh: () => Promise<void>): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let due = Number.POSITIVE_INFINITY;

  const stop = () => {
    clearTimeout(timer);
    due = Number.POSITIVE_INFINITY;
  };
  const run = async () => {
    stop();
    await refresh();
    await schedule();
  };
  /** Brings the next look forward when an agent went to work; it never puts it off. */
  const schedule = async () => {
    const { length } = await source.sessions({ status: ["queued", "in-progress", "needs-input"] });
    const wanted = Date.now() + (length > 0 ? BUSY_MS : CALM_MS);
    if (document.visibilityState !== "visible" || wanted >= due) return;
    stop();
    due = wanted;
    timer = setTimeout(run, wanted - Date.now());
  };

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void run();
    else stop();
  });
  source.subscribe(() => void schedule());
  void schedule();
}
