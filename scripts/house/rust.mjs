// What a file of the crate may name: other rooms, crates, the outside, and providers.
import { pathsOf } from "./rust-paths.mjs";
import { tokens, withoutTests } from "./rust-tokens.mjs";

/** What any room may use: they know nothing of sessions and services. */
const FOUNDATIONS = ["by_name", "calendar", "error", "find", "json", "order", "together"];

/** What each room of src/ may name of the crate. Every room is listed. */
const KNOWS = {
  calendar: [],
  find: [],
  json: [],
  order: [],
  together: [],
  by_name: ["json"],
  error: ["json"],
  session: FOUNDATIONS,
  handoff: FOUNDATIONS,
  host: [...FOUNDATIONS, "session"],
  wire: [...FOUNDATIONS, "host", "session"],
  provider: [...FOUNDATIONS, "host", "session", "handoff", "wire"],
  hub: [...FOUNDATIONS, "host", "session", "handoff", "wire", "provider"],
  web: [...FOUNDATIONS, "host", "session", "handoff", "wire", "provider", "hub"],
  local: [...FOUNDATIONS, "session", "wire"],
  main: ["local"],
  lib: [],
};
const NATIVE = ["local", "main"];

/** Crates that any room may use: they compute, and touch nothing. Others are for `web` or for `local`. */
const CRATES = "std core alloc async_trait base64 futures serde serde_json thiserror".split(" ");
const JAVASCRIPT =
  "console_error_panic_hook gloo_net gloo_timers idb js_sys serde_wasm_bindgen wasm_bindgen wasm_bindgen_futures web_sys".split(
    " ",
  );
const PRIMITIVES = "bool char str u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64".split(" ");
/** Attributes of tools: `#[rustfmt::skip]`, `#[expect(clippy::x)]`. */
const TOOLS = ["clippy", "rustdoc", "rustfmt"];

/** The parts of the standard library that touch the outside. */
const OUTSIDE = [
  "std::env",
  "std::fs",
  "std::io::stderr",
  "std::io::stdin",
  "std::io::stdout",
  "std::net",
  "std::os",
  "std::process",
  "std::thread",
  "std::time::Instant",
  "std::time::SystemTime",
].map((name) => name.split("::"));

const KIND_NAMES = ["local", "github", "claude", "jules", "cursor", "openhands", "custom"];
const KIND_VARIANTS = ["Local", "Github", "GitHub", "Claude", "Jules", "Cursor", "Openhands", "OpenHands", "Custom"];

/** Where a provider is named, beside its own folder: a path or the beginning of one, what is named there, and why. */
const NAMED = [
  { path: "src/provider/mod.rs", names: KIND_NAMES, why: "the registry" },
  {
    path: "src/provider/github/",
    names: ["github", "local"],
    why: "the provider; the local cloud speaks its protocol",
  },
  { path: "src/session.rs", names: KIND_NAMES, why: "the kinds are defined here" },
  { path: "src/session/read.rs", names: KIND_NAMES, why: "their words in JSON" },
  {
    path: "src/hub/mod.rs",
    names: ["custom"],
    why: "a start whose row is damaged has a kind only when it is connected",
  },
  { path: "src/handoff/readers/messages.rs", names: ["custom"], why: "a field of tool calls in OpenAI's messages" },
  { path: "src/handoff/readers/openhands.rs", names: ["openhands"], why: "a format of transcripts" },
  { path: "src/local/api/tasks.rs", names: ["github"], why: "GitHub's own word in an artifact" },
  { path: "src/local/api/pulls/mod.rs", names: ["custom"], why: "GitHub's own word in a validation error" },
  { path: "src/local/repository.rs", names: ["local"], why: "the owner of the repositories, not a kind" },
];
const PROVIDER_NAMED = "what differs by provider belongs to the provider's file or its table of capabilities";

/** The room of src/ that a file is in: `src/hub/outbox.rs` is in `hub`. */
const roomOf = (path) => /^src\/([^/]+?)(?:\/|\.[a-z]+$)/.exec(path)?.[1];

/** A file under src/ stands in a room that is listed. */
export function inspectPlace(path, report) {
  const room = roomOf(path);
  if (path.startsWith("src/") && !Object.hasOwn(KNOWS, room)) {
    report(path, 0, `\`${room}\` is no room of src/: scripts/house/rust.mjs lists them, and what each may know`);
  }
}

/** Every broken rule of a file of Rust. */
export function inspectRust(path, source, isTest, report) {
  const room = roomOf(path);
  const list = withoutTests(tokens(source));
  const { paths, declared } = pathsOf(list, path);

  for (const { name, line, inFile } of declared) {
    if (inFile && (isTest(`src/${name}.rs`) || isTest(`src/${name}/x.rs`)))
      report(path, line, `\`${name}\` is named as tests are, and is not behind cfg(test)`);
  }
  list.forEach((token, index) => {
    const next = list[index + 1]?.text;
    if (token.kind === "string") {
      const isFeature = list[index - 2]?.text === "feature" && list[index - 1].text === "=";
      if (KIND_NAMES.includes(token.text) && !isFeature && !mayName(path, token.text)) {
        report(path, token.line, PROVIDER_NAMED);
      }
    }
    if (token.kind !== "word") return;
    if (
      (token.text === "include" && next === "!") ||
      (token.text === "path" && next === "=" && list[index - 1]?.text === "[")
    ) {
      report(path, token.line, "a module stands where its name says: no `#[path]`, no `include!`");
    }
  });

  const local = new Set(declared.map(({ name }) => name));
  for (const found of paths) {
    const { segments, line } = found;
    if (segments[0] === "crate") inspectRoom(path, room, found, report);
    else if (!local.has(segments[0]) && isCrate(found)) inspectCrate(path, room, segments, line, report);
    if (!NATIVE.includes(room) && touchesOutside(found)) {
      report(path, line, "the core touches the outside only through the `Host` trait");
    }
    const named = kindIn(found);
    if (named !== undefined && !mayName(path, named)) report(path, line, PROVIDER_NAMED);
  }
}

function inspectRoom(path, room, { segments, line, glob, used }, report) {
  const named = segments[1];
  if (named === undefined) {
    if (used)
      report(path, line, `\`${room}\` may not know ${glob ? "every room" : "the whole crate"}: name what is used`);
  } else if (room !== "lib" && named !== room && !KNOWS[room]?.includes(named)) {
    report(path, line, `\`${room}\` may not know \`${named}\``);
  }
}

/** Whether the first word of a path is a crate: modules of the file are told apart by their declarations, types by their case. */
function isCrate({ segments: [first], used }) {
  return (
    /^[a-z]/.test(first) &&
    !["self", "super"].includes(first) &&
    (used || !PRIMITIVES.includes(first)) &&
    !TOOLS.includes(first)
  );
}

function inspectCrate(path, room, [crate], line, report) {
  if (CRATES.includes(crate) || NATIVE.includes(room)) return;
  if (JAVASCRIPT.includes(crate)) {
    if (room !== "web") report(path, line, "only `web` knows JavaScript");
  } else {
    report(path, line, `\`${crate}\` is not for this room: only \`local\` knows tokio and what comes with it`);
  }
}

function touchesOutside({ segments, glob }) {
  const begins = (long, short) => short.every((segment, index) => long[index] === segment);
  return OUTSIDE.some((outside) => begins(segments, outside) || (glob && begins(outside, segments)));
}

/** The kind that a path names: `Kind::Github`, or all of them by `Kind::*`. */
function kindIn({ segments, glob }) {
  const isKind = (segment) => /^(?:Provider)?Kind$/.test(segment);
  if (glob && isKind(segments.at(-1))) return "*";
  return segments
    .find((segment, index) => KIND_VARIANTS.includes(segment) && isKind(segments[index - 1]))
    ?.toLowerCase();
}

function mayName(path, name) {
  return NAMED.some(({ path: place, names }) => {
    const isHere = place.endsWith("/") ? path.startsWith(place) : path === place;
    return isHere && (names.includes(name) || (name === "*" && names === KIND_NAMES));
  });
}
