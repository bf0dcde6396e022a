// The store in IndexedDB, in the shape of the package's type `Store`: one object store whose keys are `table/key`, so
// that a new table needs no new version.

const NAME = "cloud-agents";
const VERSION = 1;
const ENTRIES = "entries";

/** What a request comes to. */
function result(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function open() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => request.result.createObjectStore(ENTRIES);
  const database = await result(request);
  // A newer version of the page waits in another tab: let it upgrade.
  database.onversionchange = () => database.close();
  return database;
}

class IndexedDbStore {
  #opening;

  /** Opened when it is first needed, and once. */
  async #transaction(mode) {
    this.#opening ??= open();
    try {
      return (await this.#opening).transaction(ENTRIES, mode);
    } catch (problem) {
      // The next call tries again: the person may have allowed it meanwhile.
      this.#opening = undefined;
      throw problem;
    }
  }

  async get(table, key) {
    const transaction = await this.#transaction("readonly");
    return result(transaction.objectStore(ENTRIES).get(`${table}/${key}`));
  }

  async scan(table) {
    const store = (await this.#transaction("readonly")).objectStore(ENTRIES);
    // "0" is the character after "/".
    const range = IDBKeyRange.bound(`${table}/`, `${table}0`, false, true);
    const [keys, values] = await Promise.all([result(store.getAllKeys(range)), result(store.getAll(range))]);
    return keys.map((key, at) => [key.slice(table.length + 1), values[at]]);
  }

  async commit({ expect, writes }) {
    const transaction = await this.#transaction("readwrite");
    const written = new Promise((resolve, reject) => {
      transaction.oncomplete = resolve;
      transaction.onabort = () => reject(transaction.error);
    });
    // Whoever fails before waiting for it has said why.
    written.catch(() => undefined);
    const store = transaction.objectStore(ENTRIES);
    const kept = await Promise.all(expect.map(({ table, key }) => result(store.get(`${table}/${key}`))));
    if (expect.some(({ value }, at) => (kept[at] ?? null) !== value)) return false;
    for (const { table, key, value } of writes) {
      if (value === null) store.delete(`${table}/${key}`);
      else store.put(value, `${table}/${key}`);
    }
    await written;
    return true;
  }
}

/** Undefined where there is no IndexedDB, as in Node. */
export function indexedDbStore() {
  return globalThis.indexedDB ? new IndexedDbStore() : undefined;
}
