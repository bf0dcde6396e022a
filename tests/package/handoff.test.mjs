// The handoff of the package, as somebody who imports it in Node meets it.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { ROOT } from "../harness/local-cloud.mjs";

const PKG = join(ROOT, "pkg");
// Made of two pieces, so that no scanner takes this file for a leak.
const TOKEN = `ghp_${"a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8".slice(0, 36)}`;
const CHAT = [
  { role: "user", content: `Make the login work on Safari. Never touch the public API. My token is ${TOKEN}.` },
  {
    role: "assistant",
    content: "I look.",
    tool_calls: [
      { id: "c1", type: "function", function: { name: "bash", arguments: JSON.stringify({ command: "npm test" }) } },
    ],
  },
  { role: "tool", tool_call_id: "c1", content: "Exit code 1\nFAIL login.test.ts: cookie missing" },
  { role: "assistant", content: "The cookie is missing." },
];

/** A session's detail, as `session()` gives it. */
const SESSION = JSON.stringify({
  id: "local:1",
  provider: "local",
  kind: "local",
  title: "Tidy up",
  status: "completed",
  rawStatus: "completed",
  headRef: "cloud-agent/tidy",
  repository: "octocat/hello",
  turns: [
    { id: "1", request: { text: "Tidy up" }, parts: [{ kind: "text", id: "t", text: "Done." }], state: "completed" },
  ],
  questions: [],
});

let agents;
before(async () => {
  agents = await import(pathToFileURL(join(PKG, "index.js")).href);
});

test("before a module is loaded, what needs it says what to do, and loading it later works", async () => {
  await agents.default(undefined, { handoff: false });
  const missing = (load) => ({ name: "CloudAgentsError", code: "invalid", hint: new RegExp(load) });
  assert.throws(() => agents.readConversation("Fix the login."), missing("loadReaders"));
  assert.throws(() => agents.readConversation(SESSION, { format: "session" }), missing("loadHandoff"));
  await agents.loadReaders();
  const conversation = agents.readConversation("Fix the login.");
  assert.equal(conversation.summary().turns, 1);
  assert.equal(conversation.toJSON().turns[0].request.text, "Fix the login.");
  assert.throws(() => agents.createBundle({ conversation, intent: { prompt: "Go on." } }), missing("loadHandoff"));
  await agents.loadHandoff();
  const bundle = agents.createBundle({ conversation, intent: { prompt: "Go on." } });
  assert.equal(bundle.summary().turns, 1, "what failed before the handoff was there cost the conversation nothing");
});

test("a session, a bundle and a link need nothing of the readers", async () => {
  const home = await mkdtemp(join(tmpdir(), "without-readers-"));
  try {
    await cp(PKG, home, { recursive: true });
    await rm(join(home, "cloud_agents_readers_bg.wasm"));
    const other = await import(pathToFileURL(join(home, "index.js")).href);
    await other.default();
    const conversation = other.readConversation(SESSION, { format: "session" });
    const bundle = other.createBundle({ conversation, intent: { prompt: "Go on." } });
    const link = other.encodeBundle(bundle, "link");
    assert.equal(other.isBundle(link), true);
    assert.equal(other.decodeBundle(link).summary().format, "session");
    assert.match(other.createBrief(bundle, { kind: "github" }).text, /Tidy up/);
    assert.throws(() => other.readConversation("Hello"), { code: "invalid", message: /cloud_agents_readers_bg/ });
  } finally {
    await rm(home, { recursive: true });
  }
});

test("a conversation is the same on both sides of its crossing", () => {
  const conversation = agents.readConversation(JSON.stringify(CHAT));
  const looks = () => [
    conversation.summary(),
    conversation.workspace(),
    conversation.lastRequest(),
    conversation.toJSON(),
  ];
  const before = looks();
  const bundle = agents.createBundle({ conversation, intent: { prompt: "Go on." } });
  assert.deepEqual(looks(), before);
  const again = agents.createBundle({ conversation, intent: { prompt: "Go on." } });
  assert.deepEqual(again.toJSON(), bundle.toJSON());
  conversation.free();
});

test("a chat becomes a bundle without its secret, and a brief within its limit", () => {
  const conversation = agents.readConversation(JSON.stringify(CHAT));
  assert.deepEqual(conversation.summary(), {
    format: "messages",
    turns: 1,
    toolCalls: 1,
    edits: 0,
    skipped: 0,
  });
  assert.match(conversation.lastRequest(), /^Make the login work/);
  const workspace = { repository: "octocat/hello", branch: "fix-login" };
  const bundle = agents.createBundle({ conversation, workspace, intent: { prompt: "Finish the login." } });
  assert.equal(JSON.stringify(bundle).includes(TOKEN), false);
  const brief = agents.createBrief(bundle, { kind: "github" });
  assert.deepEqual(brief.limit, { size: 29_950, unit: "utf16" });
  assert.equal(brief.size, brief.text.length);
  assert.match(brief.text, /## Task\n\nFinish the login\.\n/);
  assert.match(brief.text, /Never touch the public API/);
  assert.match(brief.text, /fix-login/);
  assert.equal(brief.text.includes(TOKEN), false);
  assert.equal(brief.masked.length, 1);
  const [{ placeholder, kind, count }] = brief.masked;
  assert.match(placeholder, /^‹.+ 1›$/);
  assert.equal(placeholder.includes(kind), true);
  assert.ok(count >= 1);
  // The person may hand it over after all.
  const open = agents.createBundle({ conversation, intent: { prompt: "Finish." }, unmask: [placeholder] });
  assert.equal(JSON.stringify(open).includes(TOKEN), true);
  // And more can be masked.
  const more = agents.createBundle({ conversation, intent: { prompt: "Finish." }, maskAlso: ["Safari"] });
  assert.equal(JSON.stringify(more).includes("Safari"), false);
});

test("a bundle comes back from a file and from a link as it was", () => {
  const conversation = agents.readConversation(JSON.stringify(CHAT));
  const bundle = agents.createBundle({ conversation, intent: { prompt: "Go on." } });
  for (const form of ["json", "link"]) {
    const text = agents.encodeBundle(bundle, form);
    assert.equal(agents.isBundle(text.slice(0, 4096)), true, form);
    const back = agents.decodeBundle(text);
    assert.deepEqual(back.toJSON(), bundle.toJSON());
    assert.deepEqual(back.intent(), { prompt: "Go on." });
    assert.equal(agents.encodeBundle(back, form), text);
  }
  assert.equal(agents.isBundle(JSON.stringify(CHAT)), false);
  const link = agents.encodeBundle(bundle, "link");
  assert.throws(() => agents.decodeBundle(link.slice(0, -9)), { name: "CloudAgentsError", code: "corrupt" });
  assert.throws(() => agents.decodeBundle("Hello"), { name: "CloudAgentsError", code: "invalid" });
});

test("what a person leaves out is not in the brief", () => {
  const conversation = agents.readConversation(JSON.stringify(CHAT));
  const bundle = agents.createBundle({ conversation, intent: { prompt: "Go on." } });
  const brief = agents.createBrief(bundle, { limit: { size: 8000, unit: "characters" }, drop: ["tried", "failing"] });
  assert.equal(brief.text.includes("## What was tried"), false);
  assert.equal(brief.text.includes("## What fails now"), false);
});

test("a task that alone exceeds the limit names both numbers", () => {
  const bundle = agents.createBundle({ intent: { prompt: "x".repeat(500) } });
  assert.throws(() => agents.createBrief(bundle, { limit: { size: 100, unit: "utf16" } }), {
    code: "too-large",
    message: /500.*100/,
  });
});

test("a session of ours is read under its own name, and found by its content", () => {
  const conversation = agents.readConversation(SESSION, { format: "session" });
  assert.equal(conversation.summary().title, "Tidy up");
  assert.equal(conversation.workspace().branch, "cloud-agent/tidy");
  assert.deepEqual(conversation.workspace().changes, []);
  assert.deepEqual(agents.readConversation(SESSION).toJSON(), conversation.toJSON());
});

test("the schema of bundles is in the package", async () => {
  const schema = JSON.parse(await readFile(join(PKG, "bundle.schema.json"), "utf8"));
  assert.match(schema.$schema, /json-schema/);
});

test("what was freed says so, and so does a bundle of nothing", () => {
  const invalid = { name: "CloudAgentsError", code: "invalid", hint: /./ };
  const conversation = agents.readConversation(JSON.stringify(CHAT));
  const bundle = agents.createBundle({ conversation, intent: { prompt: "Go on." } });
  for (const handle of [conversation, bundle]) {
    handle.free();
    handle.free();
    assert.throws(() => handle.summary(), invalid);
    assert.throws(() => handle.workspace(), invalid);
    assert.throws(() => handle.toJSON(), invalid);
  }
  assert.throws(() => agents.createBundle({ conversation, intent: { prompt: "Go on." } }), invalid);
  assert.throws(() => agents.createBrief(bundle, { kind: "github" }), invalid);
  assert.throws(() => agents.encodeBundle(bundle, "json"), invalid);
  assert.throws(() => agents.createBundle({}), invalid);
});

test("a foreign object is no bundle, and says so", () => {
  assert.throws(() => agents.createBrief({}, { kind: "github" }), { name: "CloudAgentsError", code: "invalid" });
});

test("a diff is read as changes, told from a transcript, and a broken one is told by its line", () => {
  const diff = "diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1 +1 @@\n-one\n+two\n";
  assert.equal(agents.isDiff(diff), true);
  assert.equal(agents.isDiff(JSON.stringify(CHAT)), false);
  const [change, ...others] = agents.readChanges(`Here it is:\n\n${diff}`);
  assert.deepEqual(others, []);
  assert.deepEqual([change.path, change.change], ["a.txt", "modified"]);
  assert.match(change.diff, /^@@ -1 \+1 @@\n-one\n\+two\n/);
  assert.throws(() => agents.readChanges("nothing of that kind"), { code: "invalid" });
  assert.throws(() => agents.readChanges(diff.replace("-1 +1", "-1,9 +1")), { code: "invalid", message: /line/i });
});

test("a brief names the branch that changes are pushed to, with room for the commit, instead of repeating them", () => {
  const changes = [{ path: "a.txt", change: "modified", diff: "@@ -1 +1 @@\n-one\n+two\n" }];
  const bundle = agents.createBundle({ workspace: { changes }, intent: { prompt: "Go on." } });
  const limit = { size: 8000, unit: "characters" };
  assert.match(agents.createBrief(bundle, { limit }).text, /\+two/);
  const { text } = agents.createBrief(bundle, { limit, pushed: "cloud-agents/handoff-1" });
  assert.equal(text.includes("+two"), false);
  assert.match(text, /`cloud-agents\/handoff-1`, commit `[a-z-]{40}`/);
  bundle.free();
});
