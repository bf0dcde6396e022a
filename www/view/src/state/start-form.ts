import type { Failure, ProviderInfo, RepositoryChoice, StartOptions, StartRequest } from "cloud-agents";
import { asFailure } from "../failure.js";
import type { SessionSource } from "../source.js";
import { measure, unitName } from "../text/count.js";
import { branchNote, presetRepository, type Whereabouts } from "./whereabouts.js";

/** What the person has chosen for a new session. It outlives the form on the page, so that going back loses nothing. */
export interface Draft {
  provider: string;
  repository: string;
  /** `undefined` until the person enters one; empty when they emptied the field. */
  baseRef: string | undefined;
  agent: string;
  model: string;
  createPullRequest: boolean;
  prompt: string;
}

/** The choices behind a new session, read from the connection as the person makes them. */
export class StartForm {
  draft: Draft = {
    provider: "",
    repository: "",
    baseRef: undefined,
    agent: "",
    model: "",
    createPullRequest: false,
    prompt: "",
  };
  repositories: RepositoryChoice[] = [];
  options: StartOptions | undefined;
  /** Why the choices could not be read. */
  choicesFailure: Failure | undefined;
  /** Why the session was not started. */
  startFailure: Failure | undefined;
  starting = false;
  /** Called when there is something new to draw. */
  onChange: () => void = () => {};
  /** Where a conversation took place that is handed off; without one the form begins with what the provider offers first. */
  #expected: Whereabouts | undefined;
  #source: SessionSource | undefined;
  #providers: ProviderInfo[] = [];
  #repositoriesKnown = false;
  #readingOptions = 0;
  #repositoriesRead: Promise<void> = Promise.resolve();
  #optionsFor = "";

  get provider(): ProviderInfo | undefined {
    return this.#providers.find((provider) => provider.id === this.draft.provider);
  }

  /** The branch that the work starts from, as far as it is known. */
  get baseRef(): string {
    return this.draft.baseRef ?? (this.#expected?.branch || this.defaultBranch);
  }

  /** The repository's own default branch; empty until it is known. */
  get defaultBranch(): string {
    const known = this.repositories.find((repository) => repository.name === this.draft.repository);
    return this.options?.defaultBranch ?? known?.defaultBranch ?? "";
  }

  /** Whether what is preset for a conversation that is handed off may still change by itself. */
  get settling(): boolean {
    return this.#expected !== undefined && (!this.#repositoriesKnown || this.#readingOptions > 0);
  }

  /** What to check about the repository of a conversation that is handed off. */
  get repositoryNote(): string {
    const { repository } = this.draft;
    if (!this.#expected || !this.#repositoriesKnown) return "";
    const label = this.provider?.label ?? "The provider";
    const preset = presetRepository(this.#expected, this.repositories, label);
    if (repository === preset.name) return preset.note;
    const listed = this.repositories.some(({ name }) => name === repository);
    return repository && !listed && this.repositories.length > 0 ? `${label} does not list ${repository}.` : "";
  }

  /** What to check about the base branch of a conversation that is handed off. */
  get branchNote(): string {
    // As long as the branches are being read there is nothing to compare with.
    if (!this.#expected || (!this.options && !this.choicesFailure)) return "";
    const chosen = {
      baseRef: this.baseRef,
      byPerson: this.draft.baseRef !== undefined,
      branches: this.options?.branches,
      defaultBranch: this.defaultBranch,
    };
    return branchNote(this.#expected, chosen, this.provider?.label ?? "The provider");
  }

  /** What does not go along of a conversation that is handed off, because nobody but the person has it. */
  get commitsNote(): string {
    return this.#expected?.unpushed
      ? "The work stands on commits that were not pushed. They do not go along: push them first, or start without them."
      : "";
  }

  /** How far the prompt is beyond the provider's limit, in words; empty when it fits. */
  get tooLong(): string {
    const limit = this.provider?.limits.prompt;
    if (!limit) return "";
    const over = measure(this.draft.prompt, limit.unit) - limit.size;
    return over > 0 ? `The prompt is ${over} ${unitName(limit.unit)} too long for ${this.provider?.label}.` : "";
  }

  /** Takes the connections as they are now; the first one that works is chosen. */
  offer(source: SessionSource, providers: ProviderInfo[]): void {
    this.#source = source;
    this.#providers = providers;
    if (this.provider) return;
    const first = providers.find((provider) => provider.state === "ready") ?? providers[0];
    if (!first) return;
    // What the person entered before the connections were known is meant for this one.
    if (!this.draft.provider) this.draft = { ...this.draft, provider: first.id };
    else this.#forgetPlace(first.id);
    this.#repositoriesRead = this.#readRepositories(first.id);
  }

  /** Begins where a conversation took place, at a provider other than the one it is taken from if there is another. */
  begin(expected: Whereabouts, from?: string): void {
    this.#expected = expected;
    const others = this.#providers.filter(({ id, state }) => id !== from && state === "ready");
    const provider = this.draft.provider === from ? (others[0]?.id ?? this.draft.provider) : this.draft.provider;
    this.draft = { ...this.draft, createPullRequest: false };
    if (provider) this.chooseProvider(provider);
    else this.#forgetPlace("");
  }

  chooseProvider(id: string): void {
    this.#forgetPlace(id);
    this.#repositoriesRead = this.#readRepositories(id);
  }

  chooseRepository(repository: string): void {
    if (repository === this.draft.repository) return;
    this.draft = { ...this.draft, repository, baseRef: undefined, agent: "", model: "" };
    this.#forgetOptions();
    // While the person types, only a complete name of a known repository is worth a request.
    if (this.repositories.some((known) => known.name === repository)) void this.readOptions();
  }

  set(changes: Partial<Draft>): void {
    this.draft = { ...this.draft, ...changes };
    this.onChange();
  }

  /** Reads branches, agents and models of the repository that is entered. */
  async readOptions(): Promise<void> {
    const { provider, repository } = this.draft;
    const wanted = `${provider} ${repository}`;
    if (!this.#source || !isRepositoryName(repository) || this.#optionsFor === wanted) return;
    this.#optionsFor = wanted;
    this.choicesFailure = undefined;
    this.#readingOptions++;
    try {
      const options = await this.#source.options(provider, repository);
      if (this.#optionsFor === wanted) this.options = options;
    } catch (reason) {
      if (this.#optionsFor === wanted) {
        this.choicesFailure = asFailure(reason);
        this.#optionsFor = "";
      }
    } finally {
      this.#readingOptions--;
    }
    this.onChange();
  }

  /** Reads again what could not be read. */
  async retryChoices(): Promise<void> {
    this.choicesFailure = undefined;
    if (this.draft.repository) await this.readOptions();
    else await this.#readRepositories(this.draft.provider);
  }

  /** What `start` would send now, once the repository to begin with is known. */
  async request(): Promise<StartRequest> {
    await this.#repositoriesRead;
    const { provider, repository, agent, model, createPullRequest, prompt } = this.draft;
    const request: StartRequest = { provider, repository: repository.trim(), prompt: prompt.trim(), createPullRequest };
    if (this.baseRef) request.baseRef = this.baseRef;
    if (agent) request.agent = agent;
    if (model) request.model = model;
    return request;
  }

  /** The prompt was sent; the other choices stay for the next session. */
  clearPrompt(): void {
    this.draft = { ...this.draft, prompt: "" };
  }

  async #readRepositories(provider: string): Promise<void> {
    this.onChange();
    if (!this.#source) return;
    try {
      const repositories = await this.#source.repositories(provider);
      if (provider !== this.draft.provider) return;
      this.repositories = repositories;
      this.#repositoriesKnown = true;
      this.#presetRepository();
      void this.readOptions();
    } catch (reason) {
      if (provider !== this.draft.provider) return;
      this.#repositoriesKnown = true;
      this.choicesFailure = asFailure(reason);
    }
    this.onChange();
  }

  /** Fills in the repository, unless the person was quicker. */
  #presetRepository(): void {
    const expected = this.#expected;
    if (this.draft.repository !== (expected?.repository ?? "")) return;
    const repository = expected
      ? presetRepository(expected, this.repositories, "").name
      : (this.repositories[0]?.name ?? "");
    this.draft = { ...this.draft, repository };
  }

  #forgetPlace(provider: string): void {
    const repository = this.#expected?.repository ?? "";
    this.draft = { ...this.draft, provider, repository, baseRef: undefined, agent: "", model: "" };
    this.repositories = [];
    this.#repositoriesKnown = false;
    this.#forgetOptions();
  }

  #forgetOptions(): void {
    this.options = undefined;
    this.choicesFailure = undefined;
    this.startFailure = undefined;
    this.#optionsFor = "";
    this.onChange();
  }
}

/** Whether the text has the form `owner/name`. */
export function isRepositoryName(text: string): boolean {
  return /^[^\s/]+\/[^\s/]+$/.test(text.trim());
}
