// What happened in a transcript, straight from the raw file and by rules of its own: the bench must not see a conversation
// through the eyes of the readers that it judges. Events in order:
//   { kind: "asked" | "said", text }, { kind: "answer", question, text }, { kind: "todos", todos: [{ text, status }] },
//   { kind: "call", name, command?, edits: [{ path, state }], code?, failed, output }, { kind: "place", branch?, commit?, folder? }

const json = (text) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
const jsonLines = (text) => text.split("\n").map(json).filter(Boolean);
const words = (content) =>
  typeof content === "string"
    ? content
    : (content ?? [])
        .filter((block) => typeof block.text === "string")
        .map((block) => block.text)
        .join("\n");

/** The person's own words: without the blocks that tools put around them. */
const own = (text) =>
  text
    .replace(
      /<(system[-_]reminder|environment_context|user_instructions|environment_details|current_datetime|ide_\w+|reminderInstructions|context|local-command-caveat)>[\s\S]*?<\/\1>/g,
      "",
    )
    // OpenHands shows a whole example before the task to models without tool calls.
    .replace(/^[\s\S]*-{5,} NEW TASK DESCRIPTION -{5,}([\s\S]*?)-{5,} END OF NEW TASK DESCRIPTION[\s\S]*$/, "$1")
    .trim();
const isOwn = (text) =>
  text !== "" &&
  !/^<(command-name|command-message|local-command|task-notification|user-prompt-submit-hook|permissions|turn_aborted|skill|subagent)/.test(
    text,
  ) &&
  !/^(\[Request interrupted|# AGENTS\.md instructions|Caveat: )/.test(text);

const STATES = { Add: "added", Update: "modified", Delete: "deleted" };
const patched = (patch) =>
  [...patch.matchAll(/^\*\*\* (Add|Update|Delete) File: (.+)$/gm)].map(([, what, path]) => ({
    path: path.trim(),
    state: STATES[what],
  }));
const exitCode = (output) => {
  const found =
    /(?:Process exited with code|<exited with exit code|<shellId: \d+ completed with exit code|completed with exit code|^Exit code:?|^Exit Code:) ?(-?\d+)/m.exec(
      output,
    );
  return found ? Number(found[1]) : undefined;
};
const STATUS = {
  done: "completed",
  in_progress: "in progress",
  "in-progress": "in progress",
  "not-started": "pending",
};
const todo = (text, status = "pending") => ({ text: text ?? "", status: STATUS[status] ?? status });

/** A call to a tool by its name and arguments, as most harnesses have them. */
function called(name, input) {
  const call = { kind: "call", name, edits: [], failed: false, output: "" };
  const args = (typeof input === "string" ? json(input) : input) ?? {};
  const patch =
    typeof input === "string" && input.includes("*** Begin Patch") && typeof args.input !== "string"
      ? input
      : args.input;
  const path = args.file_path ?? args.filePath ?? args.path;
  const command = args.command ?? args.cmd;
  if (
    /^(Bash|bash|exec_command|shell|run_in_terminal|run_shell_command|terminal|execute_bash|local_shell)$/.test(name)
  ) {
    call.command = Array.isArray(command) ? command.slice(command[1] === "-lc" ? 2 : 0).join(" ") : command;
  } else if (typeof patch === "string" && patch.includes("*** Begin Patch")) {
    call.edits = patched(patch);
  } else if (
    /^(Edit|MultiEdit|NotebookEdit|edit|replace|replace_string_in_file|insert_edit_into_file)$/.test(name) &&
    path
  ) {
    // To replace nothing is to make a file.
    call.edits = [{ path, state: (args.edits?.[0] ?? args).old_string === "" ? "added" : "modified" }];
  } else if (/^(Write|write_file|create|create_file)$/.test(name) && path) {
    call.edits = [{ path, state: name === "Write" || name === "write_file" ? "written" : "added" }];
  } else if (/editor$/.test(name) && ["str_replace", "insert", "create"].includes(command) && path) {
    call.edits = [{ path, state: command === "create" ? "added" : "modified" }];
  }
  return call;
}

function claude(text) {
  const events = [];
  const calls = new Map();
  const tasks = new Map();
  for (const line of jsonLines(text)) {
    if (line.isSidechain || line.isMeta || line.isCompactSummary) continue;
    if (line.gitBranch || line.cwd) events.push({ kind: "place", branch: line.gitBranch, folder: line.cwd });
    const blocks = line.message?.content;
    if (line.type === "user") {
      const said = own(words(blocks));
      if (isOwn(said)) events.push({ kind: "asked", text: said });
    }
    for (const block of Array.isArray(blocks) ? blocks : []) {
      if (block.type === "text" && line.type === "assistant") events.push({ kind: "said", text: block.text });
      if (block.type === "tool_use" && !calls.has(block.id)) {
        const call = called(block.name, block.input);
        calls.set(block.id, { call, input: block.input });
        events.push(call);
        if (block.name === "TodoWrite") {
          events.push({ kind: "todos", todos: block.input.todos.map(({ content, status }) => todo(content, status)) });
        }
      }
      if (block.type !== "tool_result") continue;
      const { call, input } = calls.get(block.tool_use_id) ?? {};
      if (!call) continue;
      call.output = words(block.content);
      call.failed = block.is_error === true;
      call.cancelled = /^The user doesn't want to (proceed|take this action)/.test(call.output);
      const feedback = call.cancelled && /the user said:\s*([\s\S]+)/.exec(call.output)?.[1].trim();
      if (feedback)
        events.push({ kind: "asked", text: feedback.replace(/\n\nNote: The user's next message[\s\S]*/, "") });
      const exit = /^Exit code (\d+)/.exec(call.output);
      if (call.command) call.code = exit ? Number(exit[1]) : undefined;
      const result = line.toolUseResult;
      for (const edit of call.edits) {
        if (edit.state === "written")
          edit.state = result?.type === "create" || result?.originalFile === null ? "added" : "modified";
      }
      for (const [question, answer] of Object.entries(result?.answers ?? {})) {
        events.push({ kind: "answer", question, text: Array.isArray(answer) ? answer.join(", ") : String(answer) });
      }
      if (call.name === "TaskCreate") {
        const id = result?.task?.id ?? /#(\d+)/.exec(call.output)?.[1];
        if (id) tasks.set(String(id), todo(input.subject));
      }
      if (call.name === "TaskUpdate" && tasks.has(String(input.taskId)) && input.status && !call.failed) {
        if (input.status === "deleted") tasks.delete(String(input.taskId));
        else tasks.get(String(input.taskId)).status = todo("", input.status).status;
      }
    }
  }
  if (tasks.size > 0) events.push({ kind: "todos", todos: [...tasks.values()] });
  return events;
}

function codex(text) {
  const events = [];
  const calls = new Map();
  const running = new Map();
  const lines = jsonLines(text);
  const hasMirror = lines.some(({ type, payload }) => type === "event_msg" && payload?.type === "user_message");
  for (const { type, payload } of lines) {
    if (type === "session_meta") {
      events.push({
        kind: "place",
        branch: payload.git?.branch,
        commit: payload.git?.commit_hash,
        folder: payload.cwd,
      });
    }
    if (type === "event_msg" && payload.type === "user_message" && isOwn(own(payload.message))) {
      events.push({ kind: "asked", text: own(payload.message) });
    }
    if (type !== "response_item") continue;
    const said = payload.type === "message" ? words(payload.content) : "";
    if (said && payload.role === "assistant") events.push({ kind: "said", text: said });
    if (said && payload.role === "user" && !hasMirror && isOwn(own(said)))
      events.push({ kind: "asked", text: own(said) });
    if (payload.type === "function_call" || payload.type === "custom_tool_call") {
      const call = called(payload.name, payload.arguments ?? payload.input);
      const args = json(payload.arguments ?? "") ?? {};
      calls.set(payload.call_id, payload.name === "write_stdin" ? (running.get(args.session_id) ?? call) : call);
      if (calls.get(payload.call_id) === call) events.push(call);
      if (payload.name === "update_plan") {
        events.push({ kind: "todos", todos: (args.plan ?? []).map(({ step, status }) => todo(step, status)) });
      }
    }
    if (/_output$/.test(payload.type)) {
      const call = calls.get(payload.call_id);
      if (!call) continue;
      const raw = words(payload.output);
      const old = json(raw);
      const output = old?.output ?? raw.replace(/^[\s\S]*?\nOutput:\n/, "");
      call.output = call.output ? `${call.output}\n${output}` : output;
      call.code = old?.metadata?.exit_code ?? exitCode(raw) ?? call.code;
      call.failed = call.code !== undefined && call.code !== 0;
      const session = /Process running with session ID (\d+)/.exec(raw);
      if (session) running.set(Number(session[1]), call);
    }
  }
  return events;
}

function copilot(text) {
  const events = [];
  const calls = new Map();
  const children = new Set();
  for (const { type, data } of jsonLines(text)) {
    if (type === "session.start" || type === "session.context_changed") {
      const context = data.context ?? data;
      events.push({ kind: "place", branch: context.branch, commit: context.headCommit, folder: context.cwd });
    }
    if (type === "user.message" && !data.source && isOwn(own(data.content))) {
      events.push({ kind: "asked", text: own(data.content) });
    }
    if (data?.parentToolCallId) {
      if (data.toolCallId) children.add(data.toolCallId);
      continue;
    }
    if (type === "assistant.message" && data.content) events.push({ kind: "said", text: data.content });
    if (type === "tool.execution_start" && !children.has(data.toolCallId)) {
      const call = called(data.toolName, data.arguments);
      calls.set(data.toolCallId, call);
      events.push(call);
    }
    const call = type === "tool.execution_complete" ? calls.get(data.toolCallId) : undefined;
    if (call) {
      call.output = (data.result?.content ?? data.error?.message ?? "").replace(/\n?<(exited|shellId)[^>]*>\s*$/, "");
      call.code = exitCode(data.result?.content ?? "");
      call.failed = !data.success || (call.code ?? 0) !== 0;
    }
  }
  return events;
}

function gemini(text) {
  const document = json(text);
  const messages = document?.messages ?? jsonLines(text).filter((line) => line.type && line.id);
  const events = [];
  for (const message of messages) {
    const said = words(message.content);
    if (message.type === "user" && isOwn(own(said))) events.push({ kind: "asked", text: own(said) });
    if (message.type === "gemini" && said) events.push({ kind: "said", text: said });
    for (const use of message.toolCalls ?? []) {
      const call = called(use.name, use.args);
      const response = use.result?.[0]?.functionResponse?.response ?? {};
      call.output = String(response.output ?? response.error ?? "");
      call.code = call.command ? exitCode(call.output) : undefined;
      call.failed = use.status === "error" || (call.code ?? 0) !== 0;
      for (const edit of call.edits) {
        if (edit.state === "written") edit.state = /new file/.test(call.output) ? "added" : "modified";
      }
      events.push(call);
    }
  }
  return events;
}

function vscode(text) {
  const events = [];
  for (const request of json(text).requests) {
    if (request.shouldBeRemovedOnSend) continue;
    const said = own(typeof request.message === "string" ? request.message : request.message.text);
    if (said) events.push({ kind: "asked", text: said });
    const metadata = request.result?.metadata ?? {};
    for (const round of metadata.toolCallRounds ?? []) {
      if (round.response) events.push({ kind: "said", text: round.response });
      for (const use of round.toolCalls) {
        const call = called(use.name, use.arguments);
        const found = Object.entries(metadata.toolCallResults ?? {}).find(([id]) => id.startsWith(use.id));
        call.output = (found?.[1].content ?? [])
          .map(({ value }) => (typeof value === "string" ? value : ""))
          .join("\n");
        call.failed = /^ERROR/.test(call.output);
        events.push(call);
      }
    }
    const last = request.response.filter((part) => part.kind === undefined && part.value).at(-1);
    if (last) events.push({ kind: "said", text: last.value });
    for (const part of request.response) {
      if (part.kind === "textEditGroup" && part.edits?.length && !metadata.toolCallRounds?.length) {
        events.push({ ...called("edit", { path: part.uri.fsPath ?? part.uri.path }), output: "" });
      }
    }
  }
  return events;
}

function openhands(list) {
  const events = [];
  for (const event of list) {
    if (event.action === "message" || event.kind === "MessageEvent") {
      const said = event.args?.content ?? words(event.llm_message?.content);
      events.push({ kind: event.source === "user" ? "asked" : "said", text: said });
    }
    if (event.action === "run") events.push({ ...called("bash", event.args), id: event.id });
    if (event.action === "edit" || event.action === "write") {
      const done = list.find(({ observation, cause }) => observation && cause === event.id);
      const state = done?.extras?.prev_exist === false ? "added" : "modified";
      events.push({ ...called("none", {}), edits: [{ path: event.args.path, state }] });
    }
    if (event.observation === "run") {
      const call = events.find(({ id }) => id === event.cause);
      if (call) {
        call.output = event.content;
        call.code = event.extras?.metadata?.exit_code;
        call.failed = (call.code ?? 0) !== 0;
      }
    }
  }
  return events;
}

function messages(list) {
  const events = [];
  const calls = new Map();
  const start = (id, name, input) => {
    const call = called(name, input);
    calls.set(id, call);
    events.push(call);
  };
  for (const { role, content, tool_calls, tool_call_id } of list) {
    const said = own(words(content));
    const native = /^EXECUTION RESULT of \[/.test(said);
    if (role === "user" && isOwn(said) && !native) events.push({ kind: "asked", text: said });
    if (role === "assistant" && said) events.push({ kind: "said", text: said });
    for (const { id, function: used } of tool_calls ?? []) start(id, used.name, used.arguments);
    if (role === "tool" && calls.has(tool_call_id)) calls.get(tool_call_id).output = said;
    for (const block of Array.isArray(content) ? content : []) {
      if (block.type === "tool_use") start(block.id, block.name, block.input);
      if (block.type === "tool_result" && calls.has(block.tool_use_id)) {
        Object.assign(calls.get(block.tool_use_id), { output: words(block.content), failed: block.is_error === true });
      }
    }
  }
  for (const call of calls.values()) {
    for (const edit of call.edits)
      if (edit.state === "written") edit.state = /creat/i.test(call.output) ? "added" : "modified";
  }
  return events;
}

function specstory(text) {
  const events = [];
  for (const block of text.split(/^(?=_\*\*(?:User|Agent)\b)/m)) {
    const body = block
      .replace(/^_\*\*.*\*\*_\n/, "")
      .replace(/\n---\s*$/, "")
      .trim();
    if (block.startsWith("_**User") && isOwn(own(body))) events.push({ kind: "asked", text: own(body) });
    const tool = /<tool-use data-tool-type="([^"]*)" data-tool-name="([^"]*)">/.exec(body);
    const edited = tool && /The file (\S+) has been (updated|created)/.exec(body);
    const created = tool?.[2] === "Write" && /File created successfully at: (\S+)/.exec(body);
    if (edited) events.push(called(edited[2] === "created" ? "create" : "edit", { path: edited[1] }));
    else if (created) events.push(called("create", { path: created[1] }));
    else if (block.startsWith("_**Agent") && !tool && !body.startsWith("<think>"))
      events.push({ kind: "said", text: body });
    else if (tool) events.push({ ...called(tool[2], {}), output: body });
  }
  return events;
}

function aider(text) {
  const events = [];
  for (const block of text.split(/^(?=# aider chat started)|(?<!^####[^\n]*)\n(?=#### )|\n(?=> )/m)) {
    const lines = block.split("\n");
    const asked = lines.filter((line) => line.startsWith("#### ")).map((line) => line.slice(5).trimEnd());
    if (asked.length > 0 && !asked[0].startsWith("/") && !asked[0].startsWith("<blank>")) {
      events.push({ kind: "asked", text: asked.join("\n") });
    }
    const said = lines
      .filter((line) => !/^(#### |> |# aider)/.test(line))
      .join("\n")
      .trim();
    for (const line of lines) {
      const edited = /^> Applied edit to (.+?)\s*$/.exec(line);
      if (edited) events.push(called("edit", { path: edited[1] }));
    }
    if (said) events.push({ kind: "said", text: said });
  }
  return events;
}

/** The events of a transcript, or `undefined` where the format has none that could be told by rule. */
export function eventsOf(folder, text) {
  const document = json(text);
  switch (folder) {
    case "claude-code":
      return claude(text);
    case "codex-rollout":
      return codex(text);
    case "copilot-cli-events":
      return copilot(text);
    case "gemini-cli":
      return gemini(text);
    case "vscode-chat-json":
      return vscode(text);
    case "openhands":
      return openhands(document ?? jsonLines(text));
    case "openai-messages":
    case "anthropic-messages":
      return messages(
        document?.messages ??
          document?.loglines?.filter((line) => !line.isCompactSummary).map(({ message }) => message) ??
          document,
      );
    case "specstory-md":
      return specstory(text);
    case "aider":
      return aider(text);
    default:
      return undefined;
  }
}

/** The whole of it as plain text, each call with its outcome beside it: what the baselines cut. */
export function plainText(events) {
  return events
    .map((event) => {
      if (event.kind === "asked") return `User: ${event.text}\n`;
      if (event.kind === "said") return `Assistant: ${event.text}\n`;
      if (event.kind === "answer") return `Question: ${event.question}\nAnswer: ${event.text}\n`;
      if (event.kind === "todos")
        return `${event.todos.map(({ text, status }) => `- ${status}: ${text}`).join("\n")}\n`;
      if (event.kind === "place") return "";
      const edits = event.edits.map(({ path, state }) => `${event.name} ${path}: ${state}\n`).join("");
      const ended = event.code === undefined ? (event.failed ? "failed" : "succeeded") : `exit code ${event.code}`;
      return `${edits}${event.command ? `$ ${event.command}\n→ ${ended}\n` : ""}${event.output ? `${event.output}\n` : ""}`;
    })
    .join("\n");
}
