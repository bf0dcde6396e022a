// The rules of the house (CONTRIBUTING.md) that a program can hold: who may know whom, what a room may touch, names,
// lengths, and what must not be committed. Run by `make lint`; `house.test.mjs` plants a violation of each.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const LONGEST_FILE = 600;

/** What each room of src/ may name of the crate; a room that is not listed may name every other. */
const KNOWS = {
  error: [],
  session: ["error"],
  handoff: ["error"],
  host: ["error", "session"],
  wire: ["error", "host", "session"],
  provider: ["error", "host", "session", "handoff", "wire"],
  hub: ["error", "host", "session", "handoff", "wire", "provider"],
  web: ["error", "host", "session", "handoff", "wire", "provider", "hub"],
  local: ["error", "session", "wire"],
};

/** Crates and modules that only some rooms may name. */
const RESERVED = [
  {
    what: /\b(?:js_sys|web_sys|wasm_bindgen|wasm_bindgen_futures|gloo_net|gloo_timers|serde_wasm_bindgen|idb)\b/,
    rooms: ["web"],
    why: "only `web` knows JavaScript",
  },
  {
    what: /\b(?:tokio|axum|tower_http|rusqlite|rustix|clap)::/,
    rooms: ["local", "main"],
    why: "only `local` knows tokio and what comes with it",
  },
  {
    what: /\bstd::(?:fs|net|process|env|thread)\b|\b(?:Instant|SystemTime)::now\b|\bstd::time::(?:Instant|SystemTime)\b/,
    rooms: ["local", "main", "web"],
    why: "the core touches the outside only through the `Host` trait",
  },
];

const VAGUE_NAMES = /(?:^|[-_./])(?:utils?|helpers?|common|misc|managers?)(?:[-_./]|$)/i;
const PROVIDER_NAME = `(?:["'](?:local|github|claude|jules|cursor|openhands|custom)["']|(?:Provider)?Kind::[A-Z]\\w+)`;
/** A comparison of a provider, or of its kind, with one by name; and a `match` on a kind by name. */
const PROVIDER_SWITCH = new RegExp(
  `\\b(?:provider|kind)(?:\\(\\))?(?:\\.\\w+)?\\s*[!=]==?\\s*${PROVIDER_NAME}|${PROVIDER_NAME}\\s*[!=]==?\\s*[\\w.]*(?:provider|kind)\\b|\\bmatches!\\([\\w.()]*kind[\\w.()]*,\\s*${PROVIDER_NAME}`,
);
const RAW_MARKUP =
  /\.(?:innerHTML|outerHTML)\b\s*[+]?=[^=]|\binsertAdjacentHTML\b|\bdocument\.write\b|\bunsafeHTML\b|\bunsafeSVG\b|\bcreateContextualFragment\b/;
const MACHINE_PATH = /(?:^|[\s"'`(=])(?:\/home\/[a-z]|\/root\/|\/Users\/[A-Za-z]|[A-Z]:\\\\?Users\b)/;
const REGISTRY_HOST =
  /\b(?:registry\.npmjs\.org|registry\.yarnpkg\.com|static\.crates\.io|index\.crates\.io|files\.pythonhosted\.org)\b/;

const inTests = (path) =>
  /(?:^|\/)(?:tests?|fixtures|bench)\//.test(path) ||
  /[._]tests?\.(?:rs|mjs|ts|js)$/.test(path) ||
  /\/tests\.rs$/.test(path);
const isText = (path) =>
  /\.(?:rs|ts|mjs|js|css|html|json|toml|yml|yaml|md|sh)$/.test(path) ||
  /(?:^|\/)(?:Makefile|\.ci\/run|scripts\/[a-z-]+)$/.test(path);
const isWritten = (path) => /\.(?:rs|ts|mjs|js|css)$/.test(path);

/** The room of src/ that a file is in: `src/hub/outbox.rs` is in `hub`. */
const roomOf = (path) => /^src\/([a-z_]+)(?:\/|\.rs$)/.exec(path)?.[1];

/** Rust without comments, strings kept, and without what stands in test modules at the end of a file. */
function rustCode(text) {
  const end = text.search(/^\s*#\[cfg\((?:all\()?test\b/m);
  const code =
    end >= 0 && /^\s*#\[cfg\((?:all\()?test\b[^\n]*\n\s*mod \w+\s*\{/m.test(text.slice(end))
      ? text.slice(0, end)
      : text;
  return code.split("\n").map((line) => line.replace(/^\s*\/\/.*$/, "").replace(/\s\/\/\s.*$/, ""));
}

/** JavaScript, TypeScript or CSS without comments; the lines keep their numbers. */
function scriptCode(text) {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ""))
    .split("\n")
    .map((line) => line.replace(/^\s*\/\/.*$/, "").replace(/\s\/\/\s.*$/, ""));
}

/** The crate's own rooms that a line of Rust names, through `crate::x`, `crate::{x, y}` or `super::super::x`. */
function roomsNamed(line) {
  const rooms = [...line.matchAll(/\bcrate::([a-z_]+)/g)].map((match) => match[1]);
  for (const group of line.matchAll(/\bcrate::\{([^}]*)\}?/g)) {
    rooms.push(...[...group[1].matchAll(/(?:^|,)\s*([a-z_]+)/g)].map((match) => match[1]));
  }
  return rooms;
}

/** Every broken rule in a tree of files: `[{ path, line, rule }]`. */
export function inspect(files) {
  const found = [];
  const report = (path, line, rule) => found.push({ path, line, rule });

  for (const [path, text] of files) {
    const lines = text.split("\n");
    const room = roomOf(path);

    if (VAGUE_NAMES.test(path)) report(path, 0, "the name says nothing: call it what it is in the field's own word");
    if (isWritten(path) && lines.length > LONGEST_FILE + 1) {
      report(path, 0, `${lines.length} lines: over ${LONGEST_FILE} a file is asking to be two rooms`);
    }
    if (path.endsWith("package-lock.json")) {
      lines.forEach((line, index) => {
        if (/"resolved": "(?:https?|git|file):/.test(line))
          report(
            path,
            index + 1,
            "a lock file carries no addresses: npm config set omit-lockfile-registry-resolved true",
          );
      });
    }

    lines.forEach((line, index) => {
      if (MACHINE_PATH.test(line) && !inTests(path)) report(path, index + 1, "a path of one machine");
      if (REGISTRY_HOST.test(line) && !path.startsWith("scripts/house"))
        report(path, index + 1, "the host of a registry");
    });

    if (path.endsWith(".rs") && room !== undefined && !inTests(path)) inspectRust(path, room, rustCode(text), report);
    if (/\.(?:ts|mjs|js)$/.test(path) && /^(?:www|pkg-template)\//.test(path) && !inTests(path)) {
      inspectScript(path, scriptCode(text), report);
    }
    if (path.endsWith(".html") && path.startsWith("www/")) inspectPage(path, lines, report);
  }
  return found;
}

function inspectRust(path, room, lines, report) {
  const knows = KNOWS[room];
  lines.forEach((line, index) => {
    for (const named of knows ? roomsNamed(line) : []) {
      if (named in KNOWS && named !== room && !knows.includes(named)) {
        report(path, index + 1, `\`${room}\` may not know \`${named}\``);
      }
    }
    for (const { what, rooms, why } of RESERVED) {
      if (what.test(line) && !rooms.includes(room)) report(path, index + 1, why);
    }
    if (room !== "provider" && PROVIDER_SWITCH.test(line)) {
      report(path, index + 1, "what differs by provider belongs to the provider's file or its table of capabilities");
    }
  });
}

function inspectScript(path, lines, report) {
  const imports = /\bfrom\s+["']([^"']+)["']|\bimport\s*\(?\s*["']([^"']+)["']/;
  const view = path.startsWith("www/view/");
  let statement = "";
  lines.forEach((line, index) => {
    if (/^\s*(?:import|export)\b/.test(line)) statement = "";
    statement += `${line} `;
    const source = imports.exec(line)?.slice(1).find(Boolean);
    if (view && source !== undefined) {
      const typesOnly = /\b(?:import|export)\s+type\b/.test(statement);
      if (/^cloud-agents(?:\/|$)/.test(source) && (!typesOnly || /\bCloudAgents\b/.test(statement))) {
        report(
          path,
          index + 1,
          "`www/view` works over `SessionSource`: it takes only types from cloud-agents, and never CloudAgents",
        );
      }
      if (/(?:^|\/)page(?:\/|$)/.test(source)) report(path, index + 1, "`www/view` never imports `www/page`");
    }
    if (PROVIDER_SWITCH.test(line)) {
      report(path, index + 1, "what differs by provider belongs to the provider's file or its table of capabilities");
    }
    if (RAW_MARKUP.test(line) && !/(?:^|\/)(?:sanitiz\w*|markdown)\.ts$/.test(path)) {
      report(path, index + 1, "markup is made only by the sanitizer (www/view/src/markdown.ts or sanitize.ts)");
    }
    if (/\beval\(|\bnew Function\(/.test(line)) report(path, index + 1, "no eval");
  });
}

function inspectPage(path, lines, report) {
  lines.forEach((line, index) => {
    if (/<script(?![^>]*\bsrc=)[^>]*>/.test(line)) report(path, index + 1, "no inline script");
    if (/\sstyle="/.test(line)) report(path, index + 1, "no inline style attribute");
    if (/\son[a-z]+="/.test(line)) report(path, index + 1, "no inline event handler");
  });
}

/** The files that git knows or would take, with their text. */
function trackedFiles(root) {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  const files = new Map();
  for (const path of listed.split("\0").filter((path) => path !== "" && isText(path))) {
    try {
      files.set(path, readFileSync(join(root, path), "utf8"));
    } catch (error) {
      // Listed by the index and removed from the work tree.
      if (error.code !== "ENOENT") throw error;
    }
  }
  return files;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const files = trackedFiles(process.cwd());
  const found = inspect(files);
  for (const { path, line, rule } of found) console.error(`${path}${line ? `:${line}` : ""}: ${rule}`);
  if (found.length > 0) {
    console.error(`\n${found.length} broken rules of the house; CONTRIBUTING.md tells what each room is for.`);
    process.exit(1);
  }
  console.log(`${files.size} files keep the rules of the house.`);
}
