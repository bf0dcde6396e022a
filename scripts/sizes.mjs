// Prints what the package weighs, and says so when the wasm is over its budget (`make bench` fails then).
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const WASM_BUDGET = 110_000;

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1)} kB`.padStart(10);
let over = false;
console.log("\n  file                        raw      gzip      budget");
for (const [file, budget] of [["cloud_agents_bg.wasm", WASM_BUDGET], ["cloud_agents.js"], ["index.js"]]) {
  const bytes = await readFile(`pkg/${file}`);
  const gzip = gzipSync(bytes, { level: 9 }).length;
  const told = budget ? `${kilobytes(budget)}${gzip > budget ? "  over" : ""}` : "";
  console.log(`  ${file.padEnd(21)}${kilobytes(bytes.length)}${kilobytes(gzip)}  ${told}`);
  over ||= budget !== undefined && gzip > budget;
}
if (over) {
  console.warn(
    "\nThe wasm is over its budget. See what grew with: cargo install twiggy && twiggy top pkg/cloud_agents_bg.wasm",
  );
}
