// The rules of the house (CONTRIBUTING.md) that a program can hold: who may know whom, what a room may touch, names,
// lengths, and what must not be committed. `house/` reads Rust and TypeScript for it. Run by `make lint`;
// `house.test.mjs` plants a violation of each.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { inspectPlace, inspectRust } from "./house/rust.mjs";
import { inspectScripts } from "./house/script.mjs";

const LONGEST_FILE = 600;

const VAGUE_NAMES = /(?:^|[-_./])(?:utils?|helpers?|common|misc|managers?)(?:[-_./]|$)/i;
const MACHINE_PATH = /(?:^|[\s"'`(=])(?:\/home\/[a-z]|\/root\/|\/Users\/[A-Za-z]|[A-Z]:\\\\?Users\b)/;
const REGISTRY_HOST =
  /\b(?:registry\.npmjs\.org|registry\.yarnpkg\.com|static\.crates\.io|index\.crates\.io|files\.pythonhosted\.org)\b/;

const inTests = (path) =>
  /(?:^|\/)(?:tests?|fixtures|bench)\//.test(path) ||
  /[._]tests?\.(?:rs|[cm]?[jt]sx?)$/.test(path) ||
  /\/tests\.rs$/.test(path);
const isText = (path) =>
  /\.(?:rs|[cm]?[jt]sx?|css|html|json|toml|yml|yaml|md|sh)$/.test(path) ||
  /(?:^|\/)(?:Makefile|\.ci\/run|scripts\/[a-z-]+)$/.test(path);
const isWritten = (path) => /\.(?:rs|[cm]?[jt]sx?|css)$/.test(path);

/** Every broken rule in a tree of files: `[{ path, line, rule }]`. */
export function inspect(files) {
  const found = [];
  const report = (path, line, rule) => found.push({ path, line, rule });
  const scripts = [];

  for (const [path, text] of files) {
    const lines = text.split("\n");

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

    inspectPlace(path, report);
    if (/^src\/.*\.rs$/.test(path) && !inTests(path)) inspectRust(path, text, inTests, report);
    if (/^(?:src|www|pkg-template)\/.*\.[cm]?[jt]sx?$/.test(path) && !inTests(path)) scripts.push([path, text]);
    if (path.endsWith(".html") && path.startsWith("www/")) inspectPage(path, lines, report);
  }
  inspectScripts(scripts, report);
  return found;
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
