import type { Failure } from "cloud-agents";
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from "lit";
import { customElement, property, query, state } from "lit/decorators.js";
import { ConnectedEvent } from "../events.js";
import { asFailure } from "../failure.js";
import type { ConnectionRequest, Remembering, SessionSource } from "../source.js";
import { controls } from "../style/controls.js";
import { webLink } from "../text/link.js";
import "./failure-notice.js";

type Offered = "github" | "local";

/** What a renewed connection keeps: only its token is asked for. */
export interface Renewal {
  id: string;
  label: string;
  kind: ConnectionRequest["kind"];
}

/** What each kind of connection is asked for. */
const OFFERS: Record<Offered, { label: string; tokenHint: string; address: "api" | "agents" }> = {
  github: {
    label: "GitHub",
    tokenHint:
      "A fine-grained personal access token with the repository permission “Agent tasks” (read and write), or a classic one with the scope “repo”.",
    address: "agents",
  },
  local: {
    label: "Local cloud",
    tokenHint: "Printed by “cloud-agents serve --no-page-token” when it starts.",
    address: "api",
  },
};

const LOCAL_API = "http://127.0.0.1:4180/api";
const READABLE_AGENTS = "https://api.githubcopilot.com/agents";

function isOffered(kind: string | undefined): kind is Offered {
  return kind !== undefined && kind in OFFERS;
}

/** Asks for what a connection needs. */
@customElement("ca-connect-form")
export class ConnectForm extends LitElement {
  static override styles = [
    controls,
    css`
      :host {
        display: block;
      }
      form {
        display: grid;
        grid-template-columns: minmax(0, 1fr);
        gap: 12px;
      }
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 8px 20px;
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend {
        float: left;
        width: 100%;
        margin-bottom: 4px;
        padding: 0;
        font-size: 13px;
        font-weight: 500;
      }
      .warning {
        padding: 8px 12px;
        border: 1px solid var(--ca-wait);
        border-radius: var(--ca-radius);
        background: var(--ca-wait-fill);
        font-size: 13px;
      }
    `,
  ];

  @property({ attribute: false }) source: SessionSource | undefined;
  @property({ attribute: false }) renewal: Renewal | undefined;
  @state() private kind: Offered = "github";
  @state() private address = LOCAL_API;
  @state() private agentsAddress = "";
  @state() private token = "";
  @state() private remember = false;
  @state() private remembering: Remembering = "unavailable";
  @state() private failure: Failure | undefined;
  @state() private problem = "";
  @state() private addressProblem = "";
  @state() private agentsAddressProblem = "";
  @state() private connecting = false;
  @query("#address") private addressField!: HTMLInputElement | null;
  @query("#agents-address") private agentsAddressField!: HTMLInputElement | null;
  /** What was typed for the kinds that are not looked at now. */
  readonly #tokens: Partial<Record<Offered, string>> = {};
  @query("#token") private tokenField!: HTMLInputElement;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("source") && this.source) {
      this.source.remembering().then(
        (remembering) => (this.remembering = remembering),
        () => undefined,
      );
    }
    if (changed.has("renewal") && isOffered(this.renewal?.kind)) this.kind = this.renewal.kind;
  }

  protected override render(): TemplateResult {
    return html`<form novalidate @submit=${this.#onSubmit}>
      ${this.renewal ? html`<p>Enter a token for <strong>${this.renewal.label}</strong> again.</p>` : this.#kinds()}
      ${
        this.#asks("api")
          ? html`<div class="field">
              <label for="address">Address</label>
              <input
                id="address"
                type="url"
                autocomplete="off"
                spellcheck="false"
                .value=${this.address}
                aria-invalid=${this.addressProblem ? "true" : nothing}
                aria-describedby="address-problem"
                @input=${this.#onAddress}
              />
              <span id="address-problem" class="field-error" role="alert">${this.addressProblem}</span>
            </div>`
          : nothing
      }
      <div class="field">
        <label for="token">Token</label>
        <input
          id="token"
          type="password"
          autocomplete="off"
          spellcheck="false"
          .value=${this.token}
          aria-invalid=${this.problem ? "true" : nothing}
          aria-describedby="token-about token-problem"
          @input=${this.#onToken}
        />
        <span id="token-problem" class="field-error" role="alert">${this.problem}</span>
        <span id="token-about" class="small muted">
          ${OFFERS[this.kind].tokenHint}
          ${
            this.#asks("agents") && this.agentsAddress
              ? "It is sent to that service and to the agent tasks address only."
              : "It is sent to that service only."
          }
        </span>
      </div>
      ${this.#agentsAddressInput()}
      ${this.#rememberChoice()}
      <ca-failure .failure=${this.failure} headline="Could not connect" connecting></ca-failure>
      <div><button type="submit" class="primary" ?disabled=${this.connecting} aria-busy=${this.connecting}>Connect</button></div>
    </form>`;
  }

  #kinds(): TemplateResult {
    return html`<fieldset>
      <legend>Connect to</legend>
      ${(Object.keys(OFFERS) as Offered[]).map(
        (kind) => html`<label class="check">
          <input type="radio" name="kind" .checked=${this.kind === kind} @change=${() => this.#choose(kind)} />${OFFERS[kind].label}
        </label>`,
      )}
    </fieldset>`;
  }

  /** A token goes only to the service that it was entered for. */
  #choose(kind: Offered): void {
    this.#tokens[this.kind] = this.token;
    this.kind = kind;
    this.token = this.#tokens[kind] ?? "";
    this.problem = "";
    this.addressProblem = "";
    this.agentsAddressProblem = "";
    this.failure = undefined;
  }

  /** A renewed connection keeps its addresses. */
  #asks(address: "api" | "agents"): boolean {
    return OFFERS[this.kind].address === address && !this.renewal;
  }

  #agentsAddressInput(): TemplateResult | typeof nothing {
    if (!this.#asks("agents")) return nothing;
    return html`<div class="field">
      <label for="agents-address">Agent tasks address</label>
      <input
        id="agents-address"
        type="url"
        autocomplete="off"
        spellcheck="false"
        placeholder=${READABLE_AGENTS}
        .value=${this.agentsAddress}
        aria-invalid=${this.agentsAddressProblem ? "true" : nothing}
        aria-describedby="agents-address-about agents-address-problem"
        @input=${this.#onAgentsAddress}
      />
      <span id="agents-address-problem" class="field-error" role="alert">${this.agentsAddressProblem}</span>
      <span id="agents-address-about" class="small muted">
        Optional: GitHub keeps its agent tasks from web pages at api.github.com; where another address lets them be read, such
        as ${READABLE_AGENTS}, put it here; the token is sent there too.
      </span>
    </div>`;
  }

  #rememberChoice(): TemplateResult | typeof nothing {
    if (this.remembering === "unavailable") return nothing;
    return html`
      <label class="check">
        <input
          type="checkbox"
          .checked=${this.remember}
          @change=${(event: Event) => (this.remember = (event.target as HTMLInputElement).checked)}
        />Remember on this device
      </label>
      ${
        this.remember && this.remembering === "shared-origin"
          ? html`<p class="warning" role="alert">
              Other projects are served from this address too, and their pages could use what is stored here. Leave this off
              unless you trust all of them.
            </p>`
          : nothing
      }
    `;
  }

  #onToken(event: Event): void {
    this.problem = "";
    this.token = (event.target as HTMLInputElement).value;
  }

  #onAddress(event: Event): void {
    this.addressProblem = "";
    this.address = (event.target as HTMLInputElement).value;
  }

  #onAgentsAddress(event: Event): void {
    this.agentsAddressProblem = "";
    this.agentsAddress = (event.target as HTMLInputElement).value;
  }

  async #onSubmit(event: Event): Promise<void> {
    event.preventDefault();
    if (!this.source || this.connecting) return;
    if (this.#asks("api") && !apiAddress(this.address)) {
      this.addressProblem = `Enter an address such as ${LOCAL_API}.`;
      this.addressField?.focus();
      return;
    }
    const token = this.token.trim();
    if (!token) {
      this.problem = "Enter a token.";
      this.tokenField.focus();
      return;
    }
    if (this.#asks("agents") && this.agentsAddress.trim() && !webAddress(this.agentsAddress)) {
      this.agentsAddressProblem = `Enter an address such as ${READABLE_AGENTS}, or leave it empty.`;
      this.agentsAddressField?.focus();
      return;
    }
    this.connecting = true;
    this.failure = undefined;
    try {
      const provider = await this.source.connect(this.#request(token));
      this.token = "";
      this.agentsAddress = "";
      this.dispatchEvent(new ConnectedEvent(provider.id));
    } catch (reason) {
      this.failure = asFailure(reason);
    } finally {
      this.connecting = false;
    }
  }

  #request(token: string): ConnectionRequest {
    const request: ConnectionRequest = { kind: this.renewal?.kind ?? this.kind, token, remember: this.remember };
    if (this.renewal) {
      request.id = this.renewal.id;
      request.label = this.renewal.label;
    } else {
      const baseUrl = this.#asks("api") ? apiAddress(this.address) : undefined;
      if (baseUrl) request.baseUrl = baseUrl;
      const agentsUrl = this.#asks("agents") ? webAddress(this.agentsAddress) : undefined;
      if (agentsUrl) request.agentsUrl = agentsUrl;
    }
    return request;
  }
}

function webAddress(text: string): string | undefined {
  const link = webLink(text.trim());
  if (!link) return undefined;
  const { origin, pathname } = new URL(link);
  return origin + pathname.replace(/\/+$/, "");
}

/** The address of the API; the address of the page is taken as well, since that is what `serve` prints. */
function apiAddress(text: string): string | undefined {
  const given = webAddress(text);
  return given !== undefined && given === new URL(given).origin ? `${given}/api` : given;
}
