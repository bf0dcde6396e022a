// What fuzzing begins with: the fixtures, the texts in the tests of the crate and, where there are some, real transcripts, cut
// down to what differs in them; and the words that the formats use.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { constants, deflateRawSync } from "node:zlib";

/** Inputs are no longer than this while fuzzing; the judge makes some of them long. */
export const LONGEST = 8192;
const LONGEST_STRING = 200;
const CORE = "src/handoff";
const READERS = `${CORE}/readers`;
/** The tests whose texts a target begins with, where they are not a reader's. */
const TESTS = {
  bundle: ["bundle/tests.rs", "asked.rs"],
  inflate: [],
  diff: ["patch/tests.rs", "push/tests.rs", "apply/tests.rs", "binary/tests.rs", "tools/tests.rs"],
  secrets: ["secrets/tests.rs", "secrets/oracle_tests.rs", "secrets/shapes.txt"],
};

const read = (path) => readFileSync(path, "utf8");
const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
const parsed = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** The texts of the string literals in a file of Rust, those of its comments' examples left out. */
function literals(source) {
  const code = source.replace(/^\s*\/\/.*$/gm, "").replace(/b?'(?:[^'\\]|\\.)'/g, "0");
  const found = code.matchAll(/r(#+)"([\s\S]*?)"\1|"((?:[^"\\]|\\[\s\S])*)"/g);
  return [...found].map(([, , raw, escaped]) => raw ?? unescaped(escaped));
}

function unescaped(text) {
  const signs = { n: "\n", r: "\r", t: "\t", 0: "\0" };
  return text.replace(/\\(?:\n\s*|u\{(\w+)\}|x(\w\w)|([\s\S]))/g, (_, point, byte, sign) =>
    point || byte ? String.fromCodePoint(Number.parseInt(point ?? byte, 16)) : sign ? (signs[sign] ?? sign) : "",
  );
}

/** What an item is, by the words that formats tell it with. */
const sort = (value) =>
  [
    value?.type,
    value?.kind,
    value?.role,
    value?.payload?.type,
    value?.method,
    value?.action,
    value?.update?.sessionUpdate,
  ]
    .concat(Object.keys(value ?? {}))
    .join();

/** The same with its strings cut and no more than two items of a sort in an array. */
function cutDown(value) {
  if (typeof value === "string" && value.length > LONGEST_STRING) {
    return `${value.slice(0, LONGEST_STRING / 2)}\n${value.slice(-LONGEST_STRING / 2)}`;
  }
  if (Array.isArray(value)) return differing(value).map(cutDown);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, cutDown(inner)]));
}

function differing(values) {
  const counts = new Map();
  return values.filter((value) => {
    const name = sort(value);
    counts.set(name, (counts.get(name) ?? 0) + 1);
    return counts.get(name) <= 2;
  });
}

/** A transcript as inputs that are short enough. */
function pieces(text) {
  const document = parsed(text);
  if (document !== undefined) return [JSON.stringify(cutDown(document))];
  let lines = text.split("\n");
  const values = lines.map(parsed).filter((value) => value && typeof value === "object");
  if (values.length > lines.length / 2) lines = differing(values).map((value) => JSON.stringify(cutDown(value)));
  const found = [""];
  for (const line of lines) {
    if (found.at(-1).length + line.length > LONGEST * 0.75) found.push("");
    found.push(`${found.pop() + line}\n`);
  }
  // Of a long text of words, its beginning and its end.
  return values.length > 0 ? found : [found[0], found.at(-1)];
}

const fixtures = () => filesIn("tests/fixtures").map(read);
const transcripts = (samples) =>
  samples ? filesIn(samples).filter((path) => statSync(path).size < 1 << 24 && !path.endsWith(".tsv")) : [];

/** The tests of a reader, or of all of them. */
function testsOf(target) {
  if (TESTS[target]) return TESTS[target].map((path) => `${CORE}/${path}`);
  const readers = filesIn(READERS).filter((path) => path.endsWith(".rs"));
  const own = readers.find((path) => read(path).includes(`id: "${target}"`));
  const tests = readers.filter((path) => path.endsWith("tests.rs"));
  return own ? tests.filter((path) => path.startsWith(own.replace(/\.rs$/, "/"))) : tests;
}

/** Changes to a file as git writes them, each with the file below it. */
function changes() {
  const old = read("tests/fuzz/Cargo.toml");
  const folder = mkdtempSync(join(tmpdir(), "seeds-"));
  const pairs = [
    [old, old.replace("publish = false\n", "publish = true\nlicence = 'MIT'\n").replace("[workspace]\n", "")],
    [old.trimEnd(), old.replaceAll("\n", "\r\n")],
    ["", old],
    [old, ""],
    ["a", Buffer.from([0, 1, 2, 255, 254])],
  ];
  const diffs = pairs.map(([before, after]) => {
    writeFileSync(join(folder, "a"), before);
    writeFileSync(join(folder, "b"), after);
    const diff = spawnSync("git", ["diff", "--no-index", "--binary", "a", "b"], { cwd: folder, encoding: "utf8" });
    return `${diff.stdout}\n====\n${before}`;
  });
  rmSync(folder, { recursive: true });
  return diffs;
}

/** The inputs that a target begins with. */
export function seeds(target, samples) {
  if (target === "inflate") {
    return fixtures().flatMap((text) => [
      deflateRawSync(text.slice(0, 3000), { level: 0 }),
      deflateRawSync(text.slice(0, 3000), { strategy: constants.Z_FIXED }),
      deflateRawSync(text.slice(0, 20_000), { level: 9 }),
    ]);
  }
  const found = testsOf(target).flatMap((path) =>
    path.endsWith(".txt") ? read(path).split("\n") : literals(read(path)),
  );
  if (target === "diff") found.push(...changes());
  const whole = target === "diff" || target === "secrets" ? [] : fixtures();
  if (target === "bundle") whole.push(...whole.map((text) => text.replace(/,"hash":"[^"]*"\}\s*$/, "}")));
  // A bundle is only read as it was written.
  const cut = target === "bundle" ? whole : [...whole, ...transcripts(samples).map(read)].flatMap(pieces);
  return [...new Set([...found.filter((text) => text.length > 3), ...cut])];
}

/** The words that the formats use: names of fields, of kinds and of tools, marks. */
export function words() {
  const sources = filesIn(CORE).filter((path) => /\.(?:rs|txt)$/.test(path) && !path.endsWith("tests.rs"));
  const inSources = sources
    .flatMap((path) => literals(read(path).split("#[cfg(test)]")[0]))
    .flatMap((text) => [text, ...text.split(/[\s.|,]+/)]);
  const inFixtures = fixtures().flatMap((text) => text.match(/"\w+":"[\w.-]{1,24}"|"\w+"(?=:)/g) ?? []);
  return [...new Set([...inSources, ...inFixtures])].filter((word) => /^[^\n\r\0]{2,48}$/.test(word)).sort();
}

/** The same as libFuzzer's dictionaries have them. */
export function dictionary(words) {
  const escaped = (byte) => `\\x${byte.toString(16).padStart(2, "0")}`;
  return words.map((word) => `"${[...Buffer.from(word)].map(escaped).join("")}"\n`).join("");
}
