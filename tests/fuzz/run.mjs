// Fuzzes one target after the other and prints what came of each. `make fuzz` builds the program that it is given.
//
//   node tests/fuzz/run.mjs PROGRAM      TARGET="codex diff" for some, SECONDS=180 for each, SAMPLES=folder of transcripts
//
// The seconds are those of a target's own work: on a busy machine they take longer.
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { dictionary, LONGEST, seeds, words } from "./seeds.mjs";

const program = resolve(process.argv[2]);
const seconds = Number(process.env.SECONDS || 180);
const here = "tests/fuzz";
const made = join(dirname(program), "seeds");
const logs = join(process.env.CARGO_TARGET_DIR ?? "target", "workshop", "log");

/** What libFuzzer exits with when it is told to stop. */
const STOPPED = 72;

/** The seconds that a process has worked: Linux counts them in hundredths. */
function worked(pid) {
  const stat = `/proc/${pid}/stat`;
  const [user, system] = existsSync(stat) ? readFileSync(stat, "utf8").split(") ")[1].split(" ").slice(11, 13) : [0, 0];
  return (Number(user) + Number(system)) / 100;
}

/** Runs the program to its end, or until it has worked for so many seconds. The stack is as small as in a page. */
function run(target, options, log, forSeconds = Number.POSITIVE_INFINITY) {
  const child = spawn("bash", ["-c", 'ulimit -s 1024; exec "$0" "$@"', program, ...options], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, TARGET: target, WORDS: join(made, "words"), RUST_BACKTRACE: "0" },
  });
  const file = createWriteStream(log);
  let output = "";
  let line = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    file.write(text);
    // Of thousands of lines on new inputs the last one is enough.
    const lines = (line + text).split("\n");
    line = lines.pop();
    const last = lines.findLast((line) => line.startsWith("#"));
    output += lines.map((line) => (line.startsWith("#") && line !== last ? "" : `${line}\n`)).join("");
  });
  const watch = setInterval(() => worked(child.pid) > forSeconds && child.kill("SIGINT"), 500);
  return new Promise((done) => {
    child.on("close", (code) => {
      clearInterval(watch);
      file.end(() => done({ code: code === STOPPED ? 0 : code, output }));
    });
  });
}

/** What was wrong: the words of a panic, or what libFuzzer says. */
function fault(output) {
  const panic = /panicked at ([^\n]*)\n([\s\S]*?)\n(?:note:|==\d+==)/.exec(output);
  if (panic) return `${panic[1]} ${panic[2]}`.slice(0, 600);
  return /^(?:SUMMARY|==\d+== ERROR): .*/m.exec(output)?.[0] ?? output.slice(-600);
}

function prepare(target) {
  const folders = {
    corpus: join(here, "corpus", target),
    artifacts: join(here, "artifacts", target),
    seeds: join(made, target),
  };
  rmSync(folders.seeds, { recursive: true, force: true });
  for (const folder of Object.values(folders)) mkdirSync(folder, { recursive: true });
  seeds(target, process.env.SAMPLES).forEach((seed, index) => {
    writeFileSync(join(folders.seeds, String(index)), seed);
  });
  return folders;
}

/** Findings of earlier runs that are mended are forgotten; the others are found again at once. */
async function stillThere(target, folder) {
  const found = [];
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const { code, output } = await run(target, [path], join(logs, `fuzz-${target}-again.log`));
    if (code === 0) rmSync(path);
    else found.push(`${path}\n    ${fault(output)}`);
  }
  return found;
}

async function fuzz(target, forSeconds) {
  const folders = prepare(target);
  const found = await stillThere(target, folders.artifacts);
  const { code, output } = await run(
    target,
    [
      folders.corpus,
      folders.seeds,
      `-dict=${join(made, "dictionary")}`,
      `-artifact_prefix=${folders.artifacts}/`,
      `-max_len=${LONGEST}`,
      "-len_control=0",
      "-timeout=300",
      "-rss_limit_mb=4096",
      "-print_final_stats=1",
    ],
    join(logs, `fuzz-${target}.log`),
    forSeconds,
  );
  const last = (pattern) => [...output.matchAll(pattern)].at(-1)?.[1] ?? "-";
  if (code !== 0) found.push(`${last(/written to (\S+)/g)}\n    ${fault(output)}`);
  return {
    found,
    executions: last(/^stat::number_of_executed_units: (\d+)/gm),
    perSecond: String(Math.round(Number(last(/^stat::number_of_executed_units: (\d+)/gm)) / forSeconds)),
    edges: last(/ cov: (\d+)/g),
    memory: last(/^memory: ([\d.]+) times/gm),
  };
}

/** A judge that lets a planted fault pass would let every other pass too. */
async function judgeIsOne() {
  for (const [target, word] of Object.entries({ panic: "planted", time: "time: ", memory: "memory: " })) {
    const { found } = await fuzz(`planted-${target}`, 120);
    rmSync(join(here, "artifacts", `planted-${target}`), { recursive: true });
    if (!found.some((text) => text.includes(word))) throw new Error(`The planted fault in ${target} was not found.`);
  }
  console.log("  ok  The judge finds a planted panic, quadratic time and too much memory");
}

const names = /one of: (.*)/.exec(spawnSync(program, { encoding: "utf8", env: { ...process.env, TARGET: "" } }).stderr);
const all = names[1].split(" ");
const wanted = (process.env.TARGET || all.join(" ")).split(" ");
for (const target of wanted) {
  if (!all.includes(target)) {
    console.error(`There is no target "${target}"; there are ${all.join(", ")}.`);
    process.exit(2);
  }
}

mkdirSync(logs, { recursive: true });
mkdirSync(made, { recursive: true });
const known = words();
writeFileSync(join(made, "words"), known.join("\n"));
writeFileSync(join(made, "dictionary"), dictionary(known));

await judgeIsOne();
console.log(`\n${"target".padEnd(18)}executions   a second      edges    memory / input   findings`);
let findings = 0;
for (const target of wanted) {
  const { found, executions, perSecond, edges, memory } = await fuzz(target, seconds);
  const figures = [executions, perSecond, edges].map((figure) => figure.padStart(10)).join(" ");
  console.log(`${target.padEnd(18)}${figures} ${memory.padStart(17)} ${String(found.length).padStart(10)}`);
  for (const text of found) console.log(`    ${text}`);
  findings += found.length;
}
if (findings > 0) {
  console.error(`\nEach input that was found makes its fault again: TARGET=its-target ${process.argv[2]} its-file`);
  process.exit(1);
}
