// Every path that a file of Rust names, from the root of its crate: use trees, paths in expressions and types, and what was
// renamed on the way.
import { behindGroup } from "./rust-tokens.mjs";

const ROOTS = ["crate", "cloud_agents"];
const is = (token, text) => token !== undefined && token.kind !== "string" && token.text === text;
const isWord = (token) => token?.kind === "word";

/** The modules that a file of src/ is: `src/hub/outbox.rs` is `["hub", "outbox"]`. */
export function modulesOf(path) {
  const modules = path
    .replace(/^src\//, "")
    .replace(/\.rs$/, "")
    .split("/");
  return /^(?:mod|lib|main)$/.test(modules.at(-1)) ? modules.slice(0, -1) : modules;
}

/**
 * `{ paths, declared }`: the paths as `{ segments, line, glob, used }`, where segments of this crate begin with `crate`, and
 * `used` says that it stands in a `use`; and the modules that it declares.
 */
export function pathsOf(list, path) {
  const paths = [];
  const declared = [];
  const renamed = new Map();
  const here = modulesOf(path);
  const inner = [];
  let depth = 0;

  const add = (segments, line, more = {}) => {
    const found = { segments: absolute(segments, [...here, ...inner.map(({ name }) => name)]), line, ...more };
    paths.push(found);
    return found.segments;
  };

  for (let at = 0; at < list.length; ) {
    const token = list[at];
    if (is(token, "mod") && isWord(list[at + 1])) {
      const name = list[at + 1].text;
      const inFile = !is(list[at + 2], "{");
      if (!inFile) inner.push({ name, depth });
      declared.push({ name, line: token.line, inFile });
      at += 2;
    } else if (is(token, "use") && !is(list[at + 1], "<")) {
      const end = endOfStatement(list, at + 1);
      for (const leaf of leaves(list.slice(at + 1, end), [])) {
        const segments = add(leaf.segments, leaf.line, { glob: leaf.glob, used: true });
        if (!leaf.glob && leaf.name !== "_") renamed.set(leaf.name, segments);
      }
      at = end;
    } else if (is(token, "extern") && is(list[at + 1], "crate") && isWord(list[at + 2])) {
      const name = is(list[at + 3], "as") ? list[at + 4].text : list[at + 2].text;
      renamed.set(name, add(["", list[at + 2].text], token.line, { used: true }));
      at += 3;
    } else if (is(token, "$") || (is(token, ">") && is(list[at + 1], "::"))) {
      // What goes on behind a variable of a macro, or behind the arguments of a type, begins no path.
      at++;
      while (at < list.length && (isWord(list[at]) || is(list[at], "::"))) at++;
    } else if (is(token, "type") && isWord(list[at + 1]) && is(list[at + 2], "=")) {
      const { segments } = pathAt(list, at + 3);
      if (segments.length > 0) renamed.set(list[at + 1].text, absolute(segments, here));
      at += 3;
    } else {
      const { segments, end } = pathAt(list, at);
      if (segments.length > 1) add(segments, token.line);
      for (let passed = at; passed < Math.max(end, at + 1); passed++) {
        if (is(list[passed], "{")) depth++;
        if (is(list[passed], "}") && inner.at(-1)?.depth === --depth) inner.pop();
      }
      at = Math.max(end, at + 1);
    }
  }
  const implemented = kindImplemented(list);
  if (implemented) renamed.set("Self", absolute(implemented, here));
  return { paths: paths.map((found) => ({ ...found, segments: original(found.segments, renamed) })), declared };
}

/** Words joined by `::`, the type arguments between them left out; `["", "std"]` is `::std`. */
function pathAt(list, at) {
  const segments = [];
  let end = at;
  if (is(list[at], "::")) {
    segments.push("");
    end++;
  }
  if (!isWord(list[end])) return { segments: [], end: at };
  while (isWord(list[end])) {
    segments.push(list[end].text);
    if (!is(list[end + 1], "::")) return { segments, end: end + 1 };
    end += 2;
  }
  return { segments, end };
}

function endOfStatement(list, at) {
  while (at < list.length && !is(list[at], ";")) at = is(list[at], "{") ? behindGroup(list, at) : at + 1;
  return at;
}

/** The paths of a use tree: `a::{self, b::{c as d}, e::*}` has four. */
function leaves(tree, before) {
  const found = [];
  for (let at = 0; at < tree.length; at++) {
    const segments = [...before];
    const { line } = tree[at];
    let isGroup = false;
    for (; at < tree.length && !is(tree[at], ","); at++) {
      if (is(tree[at], "::")) {
        if (segments.length === 0) segments.push("");
      } else if (is(tree[at], "{")) {
        const end = behindGroup(tree, at);
        found.push(...leaves(tree.slice(at + 1, end - 1), segments));
        isGroup = true;
        at = end - 1;
      } else if (is(tree[at], "as") || is(tree[at], "*")) {
        break;
      } else {
        segments.push(tree[at].text);
      }
    }
    if (segments.length > 1 && segments.at(-1) === "self") segments.pop();
    const glob = is(tree[at], "*");
    const name = is(tree[at], "as") ? tree[at + 1].text : segments.at(-1);
    while (at < tree.length && !is(tree[at], ",")) at++;
    if (!isGroup && segments.length > 0) found.push({ segments, line, glob, name });
  }
  return found;
}

/** From the root: `super::x` in `crate::hub::outbox` is `crate::hub::x`. A path that begins with another word stays. */
function absolute(segments, modules) {
  const [first, ...rest] = segments;
  if (ROOTS.includes(first)) return ["crate", ...rest];
  if (first === "") return ROOTS.includes(rest[0]) ? ["crate", ...rest.slice(1)] : segments;
  if (first !== "self" && first !== "super") return segments;
  const at = [...modules];
  let next = 0;
  for (; segments[next] === "self" || segments[next] === "super"; next++) if (segments[next] === "super") at.pop();
  return ["crate", ...at, ...segments.slice(next)];
}

/** With the name that a `use` gave taken back: after `use tokio as t`, `t::spawn` is `tokio::spawn`. */
function original(segments, renamed) {
  const seen = new Set();
  while (renamed.has(segments[0]) && !seen.has(segments[0])) {
    seen.add(segments[0]);
    segments = [...renamed.get(segments[0]), ...segments.slice(1)];
  }
  return segments[0] === "" ? segments.slice(1) : segments;
}

/** What `Self` is in a file that implements something for `Kind`. */
function kindImplemented(list) {
  for (let at = 0; at < list.length; at++) {
    if (!is(list[at], "impl")) continue;
    let target = [];
    for (let next = at + 1; next < list.length && !is(list[next], "{") && !is(list[next], "where"); next++) {
      const { segments, end } = pathAt(list, next);
      if (segments.length > 0) {
        target = segments;
        next = end - 1;
      }
    }
    if (/^(?:Provider)?Kind$/.test(target.at(-1))) return target;
  }
  return undefined;
}
