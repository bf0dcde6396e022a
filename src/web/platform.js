// What the platform gives to the core, in the one shape that the core takes: a source, of which `next()` promises what
// comes (undefined when nothing more does) and `stop()` says that nobody waits any more. Translates and decides nothing.

/** The name that all tabs of one origin meet under. */
const NAME = "cloud-agents";

/** What comes when it likes, kept until it is asked for. */
class Feed {
  #come = [];
  #wanted;
  #stop;

  /** `begin` is given the feed and returns what ends it. */
  constructor(begin) {
    this.#stop = begin(this);
  }

  /** Takes a value or the promise of one; undefined is the end, which stays. */
  put(value) {
    if (!this.#wanted || value === undefined) this.#come.push(value);
    this.#wanted?.(value);
    this.#wanted = undefined;
  }

  next() {
    if (this.#come.length > 0) return Promise.resolve(this.#come[0] === undefined ? undefined : this.#come.shift());
    return new Promise((resolve) => {
      this.#wanted = resolve;
    });
  }

  stop() {
    this.#stop();
    this.put(undefined);
  }
}

/** Listens to `events` of `target`. */
function listen(target, events, heard) {
  for (const event of events) target?.addEventListener?.(event, heard);
  return () => {
    for (const event of events) target?.removeEventListener?.(event, heard);
  };
}

/** Comes after that many milliseconds. */
export function sleep(milliseconds) {
  return new Feed((feed) => {
    const timer = setTimeout(() => feed.put(undefined), milliseconds);
    return () => clearTimeout(timer);
  });
}

/** One request and its reply, whose body comes chunk by chunk. Stopping aborts what is not over. */
export class Exchange {
  #abort = new AbortController();
  #body;

  get signal() {
    return this.#abort.signal;
  }

  /** Sends the request with `send`, or with the platform's fetch. Throws when it could not even be tried. */
  begin(send, request) {
    const sent = (send ?? globalThis.fetch)(request);
    return Promise.resolve(sent).then((reply) => {
      this.#body = reply?.body?.getReader();
      return reply;
    });
  }

  async next() {
    return (await this.#body?.read())?.value;
  }

  stop() {
    this.#abort.abort();
  }
}

/** A WebSocket's text messages. Binary ones belong to no protocol that is spoken here, unless they are text after all. */
export function openSocket(url, protocols) {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = "arraybuffer";
  const feed = new Feed(() => () => socket.close());
  socket.onmessage = ({ data }) => {
    try {
      feed.put(typeof data === "string" ? data : new TextDecoder("utf-8", { fatal: true }).decode(data));
    } catch {
      // No text.
    }
  };
  socket.onclose = ({ wasClean, code }) => {
    if (!wasClean) feed.put(failure(`The socket broke (${code}).`));
    feed.put(undefined);
  };
  feed.send = (text) => {
    if (socket.readyState > WebSocket.OPEN) throw new Error("The socket is closed.");
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
    return socket.readyState === WebSocket.OPEN;
  };
  return feed;
}

/** A rejection that is nobody's fault until somebody asks for it. */
function failure(message) {
  const rejected = Promise.reject(new Error(message));
  rejected.catch(() => undefined);
  return rejected;
}

let channel;

/** Tells the other tabs. Where there is no BroadcastChannel there are none. */
export function broadcast(message) {
  if (!globalThis.BroadcastChannel) return;
  channel ??= new BroadcastChannel(NAME);
  channel.postMessage(message);
}

/** What other tabs tell. */
export function broadcasts() {
  return new Feed((feed) => {
    if (!globalThis.BroadcastChannel) return () => undefined;
    const own = new BroadcastChannel(NAME);
    own.onmessage = ({ data }) => feed.put(data);
    return () => own.close();
  });
}

/** A Web Lock: `next` when it is granted, `stop` gives it back. Where there are none, nobody else can hold it. */
export function lock(name) {
  let release;
  const released = new Promise((resolve) => {
    release = resolve;
  });
  const granted = new Promise((resolve) => {
    const asked = globalThis.navigator?.locks?.request(`${NAME}:${name}`, () => {
      resolve();
      return released;
    });
    // A host that refuses locks (an opaque origin) has no tabs that could share anything.
    if (asked) asked.catch(resolve);
    else resolve();
  }).catch(() => undefined);
  return { next: () => granted, stop: release };
}

export function isOnline() {
  // Node has a navigator that knows nothing of networks.
  return globalThis.navigator?.onLine ?? true;
}

export function isVisible() {
  // A worker has no document: whether anyone looks at its page it cannot know.
  return globalThis.document?.visibilityState !== "hidden";
}

/** News of the network and of who is looking. */
export function signals() {
  return new Feed((feed) => {
    const network = listen(globalThis, ["online", "offline"], ({ type }) => feed.put(type));
    const sight = listen(globalThis.document, ["visibilitychange"], () => feed.put(isVisible() ? "visible" : "hidden"));
    return () => {
      network();
      sight();
    };
  });
}

/** What a token is now: one that is given as a function is asked for each time. */
export async function ask(token) {
  return typeof token === "function" ? token() : token;
}
