// How many of the facts that a successor needs are in the brief of real transcripts, beside what plain cuts keep of them. The
// transcripts are those under SAMPLES: one folder a format. Ends with 1 when a goal is missed; `--misses` prints what is not there.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { eventsOf, plainText } from "./facts/events.mjs";
import { BASELINES, factsOf, missingIn, missingInPlain, shareOf } from "./facts/score.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SAMPLES = process.env.SAMPLES ?? join(ROOT, "../shared/data/transcripts");
const SIZES = [29_950, 8000];
const TASK = "Go on with this work where it stands, and open a pull request when it is done.";
const GOALS = { 29950: 0.95, 8000: 0.85 };

if (!existsSync(SAMPLES)) {
  console.log(`No transcripts at ${SAMPLES}: set SAMPLES to a folder that has a folder for each format.`);
  process.exit(0);
}
const target = process.env.CARGO_TARGET_DIR ?? join(ROOT, "target");
const built = spawnSync("cargo", ["build", "--quiet", "--profile", "native", "--example", "brief"], {
  cwd: ROOT,
  stdio: ["ignore", "inherit", "inherit"],
});
if (built.status !== 0) process.exit(1);

function briefsOf(path) {
  const run = spawnSync(join(target, "native/examples/brief"), [path, ...SIZES.map(String)], {
    input: TASK,
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(`${path}: ${run.stderr}`);
  return run.stdout
    .toString()
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

const rows = [];
for (const folder of readdirSync(SAMPLES, { withFileTypes: true }).filter((entry) => entry.isDirectory())) {
  for (const name of readdirSync(join(SAMPLES, folder.name))) {
    const path = join(SAMPLES, folder.name, name);
    const events = eventsOf(folder.name, readFileSync(path, "utf8"));
    if (!events) continue;
    const facts = factsOf(events);
    const count = Object.values(facts).reduce((sum, list) => sum + list.length, 0);
    if (count === 0) continue;
    const whole = plainText(events);
    const briefs = briefsOf(path);
    for (const size of SIZES) {
      const brief = briefs.find((one) => one.size === size) ?? briefs[0];
      if (brief.error) {
        console.log(`${folder.name}/${name}: ${brief.error}`);
        continue;
      }
      const missing = missingIn(brief.text, facts);
      const row = {
        name: `${folder.name}/${name}`,
        size,
        count,
        length: brief.text.length,
        ...shareOf(facts, missing),
        plain: {},
      };
      row.hasTask = brief.text.includes(TASK) && brief.text.length <= size;
      for (const [baseline, cut] of Object.entries(BASELINES)) {
        row.plain[baseline] = shareOf(facts, missingInPlain(cut(whole, size), facts)).mean;
      }
      rows.push(row);
      if (process.argv.includes("--misses")) {
        for (const [kind, list] of Object.entries(missing)) {
          for (const fact of list) console.log(`  ${size} ${row.name} ${kind}: ${JSON.stringify(fact).slice(0, 240)}`);
        }
      }
    }
  }
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const told = (share) => (share === undefined ? "   –" : share.toFixed(2).padStart(4));
const KINDS = ["paths", "commands", "errors", "todos", "person", "place"];
const missed = [];
for (const size of SIZES) {
  const own = rows.filter((row) => row.size === size);
  if (own.length === 0) continue;
  console.log(`\nFacts that survive within ${size} UTF-16 units (facts, brief, best baseline; ${KINDS.join(", ")})`);
  for (const row of own) {
    const best = Math.max(...Object.values(row.plain));
    const shares = KINDS.map((kind) => told(row.shares[kind])).join(" ");
    console.log(`  ${row.name.padEnd(52)}${String(row.count).padStart(4)} ${told(row.mean)} ${told(best)}   ${shares}`);
  }
  const brief = mean(own.map((row) => row.mean));
  const baselines = Object.keys(BASELINES).map((name) => [name, mean(own.map((row) => row.plain[name]))]);
  for (const [name, share] of baselines) console.log(`  ${`keep ${name}`.padEnd(57)}${share.toFixed(3)}`);
  console.log(`  ${"the brief".padEnd(57)}${brief.toFixed(3)}  goal ${GOALS[size]}`);
  const best = Math.max(...baselines.map(([, share]) => share));
  const person = Math.min(...own.map((row) => row.shares.person ?? 1));
  console.log(
    `  misses ${((1 - brief) / (1 - best)).toFixed(2)} of what the best baseline misses; the person's words ${person.toFixed(2)} at least`,
  );
  if (brief < GOALS[size]) missed.push(`${size}: ${brief.toFixed(3)} is under ${GOALS[size]}`);
  if (size === SIZES[0] && 1 - brief > (1 - best) / 2)
    missed.push(`${size}: more than half of what the best baseline misses`);
  if (person < 1) missed.push(`${size}: what the person required is not whole`);
  if (own.some((row) => !row.hasTask)) missed.push(`${size}: the task is not whole, or the limit is broken`);
}
if (missed.length > 0) {
  console.error(`\n${missed.join("\n")}`);
  process.exit(1);
}
