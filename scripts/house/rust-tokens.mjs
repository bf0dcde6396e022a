// Rust taken apart into words, signs and strings, without comments and without what only tests compile.

const TOKEN = new RegExp(
  [
    /(\s+|\/\/[^\n]*)/,
    /(?:b|c)?r(#*)"/,
    /(?:b|c)?"((?:[^"\\]|\\[\s\S])*)"/,
    // A character, a lifetime, a number.
    /(b?'(?:[^'\\\n]|\\(?:u\{[0-9a-fA-F_]+\}|x[0-9a-fA-F]{2}|.))'|'[\p{ID_Start}_]\p{ID_Continue}*|[0-9](?:[0-9a-zA-Z_]|\.[0-9])*)/u,
    // `r#type` is told like `type`, and `$crate` like `crate`.
    /(?:r#|\$(?=crate\b))?([\p{ID_Start}_]\p{ID_Continue}*)/u,
    /(::|=>|->|==|!=|[\s\S])/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "uy",
);

/** `[{ kind: "word" | "sign" | "string" | "other", text, line }]`; the text of a string is what stands between its quotes. */
export function tokens(source) {
  const found = [];
  let at = 0;
  let line = 1;
  const move = (end) => {
    for (let next = source.indexOf("\n", at); next >= 0 && next < end; next = source.indexOf("\n", next + 1)) line++;
    at = end;
  };
  while (at < source.length) {
    if (source.startsWith("/*", at)) {
      move(at + commentLength(source, at));
      continue;
    }
    TOKEN.lastIndex = at;
    const [all, ...groups] = TOKEN.exec(source);
    const [nothing, hashes, string, other, word, sign] = groups;
    if (hashes !== undefined) {
      const begin = at + all.length;
      const end = source.indexOf(`"${hashes}`, begin);
      found.push({ kind: "string", text: source.slice(begin, end), line });
      move(end + 1 + hashes.length);
      continue;
    }
    if (string !== undefined) found.push({ kind: "string", text: string, line });
    else if (other !== undefined) found.push({ kind: "other", text: other, line });
    else if (word !== undefined) found.push({ kind: "word", text: word, line });
    else if (nothing === undefined) found.push({ kind: "sign", text: sign, line });
    move(at + all.length);
  }
  return found;
}

/** The length of a block comment that begins here; they nest. */
function commentLength(source, at) {
  const ends = /\/\*|\*\//g;
  ends.lastIndex = at;
  let depth = 0;
  for (let end = ends.exec(source); end; end = ends.exec(source)) {
    depth += end[0] === "/*" ? 1 : -1;
    if (depth === 0) return ends.lastIndex - at;
  }
  return source.length - at;
}

const OPENING = { "(": ")", "[": "]", "{": "}" };
const isSign = (token, text) => token?.kind === "sign" && token.text === text;
const opens = (token) => token?.kind === "sign" && Object.hasOwn(OPENING, token.text);
const closes = (token) => token?.kind === "sign" && /^[)\]}]$/.test(token.text);

/** Behind the bracket that closes the one at `at`. */
export function behindGroup(list, at) {
  let depth = 0;
  for (; at < list.length; at++) {
    if (opens(list[at])) depth++;
    else if (closes(list[at]) && --depth === 0) return at + 1;
  }
  return at;
}

/** The tokens without the items that stand behind `#[cfg(test)]`, or none at all behind `#![cfg(test)]`. */
export function withoutTests(list) {
  const kept = [];
  for (let at = 0; at < list.length; ) {
    const inner = isSign(list[at], "#") && isSign(list[at + 1], "!");
    const bracket = inner ? at + 2 : at + 1;
    if (!isSign(list[at], "#") || !isSign(list[bracket], "[")) {
      kept.push(list[at++]);
      continue;
    }
    const behind = behindGroup(list, bracket);
    if (!isTestsOnly(list.slice(bracket + 1, behind - 1))) {
      kept.push(...list.slice(at, behind));
      at = behind;
    } else if (inner) {
      return [];
    } else {
      at = behindItem(list, behind);
    }
  }
  return kept;
}

/** Whether an attribute is a `cfg` that holds in tests alone. */
function isTestsOnly(attribute) {
  return attribute[0]?.text === "cfg" && holdsInTestsOnly(attribute.slice(2, -1));
}

function holdsInTestsOnly(condition) {
  const [name, open] = condition;
  if (!isSign(open, "(")) return condition.length === 1 && name.text === "test";
  const parts = [[]];
  for (let at = 2; at < condition.length - 1; ) {
    const end = opens(condition[at]) ? behindGroup(condition, at) : at + 1;
    if (isSign(condition[at], ",")) parts.push([]);
    else parts.at(-1).push(...condition.slice(at, end));
    at = end;
  }
  const wanted = parts.filter((part) => part.length > 0);
  if (name.text === "all") return wanted.some(holdsInTestsOnly);
  return name.text === "any" && wanted.length > 0 && wanted.every(holdsInTestsOnly);
}

const ITEM = /^(?:pub|fn|mod|use|impl|struct|enum|union|trait|type|const|static|async|unsafe|extern|macro_rules|let)$/;

/** Behind the item, field or statement that begins at `at`, its further attributes with it. */
function behindItem(list, at) {
  while (isSign(list[at], "#")) at = behindGroup(list, at + 1);
  // A field and a variant end at a comma, which inside the generics of an item ends nothing.
  const isItem = ITEM.test(list[at]?.text ?? "") && !(list[at].text === "pub" && isSign(list[at + 2], ":"));
  while (at < list.length && !closes(list[at])) {
    if (isSign(list[at], ";") || (!isItem && isSign(list[at], ","))) return at + 1;
    const isBody = isSign(list[at], "{");
    at = opens(list[at]) ? behindGroup(list, at) : at + 1;
    if (isBody) return at;
  }
  return at;
}
