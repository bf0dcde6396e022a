import type { ReactiveController, ReactiveControllerHost } from "lit";

const INTERVAL_MS = 30_000;
const hosts = new Set<ReactiveControllerHost>();
let timer: ReturnType<typeof setInterval> | undefined;

function redraw(): void {
  for (const host of hosts) host.requestUpdate();
}

function schedule(): void {
  const wanted = hosts.size > 0 && document.visibilityState === "visible";
  if (wanted && timer === undefined) {
    redraw();
    timer = setInterval(redraw, INTERVAL_MS);
  } else if (!wanted && timer !== undefined) {
    clearInterval(timer);
    timer = undefined;
  }
}

document.addEventListener("visibilitychange", schedule);

/** Draws its host again every half minute, so that relative times stay true; one timer for all, none while the page is hidden. */
export class Ticking implements ReactiveController {
  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    hosts.add(this.host);
    schedule();
  }

  hostDisconnected(): void {
    hosts.delete(this.host);
    schedule();
  }
}
