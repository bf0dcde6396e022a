import { type CloudAgentsView, NavigateEvent } from "@cloud-agents/view";
import init, * as cloudAgents from "cloud-agents";
import { CloudAgents, type ErrorCode, type ProviderConfig } from "cloud-agents";
import { BUNDLE, fragmentOf, placeOf } from "./address.js";
import { showAttention } from "./attention.js";
import { CoreSource } from "./core-source.js";
import { toFailure } from "./failures.js";
import { refreshWhileVisible } from "./refreshing.js";
import { type RememberedConnection, Vault } from "./vault.js";

/** Private windows of some browsers have IndexedDB and refuse to open it. */
const KEEPS_NOTHING = new Set<ErrorCode>(["storage", "unsupported"]);

/** The cloud that served this page, if one did: it puts its token into the page it serves. */
function ownCloud(): RememberedConnection | undefined {
  const token = document.querySelector<HTMLMetaElement>('meta[name="cloud-agents-token"]')?.content;
  if (!token) return undefined;
  return { kind: "local", id: "local", label: "Local cloud", baseUrl: `${location.origin}/api`, token };
}

/** Opens the core over the browser's storage, or over memory where the browser keeps nothing for this page. */
async function open(providers: ProviderConfig[]): Promise<CloudAgents> {
  let core: CloudAgents | undefined;
  try {
    core = new CloudAgents({ providers, store: "indexeddb" });
    await core.ready;
    return core;
  } catch (reason) {
    core?.free();
    if (!KEEPS_NOTHING.has(toFailure(reason).code)) throw reason;
  }
  core = new CloudAgents({ providers, store: "memory" });
  await core.ready;
  document.querySelector("#keeps-nothing")?.removeAttribute("hidden");
  return core;
}

async function begin(view: CloudAgentsView): Promise<void> {
  const [vault] = await Promise.all([Vault.open(), init(undefined, { handoff: false })]);
  const own = ownCloud();
  const remembered = (await vault?.connections()) ?? [];
  const others = remembered.filter((connection) => connection.id !== own?.id);
  const connections = own ? [own, ...others] : others;
  const core = await open(connections);
  const source = new CoreSource(core, vault, connections, cloudAgents);
  view.source = source;
  showAttention(source);
  refreshWhileVisible(source, () => view.refresh());
}

/** Opens the bundle that a link brought along, and takes it out of the address before anything else sees it there. */
function takeBundle(view: CloudAgentsView): boolean {
  const { hash } = location;
  if (!hash.startsWith(BUNDLE)) return false;
  history.replaceState(null, "", fragmentOf({ view: "handoff" }));
  view.handOff({ kind: "text", text: hash });
  return true;
}

const view = document.querySelector<CloudAgentsView>("cloud-agents-view");
if (view) {
  if (!takeBundle(view)) view.place = placeOf(location.hash);
  view.addEventListener(NavigateEvent.type, (event) => {
    if (!(event instanceof NavigateEvent)) return;
    const fragment = fragmentOf(event.place);
    if (fragment !== location.hash) history.pushState(null, "", fragment);
  });
  addEventListener("popstate", () => {
    if (!takeBundle(view)) view.place = placeOf(location.hash);
  });
  begin(view).catch((reason: unknown) => {
    view.failure = toFailure(reason);
  });
}
