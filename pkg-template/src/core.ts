/** The three wasm modules: loading them, and calling them so that their failures are errors of this package. */
import { initSync as compileEngine, default as loadEngine } from "./cloud_agents.js";
import { initSync as compileHandoff, default as loadHandoffModule } from "./cloud_agents_handoff.js";
import { initSync as compileReaders, default as loadReadersModule } from "./cloud_agents_readers.js";
import { asError, CloudAgentsError } from "./error.js";

/** Where a module is, or the module itself. */
type Source = URL | Response | BufferSource;

/** One of the three. */
class Module {
  #loading: Promise<void> | undefined;
  #loaded = false;
  #failure: unknown;

  constructor(
    private readonly compile: (options: { module: BufferSource }) => unknown,
    private readonly fetch: (options: { module_or_path: Source }) => Promise<unknown>,
    private readonly notThere: { message: string; hint: string },
  ) {}

  load(source: Source): Promise<void> {
    this.#loading ??= this.#start(source).then(
      () => {
        this.#loaded = true;
      },
      (problem: unknown) => {
        // The next call may try again, from another place.
        this.#loading = undefined;
        this.#failure = problem;
        throw problem;
      },
    );
    return this.#loading;
  }

  need(): void {
    if (this.#loaded) return;
    const why = this.#failure instanceof Error ? ` ${this.#failure.message}` : "";
    const { message, hint } = this.notThere;
    throw new CloudAgentsError({ code: "invalid", message: message + why, hint });
  }

  async #start(source: Source): Promise<void> {
    if (source instanceof URL && source.protocol === "file:") {
      const { readFile } = await import(/* @vite-ignore */ /* webpackIgnore: true */ nodeModule("fs/promises"));
      this.compile({ module: await readFile(source) });
      return;
    }
    await this.fetch({ module_or_path: source });
  }
}

const engine = new Module(compileEngine, loadEngine, {
  message: "The core is not loaded yet.",
  hint: "Call init() and wait for it first.",
});
const handoff = new Module(compileHandoff, loadHandoffModule, {
  message: "The handoff is not loaded.",
  hint: "Wait for init(), or for loadHandoff() after an init() without it.",
});
const readers = new Module(compileReaders, loadReadersModule, {
  message: "The readers of transcripts are not loaded.",
  hint: "Wait for init(), or for loadReaders() after an init() without them.",
});

/** What is loaded. */
export interface InitOptions {
  /**
   * Load what makes bundles and briefs, and hands over sessions, bundles and links; `true` unless said. `loadHandoff` does it
   * later.
   */
  handoff?: boolean;
  /** Load what reads the transcripts of other tools; unless said, as `handoff` is. `loadReaders` does it later. */
  readers?: boolean;
}

/**
 * Loads the core. Call it once before anything else; calling it again does nothing.
 *
 * `source` says where the engine's wasm is; beside this module unless said. In Node the file is read from there. The other two
 * are looked for beside this module; where one is missing, everything else works.
 */
export async function init(source?: Source, options: InitOptions = {}): Promise<void> {
  const { handoff = true, readers = handoff } = options;
  const all = [engine.load(source ?? new URL("./cloud_agents_bg.wasm", import.meta.url))];
  // What is wrong with one of these is told by the first call that needs it.
  if (handoff) all.push(loadHandoff().catch(() => undefined));
  if (readers) all.push(loadReaders().catch(() => undefined));
  await Promise.all(all);
}

/**
 * Loads what makes bundles and briefs, and hands over sessions, bundles and links, after an `init` without it. Calling it again
 * does nothing.
 */
export function loadHandoff(source?: Source): Promise<void> {
  return handoff.load(source ?? new URL("./cloud_agents_handoff_bg.wasm", import.meta.url));
}

/** Loads what reads the transcripts of other tools, after an `init` without it. Calling it again does nothing. */
export function loadReaders(source?: Source): Promise<void> {
  return readers.load(source ?? new URL("./cloud_agents_readers_bg.wasm", import.meta.url));
}

/** Throws `invalid` before the engine is loaded. */
export function needCore(): void {
  engine.need();
}

/** Throws `invalid` before the handoff is loaded. */
export function needHandoff(): void {
  handoff.need();
}

/** Throws `invalid` before the readers are loaded. */
export function needReaders(): void {
  readers.need();
}

/** Spelt so that no bundler for the web looks for the module. */
function nodeModule(name: string): string {
  return `node:${name}`;
}

/** Calls the core. */
export function sync<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw asError(thrown);
  }
}

/** An argument as the core takes it. JSON leaves out what is undefined: the core tells a missing property from an empty one. */
export function written(argument: object): string {
  try {
    return JSON.stringify(argument);
  } catch (problem) {
    throw new CloudAgentsError({
      code: "invalid",
      message: `The call's argument is wrong: ${problem instanceof Error ? problem.message : problem}`,
      hint: "Compare it with the types of the package.",
    });
  }
}
