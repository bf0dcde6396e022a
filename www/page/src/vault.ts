import type { Remembering } from "@cloud-agents/view";
import type { Kind, ProviderConfig } from "cloud-agents";

/** A connection as it is remembered, with its token in clear only while it is in memory. */
export type RememberedConnection = ProviderConfig & { id: string; token: string };

interface StoredConnection {
  id: string;
  kind: Kind;
  label?: string;
  baseUrl?: string;
  agentsUrl?: string;
  iv: Uint8Array<ArrayBuffer>;
  sealed: ArrayBuffer;
}

const DATABASE = "cloud-agents-connections";
const KEY_NAME = "device";

/** Hosts that give each project a path, or that one project shares with strangers in other ways. */
const SHARED_HOSTS = [/(^|\.)github\.io$/, /(^|\.)gitlab\.io$/, /(^|\.)codeberg\.page$/, /(^|\.)sourceforge\.io$/];

/** Whether other projects' pages could reach what is stored here. */
export function whereRemembered({ hostname }: { hostname: string }): Remembering {
  return SHARED_HOSTS.some((host) => host.test(hostname)) ? "shared-origin" : "own-origin";
}

/**
 * Tokens that the person asked to keep on this device. They lie encrypted under a key that WebCrypto made and will not
 * give out, so that a copy of the storage is worth nothing elsewhere.
 */
export class Vault {
  private constructor(
    private readonly database: IDBDatabase,
    private readonly key: CryptoKey,
  ) {}

  /** Opens the vault; `undefined` where the browser has no storage or no cryptography for this page. */
  static async open(): Promise<Vault | undefined> {
    if (!("indexedDB" in globalThis) || !globalThis.crypto?.subtle) return undefined;
    try {
      const database = await openDatabase();
      return new Vault(database, await deviceKey(database));
    } catch {
      // Private windows of some browsers refuse storage; the page works without it.
      return undefined;
    }
  }

  /** Everything that was kept. A record that cannot be read any more is dropped. */
  async connections(): Promise<RememberedConnection[]> {
    const records = await done<StoredConnection[]>(this.#store("readonly").getAll());
    const opened = await Promise.all(records.map((record) => this.#unseal(record)));
    return opened.filter((connection) => connection !== undefined);
  }

  async keep(connection: RememberedConnection): Promise<void> {
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: bytes(connection.id) },
      this.key,
      bytes(connection.token),
    );
    const record: StoredConnection = { id: connection.id, kind: connection.kind, iv, sealed };
    if (connection.label !== undefined) record.label = connection.label;
    if (connection.baseUrl !== undefined) record.baseUrl = connection.baseUrl;
    if (connection.agentsUrl !== undefined) record.agentsUrl = connection.agentsUrl;
    await done(this.#store("readwrite").put(record));
  }

  async forget(id: string): Promise<void> {
    await done(this.#store("readwrite").delete(id));
  }

  async #unseal({ iv, sealed, ...connection }: StoredConnection): Promise<RememberedConnection | undefined> {
    try {
      const token = await crypto.subtle.decrypt(
        { name: "AES-GCM", iv, additionalData: bytes(connection.id) },
        this.key,
        sealed,
      );
      return { ...connection, token: new TextDecoder().decode(token) };
    } catch {
      await this.forget(connection.id);
      return undefined;
    }
  }

  #store(mode: IDBTransactionMode): IDBObjectStore {
    return this.database.transaction("connections", mode).objectStore("connections");
  }
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => {
    request.result.createObjectStore("keys");
    request.result.createObjectStore("connections", { keyPath: "id" });
  };
  return done(request);
}

async function deviceKey(database: IDBDatabase): Promise<CryptoKey> {
  const kept = await done<CryptoKey | undefined>(
    database.transaction("keys", "readonly").objectStore("keys").get(KEY_NAME),
  );
  if (kept) return kept;
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  const keys = database.transaction("keys", "readwrite").objectStore("keys");
  // Another tab may have made one meanwhile; the first that was stored is everybody's.
  const other = await done<CryptoKey | undefined>(keys.get(KEY_NAME));
  if (other) return other;
  await done(keys.put(made, KEY_NAME));
  return made;
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}
