import type { Failure, ProviderInfo } from "cloud-agents";
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { asFailure } from "../failure.js";
import type { SessionSource } from "../source.js";

/** The connections as they stand, whether the network is there, and the last look at the servers. */
export class Refreshing implements ReactiveController {
  providers: ProviderInfo[] = [];
  /** Whether `providers` has been read at all. */
  known = false;
  offline = !navigator.onLine;
  busy = false;
  /** Whether one refresh has come to an end, well or badly. */
  done = false;
  failures: Failure[] = [];
  #source: SessionSource | undefined;
  #unsubscribe: (() => void) | undefined;
  readonly #onNetwork = () => {
    this.offline = !navigator.onLine;
    if (!this.offline) void this.refresh(false);
    this.host.requestUpdate();
  };

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener("online", this.#onNetwork);
    addEventListener("offline", this.#onNetwork);
  }

  hostDisconnected(): void {
    removeEventListener("online", this.#onNetwork);
    removeEventListener("offline", this.#onNetwork);
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#source = undefined;
  }

  /** Begins with a source: reads its connections, then looks at the servers once. */
  attach(source: SessionSource): void {
    if (source === this.#source) return;
    this.#unsubscribe?.();
    this.#source = source;
    this.#unsubscribe = source.subscribe((changes) => {
      if (changes.length === 0) void this.readProviders();
    });
    void this.readProviders().then(() => this.refresh(false));
  }

  async readProviders(): Promise<void> {
    if (!this.#source) return;
    try {
      this.providers = await this.#source.providers();
    } catch (reason) {
      this.failures = [asFailure(reason)];
    }
    this.known = true;
    this.host.requestUpdate();
  }

  /** Looks at the servers; `force` also where nothing is due. */
  async refresh(force: boolean): Promise<void> {
    if (!this.#source || this.busy) return;
    this.busy = true;
    this.host.requestUpdate();
    try {
      const report = await this.#source.refresh({ force });
      this.failures = Object.entries(report.errors).map(([provider, failure]) => ({ provider, ...failure }));
    } catch (reason) {
      this.failures = [asFailure(reason)];
    }
    this.busy = false;
    this.done = true;
    await this.readProviders();
  }

  label(provider: string | undefined): string {
    return this.providers.find((candidate) => candidate.id === provider)?.label ?? "";
  }
}
