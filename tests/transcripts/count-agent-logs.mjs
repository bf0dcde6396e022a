// Counts the turns, tool calls and edits of agents' own logs, by other means than the crate's readers do: the whole file in
// memory, ancestry walked back from the end. `node count-agent-logs.mjs FORMAT FILE` prints "turns calls edits".
import { readFileSync } from "node:fs";

const [format, file] = process.argv.slice(2);
const text = readFileSync(file, "utf8");
const lines = text
  .split("\n")
  .filter((line) => line.trim())
  .flatMap((line) => {
    try {
      const value = JSON.parse(line);
      return value && typeof value === "object" && !Array.isArray(value) ? [value] : [];
    } catch {
      return [];
    }
  });

let document;
try {
  document = JSON.parse(text);
} catch {
  document = undefined;
}

const EDITORS = new Set([
  "Edit",
  "MultiEdit",
  "Write",
  "NotebookEdit",
  "edit",
  "create",
  "write_file",
  "replace",
  "edit_file",
  "write",
  "patch",
  "multiedit",
]);
const filesOfPatch = (patch) => (patch.match(/^\*\*\* (?:Add|Update|Delete) File: /gm) ?? []).length;
const INJECTED =
  /<(system-reminder|local-command-(?:caveat|stdout|stderr)|bash-std(?:out|err)|task-notification|environment_context|user_instructions|turn_aborted|permissions instructions)>[\s\S]*?<\/\1>/g;
const said = (text) => text.replace(INJECTED, "").trim();

const COUNTERS = {
  "claude-code"() {
    const main = lines.filter((line) => !line.isSidechain && !line.parent_tool_use_id);
    const blocks = (line) => (Array.isArray(line.message?.content) ? line.message.content : []);
    const words = (line) => {
      const content = line.message?.content;
      if (typeof content === "string") return content;
      return blocks(line)
        .map((block) => (typeof block === "string" ? block : block.type === "text" ? block.text : ""))
        .join("\n");
    };
    const isPrompt = (line) =>
      line.type === "user" &&
      !line.isMeta &&
      !line.isCompactSummary &&
      !blocks(line).some((block) => block.type === "tool_result") &&
      !/^(?:\[Request interrupted|Caveat: The messages below)/.test(words(line)) &&
      (said(words(line)) !== "" || blocks(line).some((block) => block.type === "image"));
    // From the end back to a line without a parent, then on from the line above it.
    const at = new Map(main.map((line, index) => [line.uuid, index]));
    const alive = new Set();
    for (let index = main.length - 1; index >= 0; ) {
      alive.add(index);
      const parent = at.get(main[index].parentUuid);
      index = parent !== undefined && parent < index ? parent : index - 1;
    }
    const isAlive = (index) => {
      // Branches of calls that run at once belong to the prompt above them.
      while (index >= 0 && !alive.has(index)) {
        if (isPrompt(main[index])) return false;
        const parent = at.get(main[index].parentUuid);
        index = parent !== undefined && parent < index ? parent : index - 1;
      }
      return true;
    };
    // A command of the program itself is followed by what it printed, and asks nobody.
    const isLocal = (index) =>
      /^<command-(?:name|message)>/.test(words(main[index])) &&
      main.slice(index + 1, index + 3).some((line) => words(line).startsWith("<local-command-stdout>"));
    const living = main.filter((_, index) => isAlive(index));
    const failed = new Set();
    const calls = new Map();
    for (const line of [...living, ...lines.filter((line) => line.isSidechain)]) {
      for (const block of blocks(line)) {
        if (block.type === "tool_use" && block.input) calls.set(block.id, block.name);
        if (block.type === "tool_result" && block.is_error) failed.add(block.tool_use_id);
      }
    }
    const turns = main.filter((line, index) => isPrompt(line) && isAlive(index) && !isLocal(index)).length;
    const edits = [...calls].filter(([id, name]) => EDITORS.has(name) && !failed.has(id)).length;
    return [turns, calls.size, edits];
  },

  codex() {
    const payloads = lines.map((line) => line.payload ?? line);
    const events = lines.filter((line) => line.type === "event_msg" && line.payload.type === "user_message");
    const items = payloads.filter((item) => item.type === "message" && item.role === "user");
    const ofItem = (item) => item.content.map((block) => block.text ?? "").join("\n");
    const turns =
      events.length || items.filter((item) => said(ofItem(item)) && !ofItem(item).startsWith("# AGENTS.md")).length;
    const calls = payloads.filter((item) =>
      /^(function|custom_tool|local_shell|web_search|tool_search)_call$/.test(item.type),
    );
    const outputs = new Map(
      payloads.filter((item) => /_call_output$/.test(item.type)).map((item) => [item.call_id, String(item.output)]),
    );
    const edits = calls
      .filter(
        (call) =>
          call.name === "apply_patch" && !/^Exit code: [^0]|verification failed/.test(outputs.get(call.call_id) ?? ""),
      )
      .reduce((sum, call) => sum + filesOfPatch(call.input ?? call.arguments), 0);
    return [turns, calls.length, edits];
  },

  "copilot-cli"() {
    const turns = lines.filter((line) => line.type === "user.message" && !line.data.source).length;
    const calls = new Map();
    for (const line of lines) {
      for (const request of line.data?.toolRequests ?? []) calls.set(request.toolCallId, request);
      if (line.type === "tool.execution_start")
        calls.set(line.data.toolCallId, { ...line.data, name: line.data.toolName });
    }
    const failed = new Set(
      lines
        .filter((line) => line.type === "tool.execution_complete" && !line.data.success)
        .map((line) => line.data.toolCallId),
    );
    let edits = 0;
    for (const [id, call] of calls) {
      if (failed.has(id)) continue;
      if (call.name === "apply_patch") edits += filesOfPatch(String(call.arguments));
      else if (EDITORS.has(call.name)) edits += 1;
    }
    return [turns, calls.size, edits];
  },

  "gemini-cli"() {
    const records = new Map();
    for (const line of Array.isArray(document?.messages) ? document.messages : lines) {
      if (line.type && line.id) records.set(line.id, line);
    }
    const messages = [...records.values()];
    const calls = messages.flatMap((message) => message.toolCalls ?? []);
    const edits = calls.filter((call) => EDITORS.has(call.name) && call.status === "success").length;
    return [messages.filter((message) => message.type === "user").length, calls.length, edits];
  },
};

console.log(COUNTERS[format]().join(" "));
