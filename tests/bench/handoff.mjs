// The handoff in Chromium, beside what the browser itself needs for the same bytes; ends with 1 when a goal is missed. The
// transcript is the largest of Claude Code under SAMPLES.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { launchBrowser } from "../harness/browser.mjs";
import { ROOT } from "../harness/local-cloud.mjs";
import { serveFiles } from "../harness/static.mjs";
import { report } from "./figures.mjs";

const FOLDER = join(process.env.SAMPLES ?? join(ROOT, "../shared/data/transcripts"), "claude-code");
const ROUNDS = 15;

if (!existsSync(FOLDER)) {
  console.log(`No transcripts at ${FOLDER}: set SAMPLES to a folder that has a folder for each format.`);
  process.exit(0);
}
const [largest] = readdirSync(FOLDER)
  .map((name) => join(FOLDER, name))
  .sort((a, b) => statSync(b).size - statSync(a).size);
const transcript = readFileSync(largest, "utf8");

/** The same conversation going on: once more, with other ids, after its last message. */
function twice(text) {
  const last = [...text.matchAll(/"uuid":"([^"]+)"/g)].at(-1)?.[1];
  const other = text.replace(/"(uuid|parentUuid|leafUuid)":"([0-9a-f])/g, (_, name, digit) => {
    return `"${name}":"${((Number.parseInt(digit, 16) + 8) % 16).toString(16)}`;
  });
  return `${text.trimEnd()}\n${other.replace('"parentUuid":null', `"parentUuid":"${last}"`)}`;
}

const SCRIPT = `
import init, { createBrief, createBundle, encodeBundle, readConversation } from "/pkg/index.js";
import engine from "/pkg/cloud_agents.js";
import handoff from "/pkg/cloud_agents_handoff.js";
import readers from "/pkg/cloud_agents_readers.js";
await init();
const modules = await Promise.all([engine(), handoff(), readers()]);
const memory = () => modules.reduce((sum, { memory }) => sum + memory.buffer.byteLength, 0);
const best = async (work) => {
  let least = Infinity;
  for (let round = 0; round < ${ROUNDS}; round++) {
    const start = performance.now();
    await work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
};
const bytesOf = async (name) => new Uint8Array(await (await fetch(name)).arrayBuffer());
const parse = (bytes) => {
  let kept;
  for (const line of new TextDecoder().decode(bytes).split("\\n")) if (line) kept = JSON.parse(line);
  return kept;
};
window.measure = async () => {
  const once = await bytesOf("/once.jsonl");
  const double = await bytesOf("/twice.jsonl");
  const before = memory();
  const first = readConversation(once);
  const grown = memory() - before;
  createBundle({ conversation: first, intent: { prompt: "Go on with this work." } }).free();
  first.free();
  const grownByBundle = memory() - before;
  const read = await best(() => readConversation(once).free());
  const parsed = await best(() => parse(once));
  const conversation = readConversation(double);
  const bundle = createBundle({ conversation, intent: { prompt: "Go on with this work." } });
  const turns = conversation.summary().turns;
  const brief = await best(() => createBrief(bundle, { kind: "github" }));
  const parsedTwice = await best(() => parse(double));
  // Lines of many kinds, so that there is something to find and something to miss.
  let text = "";
  for (let at = 0; text.length < 200_000; at++) text += "Line " + at + ": " + Math.sin(at).toString(36) + " was built.\\n";
  const linked = createBundle({ intent: { prompt: text } });
  const json = new TextEncoder().encode(encodeBundle(linked, "json"));
  const link = await best(() => encodeBundle(linked, "link"));
  const stream = await best(async () => {
    const packed = new Response(json).body.pipeThrough(new CompressionStream("deflate-raw"));
    await new Response(packed).arrayBuffer();
  });
  return { size: once.length, sizeTwice: double.length, turns, grown, grownByBundle, read, parsed, brief, parsedTwice, link, stream };
};
document.title = "ready";
`;

const site = await serveFiles({
  "/": {
    body: '<!doctype html><html lang="en"><script type="module" src="/measure.js"></script></html>',
    type: "text/html",
  },
  "/measure.js": { body: SCRIPT, type: "text/javascript" },
  "/once.jsonl": { body: transcript, type: "application/json" },
  "/twice.jsonl": { body: twice(transcript), type: "application/json" },
  "/favicon.ico": { body: "", type: "image/x-icon" },
  "/pkg/": join(ROOT, "pkg"),
});
const browser = await launchBrowser();
let took;
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(String(error)));
  await page.goto(site.url);
  await page.waitForFunction(() => document.title === "ready");
  took = await page.evaluate(() => window.measure());
} finally {
  await browser.close();
  await site.close();
}

const mega = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
const figure = (name, value, unit, goal, least) => ({ name, value, unit, goal, least });
report([
  figure(`reading ${mega(took.size)} of Claude Code`, took.read, "ms"),
  figure("  TextDecoder and JSON.parse of its lines alone", took.parsed, "ms"),
  figure("  times faster", took.parsed / took.read, "×", 2.5, true),
  figure("  memory of all modules on top, times the file", took.grown / took.size, "×", 4),
  figure("  the same once a bundle is made of it", took.grownByBundle / took.size, "×"),
  figure(`the brief of ${mega(took.sizeTwice)}, ${took.turns} turns`, took.brief, "ms"),
  figure("  JSON.parse of its lines takes", took.parsedTwice, "ms"),
  figure("  ratio", took.brief / took.parsedTwice, "×", 1),
  figure("a link of 200 kB", took.link, "ms"),
  figure("  the browser's CompressionStream", took.stream, "ms"),
  figure("  ratio", took.link / took.stream, "×", 3),
]);
