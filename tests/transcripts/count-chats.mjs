// Counts the turns, tool calls and edits of chats that editors, protocols and frameworks write, by other means than the crate's
// readers do: whole documents in memory, regular expressions. `node count-chats.mjs FORMAT FILE` prints "turns calls edits".
import { readFileSync } from "node:fs";

const [format, file] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
const parsed = (source) => {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
};
const document = parsed(text);
const lines = text
  .split("\n")
  .map(parsed)
  .filter((line) => line && typeof line === "object");
const EDITORS = new Set([
  "Edit",
  "MultiEdit",
  "Write",
  "str_replace_editor",
  "file_editor",
  "write_to_file",
  "replace_in_file",
]);
const isSaid = (content) =>
  typeof content === "string"
    ? content.trim() !== ""
    : (content ?? []).some((block) => ["text", "image"].includes(block.type ?? "text"));

// The state that a mutation log leaves: plain objects, changed in place.
function replay() {
  let state = {};
  for (const { kind, k = [], v, i } of lines) {
    if (kind === 0) {
      state = v;
      continue;
    }
    const last = k[k.length - 1];
    const holder = k.slice(0, -1).reduce((value, step) => (value[step] ??= {}), state);
    if (kind === 1) holder[last] = v;
    if (kind === 3) delete holder[last];
    if (kind === 2) holder[last] = [...(holder[last] ?? []).slice(0, i), ...(v ?? [])];
  }
  return state;
}

function vscode(session) {
  let [calls, edits] = [0, 0];
  for (const request of session.requests) {
    const shown = request.response.filter((part) => part.kind === "toolInvocationSerialized").length;
    const made = (request.result?.metadata?.toolCallRounds ?? []).flatMap((round) => round.toolCalls).length;
    calls += Math.max(shown, made);
    edits += request.response.filter((part) => part.kind === "textEditGroup").length;
  }
  return [session.requests.length, calls, edits];
}

// Words that are nothing but what a tool put there.
const isInjected = (words) =>
  words.trim().startsWith("[Request interrupted by user") ||
  words.replace(/<(local-command-(?:stdout|caveat))>[\s\S]*?<\/\1>/g, "").trim() === "";

const COUNTERS = {
  "vscode-chat": () => vscode(document),
  "vscode-chat-log": () => vscode(replay()),

  messages() {
    const items = document.messages ?? document.loglines ?? document;
    const messages = items.map((item) => ({ ...(item.message ?? item), summary: item.isCompactSummary }));
    const isResult = (content) => typeof content === "string" && content.startsWith("EXECUTION RESULT of [");
    const turns = messages.filter(
      ({ role, content, summary }) => role === "user" && isSaid(content) && !summary && !isResult(content),
    );
    const uses = messages.flatMap(({ content }) =>
      Array.isArray(content) ? content.filter((block) => block.type === "tool_use") : [],
    );
    const tagged = messages
      .filter(({ role }) => role === "assistant")
      .flatMap(({ content }) => String(content).match(/^<function=\w+>/gm) ?? []);
    return [turns.length, uses.length + tagged.length, uses.filter((use) => EDITORS.has(use.name)).length];
  },

  openhands() {
    const events = Array.isArray(document) ? document : lines;
    const quiet = new Set(["message", "finish", "think", "recall", "system", "change_agent_state"]);
    const calls = events.filter((event) =>
      event.kind
        ? event.kind === "ActionEvent" && !quiet.has(event.tool_name)
        : typeof event.action === "string" && !quiet.has(event.action),
    );
    const asked = events.filter(
      (event) => event.source === "user" && (event.action === "message" || event.kind === "MessageEvent"),
    );
    const edits = calls.filter((call) => ["edit", "write"].includes(call.action) || EDITORS.has(call.tool_name));
    return [Math.max(asked.length, calls.length ? 1 : 0), calls.length, edits.length];
  },

  acp() {
    const prompts = lines.filter((line) => line.method === "session/prompt").length;
    const updates = lines.map((line) => line.params?.update ?? line.update).filter(Boolean);
    const ids = new Set(updates.filter((update) => update.toolCallId).map((update) => update.toolCallId));
    const diffs = new Map(
      updates.map((update) => [
        update.toolCallId,
        (update.content ?? []).filter?.((item) => item.type === "diff").length ?? 0,
      ]),
    );
    const ended = lines.filter((line) => line.result?.stopReason).length;
    return [prompts || ended, ids.size, [...diffs.values()].reduce((sum, count) => sum + count, 0)];
  },

  aider() {
    // Consecutive lines of the person are one request; files that are added are none.
    const requests = [...text.matchAll(/(?:^#### .* {2}\n)+/gm)].map(([request]) => request);
    const asked = requests.filter((request) => !/^#### \/(?:add|drop|read|read-only)\b/.test(request));
    const applied = text.match(/^> Applied edit to /gm) ?? [];
    const ran = text.match(/^(?:> Running |#### \/(?:run|test|lint) )/gm) ?? [];
    return [asked.length, applied.length + ran.length, applied.length];
  },

  specstory() {
    const said = [...text.matchAll(/^_\*\*User.*\*\*_\n([\s\S]*?)(?=^_\*\*(?:User|Agent)|(?![\s\S]))/gm)];
    const tools = [...text.matchAll(/^<tool-use .*data-tool-name="(\w+)"/gm)].map(([, name]) => name);
    return [
      said.filter(([, words]) => !isInjected(words)).length,
      tools.length,
      tools.filter((name) => EDITORS.has(name)).length,
    ];
  },
};

console.log(COUNTERS[format]().join(" "));
