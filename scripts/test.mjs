// Runs the stages of the test suite one after the other, each with its own runner, and sums up what they say.
//
//   node scripts/test.mjs                 all stages
//   node scripts/test.mjs native e2e      these
//
// What a stage prints goes to a log, which is shown when the stage fails, or as it comes with VERBOSE=1.
import { spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

const SHOWN_LINES = 150;

/** Every `*.test.mjs` under these folders. */
function testFiles(...folders) {
  return folders
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && entry.name.endsWith(".test.mjs"))
        .map((entry) => join(entry.parentPath ?? entry.path, entry.name)),
    )
    .filter((path) => !path.includes("node_modules"))
    .sort();
}

/** Files one at a time: each starts servers and browsers of its own, and the machine may have two cores. */
function nodeTests(...folders) {
  const files = testFiles(...folders);
  if (files.length === 0) throw new Error(`no *.test.mjs under ${folders.join(", ")}`);
  // No file takes that long by itself: what waits for something that never comes fails instead of holding up the rest.
  return ["node", "--test", "--test-reporter=spec", "--test-concurrency=1", "--test-timeout=600000", ...files];
}

const STAGES = [
  { name: "house", what: "the house check refuses what it should", command: () => nodeTests("scripts") },
  {
    name: "native",
    what: "Rust: the core under a scripted host, and the local cloud",
    command: () => ["cargo", "test", "--profile", "native", "--features", "local", "--no-fail-fast"],
  },
  {
    name: "wasm",
    what: "the core in headless Chromium against a local cloud",
    command: () => ["node", "tests/wasm/run.mjs"],
  },
  {
    name: "contract",
    what: "GitHub's own descriptions as the judge",
    command: () => nodeTests("tests/contract"),
  },
  {
    name: "package",
    what: "the npm package in a blank page, in Vite and in Node",
    command: () => nodeTests("tests/package"),
  },
  { name: "view", what: "the elements of the page", command: () => nodeTests("www/view/test", "www/page/test") },
  { name: "e2e", what: "a person's day in Chromium", command: () => nodeTests("tests/e2e") },
];

/** The counts that the runners' closing lines hold: cargo's and wasm-bindgen's, and Node's. */
function counts(output) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [, passed, failed, ignored] of output.matchAll(
    /^test result: \S+ (\d+) passed; (\d+) failed; (\d+) ignored/gm,
  )) {
    sum.passed += Number(passed);
    sum.failed += Number(failed);
    sum.skipped += Number(ignored);
  }
  for (const [, word, count] of output.matchAll(/^(?:#|ℹ) (pass|fail|cancelled|skipped|todo) (\d+)$/gm)) {
    sum[{ pass: "passed", fail: "failed", cancelled: "failed" }[word] ?? "skipped"] += Number(count);
  }
  return sum;
}

function run(command, log) {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0], command.slice(1), {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: "0", MAKEFLAGS: "", MAKELEVEL: "" },
    });
    const file = createWriteStream(log);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => {
        output += text;
        file.write(text);
        if (process.env.VERBOSE === "1") process.stdout.write(text);
      });
    }
    child.on("error", reject);
    child.on("close", (code, signal) => file.end(() => resolve({ code: code ?? signal, output })));
  });
}

const wanted = process.argv.slice(2);
for (const name of wanted) {
  if (!STAGES.some((stage) => stage.name === name)) {
    console.error(`There is no stage "${name}"; there are ${STAGES.map((stage) => stage.name).join(", ")}.`);
    process.exit(2);
  }
}

const logs = join(process.env.CARGO_TARGET_DIR ?? "target", "workshop", "log");
mkdirSync(logs, { recursive: true });
const total = { passed: 0, failed: 0, skipped: 0 };
const broken = [];
for (const stage of STAGES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))) {
  console.log(`  ... Testing ${stage.name}: ${stage.what}`);
  const started = Date.now();
  const log = join(logs, `test-${stage.name}.log`);
  let code = 1;
  let output = "";
  try {
    ({ code, output } = await run(stage.command(), log));
  } catch (error) {
    output = error.message;
  }
  const sum = counts(output);
  const ran = sum.passed + sum.failed > 0;
  if (code === 0 && !ran) output += "\nThe stage ended without having run a test.";
  const ok = code === 0 && ran && sum.failed === 0;
  // A stage that did not come to its tests is a failure of its own.
  if (!ok && sum.failed === 0) sum.failed = 1;
  for (const key of Object.keys(total)) total[key] += sum[key];
  const took = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`  ${ok ? "ok " : "-- "} Testing ${stage.name}: ${sum.passed} passed, ${sum.failed} failed (${took} s)`);
  if (!ok) {
    broken.push(stage.name);
    if (process.env.VERBOSE !== "1") {
      console.error(`\n${output.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n")}\n\nEverything it said: ${log}\n`);
    }
  }
}

if (broken.length > 0) {
  console.error(
    `\nFailed in: ${broken.join(", ")}. One stage alone, as it runs: make test STAGE=${broken[0]} VERBOSE=1`,
  );
}
console.log(`\n${total.passed} passed, ${total.failed} failed${total.skipped > 0 ? `, ${total.skipped} skipped` : ""}`);
process.exit(broken.length > 0 ? 1 : 0);
