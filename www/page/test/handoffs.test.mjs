// The page's handoffs over functions that only write down what they are given: which handle goes where, and that each is
// given back.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "vite";

const fromRoot = (path) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const LIMITS = { prompt: { size: 9_000, unit: "utf16" } };
const WORKSPACE = { folder: "/srv/shop", changes: [], failingTests: [], openFiles: [] };
const CHOICE = {
  prompt: "Go on\nwith care",
  provider: "local",
  unmask: ["‹key 1›"],
  maskNames: true,
  drop: ["plan"],
  push: false,
  confirmSecrets: false,
};
const DIFF = "diff --git a/a.txt b/a.txt\n";
const CHANGE = { path: "a.txt", change: "modified", diff: "@@ -1 +1 @@\n-one\n+two\n" };

let folder;
let Handoffs;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "cloud-agents-handoffs-"));
  await build({
    configFile: false,
    logLevel: "warn",
    resolve: { alias: { "cloud-agents": fromRoot("pkg-template/src/error.ts") } },
    build: {
      outDir: folder,
      emptyOutDir: true,
      lib: { entry: fromRoot("www/page/src/handoffs.ts"), formats: ["es"], fileName: "handoffs" },
    },
  });
  ({ Handoffs } = await import(pathToFileURL(join(folder, "handoffs.js")).href));
  globalThis.location = { origin: "https://page.example", pathname: "/agents/" };
});
after(() => rm(folder, { recursive: true, force: true }));

/** Handoffs over a core with one session, and what was asked of both. */
function desk({ session } = {}) {
  const asked = [];
  /** Handles that were made and not given back. */
  const live = new Set();
  const handle = (kind, more) => {
    const made = {
      kind,
      summary: () => ({ format: kind, turns: 1, toolCalls: 0, edits: 0, skipped: 0 }),
      workspace: () => structuredClone(WORKSPACE),
      free: () => assert.ok(live.delete(made), `the ${kind} is given back once`),
      ...more,
    };
    live.add(made);
    return made;
  };
  const functions = {
    loadHandoff: async () => {
      asked.push(["loadHandoff"]);
    },
    loadReaders: async () => {
      asked.push(["loadReaders"]);
    },
    readConversation: (content, options) => {
      asked.push(["readConversation", content, options]);
      return handle("conversation", { lastRequest: () => "Asked last" });
    },
    isBundle: (beginning) => {
      asked.push(["isBundle", beginning.length]);
      return beginning.startsWith('{"bundle"');
    },
    isDiff: (beginning) => beginning.startsWith("diff "),
    readChanges: (text) => {
      asked.push(["readChanges", text]);
      return [structuredClone(CHANGE)];
    },
    decodeBundle: (text) => {
      asked.push(["decodeBundle", text]);
      return handle("bundle", { intent: () => ({ prompt: "Somebody's task" }) });
    },
    createBundle: (parts) => {
      asked.push(["createBundle", parts]);
      return handle("bundle", { intent: () => ({ prompt: parts.intent.prompt.replace("hunter2", "‹password 1›") }) });
    },
    createBrief: (bundle, options) => {
      assert.ok(live.has(bundle));
      asked.push(["createBrief", options]);
      return { text: `Brief of ${parts().intent.prompt}` };
    },
    encodeBundle: (bundle, form) => {
      assert.ok(live.has(bundle));
      return form === "json" ? "{}" : "Zm9v";
    },
  };
  const parts = () => asked.findLast(([name]) => name === "createBundle")[1];
  const core = {
    providers: () => [{ id: "local", kind: "local", limits: LIMITS }],
    session: async () => session,
    preparePush: async (request) => {
      asked.push(["preparePush", request]);
      const branch = request.branch ?? "cloud-agents/handoff-x";
      return { branch, baseCommit: "4f1c2aa", baseTree: "t", message: "m", files: [{ path: "a.txt" }], secrets: [] };
    },
    start: async (request) => {
      assert.ok(live.has(request.bundle), "the bundle lives until the start is over");
      asked.push(["start", request]);
      return { id: "local/1" };
    },
  };
  return { handoffs: new Handoffs(core, functions, () => ["connection-token"]), asked, live, parts };
}

/** Whether what only transcripts need was loaded. */
const hasReaders = (asked) => asked.some(([name]) => name === "loadReaders");

test("a transcript is read as it came, and its own workspace and last request are offered", async () => {
  const { handoffs, asked } = desk();
  const bytes = new TextEncoder().encode("x".repeat(10_000));
  const handoff = await handoffs.open({ kind: "file", name: "a.jsonl", bytes });
  assert.equal(handoff.foreign, false);
  assert.equal(handoff.prompt, "Asked last");
  assert.deepEqual(handoff.workspace, WORKSPACE);
  assert.deepEqual(asked, [
    ["loadHandoff"],
    ["isBundle", 4096],
    ["loadReaders"],
    ["readConversation", bytes, undefined],
  ]);
  assert.deepEqual(structuredClone(handoff), handoff, "nothing but plain data leaves");
});

test("a bundle is somebody else's, as a file, as text, and as a link of whatever page", async () => {
  const json = '{"bundle":1}';
  const inputs = [
    [{ kind: "file", name: "a.json", bytes: new TextEncoder().encode(json) }, json],
    [{ kind: "text", text: json }, json],
    [{ kind: "text", text: "#bundle=Zm9v" }, "Zm9v"],
    [{ kind: "text", text: " https://other.example/page/#bundle=Zm-9_v\n" }, "Zm-9_v"],
  ];
  for (const [input, payload] of inputs) {
    const { handoffs, asked } = desk();
    const handoff = await handoffs.open(input);
    assert.equal(handoff.foreign, true);
    assert.equal(handoff.prompt, "Somebody's task");
    assert.deepEqual(asked.at(-1), ["decodeBundle", payload]);
    assert.equal(hasReaders(asked), false);
  }
});

test("text that speaks of a link is a conversation and no link", async () => {
  const { handoffs, asked } = desk();
  const text = "Person: open https://page.example/#bundle=Zm9v\nAgent: no";
  assert.equal((await handoffs.open({ kind: "text", text })).foreign, false);
  assert.equal(asked.at(-1)[0], "readConversation");
});

test("a session goes on from the branch that it made, and else from where it began", async () => {
  const session = { id: "local/1", repository: "local/shop", baseRef: "trunk", headRef: "planned", artifacts: [] };
  const made = { kind: "branch", headRef: "cloud-agent/shop", baseRef: "trunk" };
  const branchOf = async (detail) => {
    const { handoffs, asked } = desk({ session: detail });
    const { workspace } = await handoffs.open({ kind: "session", id: "local/1" });
    assert.deepEqual(asked.at(-1), ["readConversation", JSON.stringify(detail), { format: "session" }]);
    assert.equal(workspace.repository, "local/shop");
    assert.equal(hasReaders(asked), false);
    return workspace.branch;
  };
  assert.equal(await branchOf({ ...session, artifacts: [made, { kind: "unknown", raw: {} }] }), "cloud-agent/shop");
  // The name of a branch that nothing was pushed to would be refused.
  assert.equal(await branchOf(session), "trunk");
});

test("a link without a handoff is no conversation", async () => {
  const { handoffs } = desk();
  for (const text of ["https://example.com/#not-a-bundle", " http://example.com/chat/1 \n"]) {
    await assert.rejects(handoffs.open({ kind: "text", text }), { code: "invalid", message: /no handoff/ });
  }
  await handoffs.open({ kind: "text", text: "Look at https://example.com/ and fix it" });
});

test("a preview is made for the provider's limit, without the connections' tokens", async () => {
  const { handoffs, asked, live, parts } = desk();
  const { id } = await handoffs.open({ kind: "text", text: "Person: hello" });
  const { brief, changes } = handoffs.preview(id, CHOICE);
  assert.deepEqual([brief.text, changes], ["Brief of Go on\nwith care", []]);
  const options = { kind: "local", limit: LIMITS.prompt, drop: ["plan"], pushed: undefined };
  assert.deepEqual(asked.at(-1), ["createBrief", options]);
  const { conversation, workspace, ...rest } = parts();
  assert.equal(conversation.kind, "conversation");
  assert.deepEqual(workspace, WORKSPACE);
  assert.deepEqual(rest, {
    intent: { prompt: CHOICE.prompt },
    maskAlso: ["connection-token"],
    unmask: ["‹key 1›"],
    maskNames: true,
  });
  assert.equal(live.size, 1, "only the conversation stays");
});

test("what starts is the brief that was shown, under the task's first line", async () => {
  const { handoffs, asked, live } = desk();
  const { id } = await handoffs.open({ kind: "text", text: "Person: hello" });
  const target = { provider: "local", repository: "local/shop", baseRef: "next" };
  assert.deepEqual(await handoffs.start(id, CHOICE, target), { id: "local/1" });
  const [, { bundle, ...request }] = asked.at(-1);
  assert.deepEqual(request, { ...target, prompt: "Brief of Go on\nwith care", title: "Go on" });
  assert.equal(live.has(bundle), false);
  assert.equal(live.size, 1);
});

test("a diff alone is a handoff of changes, and one more is added to it", async () => {
  const { handoffs, asked, live } = desk();
  const handoff = await handoffs.open({ kind: "file", name: "a.diff", bytes: new TextEncoder().encode(DIFF) });
  assert.deepEqual([handoff.prompt, handoff.foreign, handoff.summary.format], ["", false, "diff"]);
  assert.deepEqual(handoff.workspace.changes, [CHANGE]);
  assert.deepEqual([hasReaders(asked), live.size], [false, 0]);
  assert.deepEqual(handoffs.addChanges(handoff.id, DIFF), [CHANGE], "the same file is there once");
  handoffs.close(handoff.id);
});

test("a diff that PowerShell wrote is a diff", async () => {
  const { handoffs, asked } = desk();
  for (const swap of [false, true]) {
    const bytes = Buffer.from(`\ufeff${DIFF}`, "utf16le");
    if (swap) bytes.swap16();
    await handoffs.open({ kind: "file", name: "a.patch", bytes: new Uint8Array(bytes) });
    assert.deepEqual(asked.at(-1), ["readChanges", DIFF]);
  }
});

test("changes are made ready once more for the same branch, and go out with the start as they were made ready", async () => {
  const { handoffs, asked, parts } = desk();
  const { id } = await handoffs.open({ kind: "text", text: "Person: hello" });
  handoffs.addChanges(id, DIFF);
  const target = { provider: "local", repository: "local/shop", from: "main" };
  const told = await handoffs.preparePush(id, target);
  assert.deepEqual(told, { branch: "cloud-agents/handoff-x", baseCommit: "4f1c2aa", secrets: [] });
  assert.deepEqual(asked.at(-1)[1], { ...target, changes: [CHANGE], maskAlso: ["connection-token"] });
  await handoffs.preparePush(id, { ...target, from: "next" });
  assert.equal(asked.at(-1)[1].branch, "cloud-agents/handoff-x", "the brief that was read names it");
  const choice = { ...CHOICE, push: true, confirmSecrets: true };
  handoffs.preview(id, choice);
  assert.equal(asked.at(-1)[1].pushed, "cloud-agents/handoff-x");
  await handoffs.start(id, choice, { provider: "local", repository: "local/shop" });
  const { push } = asked.at(-1)[1];
  assert.deepEqual(
    [push.branch, push.files, push.secretsConfirmed],
    ["cloud-agents/handoff-x", [{ path: "a.txt" }], true],
  );
  assert.equal("push" in parts(), false, "a bundle knows nothing of it");
  await handoffs.start(id, CHOICE, { provider: "local", repository: "local/shop" });
  assert.equal(asked.at(-1)[1].push, undefined);
});

test("a long title ends with a whole character, and never within a placeholder", async () => {
  const { handoffs, asked } = desk();
  const { id } = await handoffs.open({ kind: "text", text: "Person: hello" });
  const target = { provider: "local", repository: "local/shop" };
  await handoffs.start(id, { ...CHOICE, prompt: "🌷".repeat(130) }, target);
  assert.equal(asked.at(-1)[1].title, "🌷".repeat(120));
  await handoffs.start(id, { ...CHOICE, prompt: `${"x".repeat(115)} hunter2 and more` }, target);
  assert.equal(asked.at(-1)[1].title, `${"x".repeat(115)} `);
});

test("the title of what starts holds no secret of the task", async () => {
  const { handoffs, asked } = desk();
  const { id } = await handoffs.open({ kind: "text", text: "Person: hello" });
  const target = { provider: "local", repository: "local/shop" };
  await handoffs.start(id, { ...CHOICE, prompt: "Log in with hunter2" }, target);
  assert.equal(asked.at(-1)[1].title, "Log in with ‹password 1›");
});

test("an export is a file, or a link to this page", async () => {
  const { handoffs } = desk();
  const { id } = await handoffs.open({ kind: "text", text: "Person: hello" });
  assert.equal(handoffs.export(id, CHOICE, "json"), "{}");
  assert.equal(handoffs.export(id, CHOICE, "link"), "https://page.example/agents/#bundle=Zm9v");
});

test("what is closed is given back, and used no more", async () => {
  const { handoffs, live } = desk();
  const transcript = await handoffs.open({ kind: "text", text: "Person: hello" });
  const bundle = await handoffs.open({ kind: "text", text: "#bundle=Zm9v" });
  assert.equal(live.size, 2);
  handoffs.close(transcript.id);
  handoffs.close(bundle.id);
  handoffs.close(bundle.id);
  assert.equal(live.size, 0);
  assert.throws(() => handoffs.preview(bundle.id, CHOICE), { name: "CloudAgentsError", code: "not-found" });
});
