//! Codex: the rollouts under `~/.codex/sessions`, and the lines that `codex exec --json` prints.
//!
//! Since 2025 a line is `{timestamp, type, payload}`; before, lines were the bare items of the Responses API. Items
//! (`response_item`) are what the model saw; events (`event_msg`) mirror them for the screen. Answers and calls are read from
//! the items. Requests are read from the events where a rollout has them, because a user's item may as well be injected.

use super::super::conversation::{AttachmentKind, Change, FileEdit, Part, Request, TurnState};
use super::super::tree::{NULL, Shape, Tree};
use super::super::{patch, scaffolding, tools};
use super::Reader;
use super::draft::{Act, Draft, Rules, repository};
use super::messages::{joined, plain};
use super::places::Waiting;
use super::source::Source;
use crate::find::{self, before, holds, is_among};
use crate::json::digits;

/// The reader of this format.
pub(super) const READER: Reader = Reader { id: "codex", knows, read };

const SHAPE: Shape = Shape {
    levels: 0,
    skip: &[
        "encrypted_content",
        "base_instructions",
        "replacement_history",
        "info",
        "rate_limits",
        "dynamic_tools",
        "stdout",
        "stderr",
        "collaboration_mode",
        "user_instructions",
        "tools",
        "formatted_output",
    ],
    raw: &["action"],
};
/// How outputs begin that Codex writes itself, without a frame.
const FAILED: &str = "apply_patch verification failed|failed to parse function arguments|execution error";
/// How outputs begin when the person refused.
const REFUSED: &str = "patch rejected|aborted by user|exec command rejected by user|aborted";
/// Kinds of lines and of payloads that tell nothing, or tell it again.
const KNOWN: &str = "world_state state ghost_snapshot token_count agent_message agent_message_delta agent_reasoning \
    agent_reasoning_raw_content agent_reasoning_section_break context_compacted task_started \
    turn_started mcp_tool_call_begin mcp_tool_call_end exec_command_begin exec_command_output_delta \
    patch_apply_begin web_search_begin web_search_end turn_diff plan_update background_event \
    stream_error session_configured thread.started turn.started turn.completed item.started item.updated \
    tool_search_output warning view_image_tool_call item_completed item_started thread_name_updated \
    entered_review_mode exited_review_mode shutdown_complete deprecation_notice image_generation_end \
    thread_settings_updated";

/// Whether a file is a rollout of Codex.
fn knows(source: &Source<'_>) -> bool {
    source.peeked.iter().any(|line| {
        !line.get("payload").fields().is_empty()
            && line.says_one("type", "session_meta response_item event_msg turn_context")
            || line.says("record_type", "state")
            || line.says("type", "thread.started") && line.text("thread_id").is_some()
            || is_old_meta(line)
    })
}

/// The first line of 2025.
fn is_old_meta(line: &Tree<'_>) -> bool {
    let has = |name| line.fields().iter().any(|(field, _)| field == name);
    has("instructions") && has("timestamp") && has("id") && !has("type")
}

/// Reads one.
fn read(source: &Source<'_>, draft: &mut Draft) {
    let has_events = holds(source.text, "\"user_message\"");
    let mut reading = Reading { has_events, is_running: false, terminals: Waiting::default() };
    source.each_line(&SHAPE, draft, &mut |line, draft| reading.line(line, draft));
    if reading.is_running {
        draft.end(TurnState::Open);
    }
}

#[derive(Debug)]
struct Reading {
    /// Requests are mirrored as events.
    has_events: bool,
    /// A task began and has not ended.
    is_running: bool,
    /// The call that started a command which outlived it, by the number of its terminal.
    terminals: Waiting,
}

impl Reading {
    fn line(&mut self, line: &Tree<'_>, draft: &mut Draft) {
        let at = line.get("timestamp");
        let payload = line.get("payload");
        match &**line.words("type") {
            "response_item" => self.item(payload, at, draft),
            "event_msg" => self.event(payload, at, draft),
            "session_meta" => session(payload, draft),
            "turn_context" => {
                payload.put("model", &mut draft.conversation.model);
                let folder = &mut draft.conversation.workspace.folder;
                if folder.is_none() {
                    payload.put("cwd", folder);
                }
            }
            "compacted" => compaction(payload.words("message"), draft),
            "item.completed" => drop(draft.follow(STREAMED, line.words("item.type"), line.get("item"))),
            "turn.failed" | "error" => draft.end_failed(line.words("error.message message")),
            "" if is_old_meta(line) => session(line, draft),
            "" if line.text("record_type").is_some() => {}
            kind if is_among(KNOWN, kind) => {}
            _ => self.item(line, at, draft),
        }
    }

    fn item(&mut self, item: &Tree<'_>, at: &Tree<'_>, draft: &mut Draft) {
        let id = item.words("call_id id");
        match draft.follow(ITEMS, item.words("type"), item) {
            MESSAGE => self.message(item, at, draft),
            OUTPUT => self.output(id, item.get("output"), draft),
            _ => {}
        }
    }

    fn message(&mut self, item: &Tree<'_>, at: &Tree<'_>, draft: &mut Draft) {
        let text = joined(item.get("content"));
        match item.text("role") {
            Some("assistant") => draft.say(&text),
            Some("user") if self.has_events => {
                let (_, mut found) = scaffolding::split(&text);
                draft.turn().request.scaffolding.append(&mut found);
            }
            Some("user") => {
                let turn = draft.ask(&text, &NULL, at);
                for image in item.list("content").iter().filter_map(|block| block.text("image_url")) {
                    picture(image, &mut turn.request);
                }
            }
            // What the maker and the configuration say to the model.
            Some("developer" | "system") => {}
            _ => draft.skip(),
        }
    }

    fn output(&mut self, id: &str, output: &Tree<'_>, draft: &mut Draft) {
        // A text, a list of texts and images, or an object around it.
        let text = match output {
            Tree::Object(_) => plain(output.get("content")),
            output => plain(output),
        };
        // The frame of 2025 is JSON.
        let framed = match text.starts_with("{\"output\"") {
            true => Tree::read(&text),
            false => NULL,
        };
        let (shown, code) = match framed.is_there() {
            true => (&**framed.words("output"), framed.whole("metadata.exit_code")),
            false => (tools::unframed(&text), tools::exit_code(&text)),
        };
        let begins = |words: &str| text.starts_with(words);
        let refused = find::any(REFUSED, &begins);
        if !draft.result(id, shown, code, refused || find::any(FAILED, &begins) || output.is_not("success")) {
            return draft.skip();
        }
        if refused {
            draft.refused(id);
        }
        let number = text.lines().take(4).find_map(|line| line.strip_prefix("Process running with session ID "));
        if let Some(number) = number {
            self.terminals.add(number.trim(), id);
        } else if let Some(code) = code {
            self.ended(id, code, draft);
        }
    }

    /// A command that ran on has ended while its terminal was read.
    fn ended(&mut self, reader: &str, code: i32, draft: &mut Draft) {
        let Some(call) = draft.find(reader).filter(|call| call.name == "write_stdin") else { return };
        let Some(input) = Tree::parse(&call.input, Shape::ALL) else { return };
        let number = match input.text("session_id") {
            Some(number) => number.to_owned(),
            None => digits(input.whole("session_id").unwrap_or_default().into()),
        };
        let output = call.output.clone();
        let Some(started) = self.terminals.end(&number) else { return };
        let mut all = draft.find(&started).map(|call| std::mem::take(&mut call.output)).unwrap_or_default();
        all.push_str(&output);
        draft.result(&started, &all, Some(code), false);
    }

    fn event(&mut self, event: &Tree<'_>, at: &Tree<'_>, draft: &mut Draft) {
        match draft.follow(EVENTS, event.words("type"), event) {
            ASKED => {
                let turn = draft.ask(event.words("message"), &NULL, at);
                for image in event.list("images").iter().chain(event.list("local_images")).filter_map(Tree::as_text) {
                    picture(image, &mut turn.request);
                }
            }
            BEGUN => self.is_running = true,
            ENDED => self.is_running = false,
            ABORTED => {
                self.is_running = false;
                draft.end(TurnState::Cancelled);
            }
            _ => {}
        }
    }
}

const MESSAGE: u8 = 1;
const OUTPUT: u8 = 2;

/// What the model saw.
const ITEMS: &Rules = &[
    ("message", Act::Own(MESSAGE)),
    (
        "reasoning",
        Act::Do(|item, draft| {
            let summary = joined(item.get("summary"));
            let thought = if summary.trim().is_empty() { joined(item.get("content")) } else { summary };
            draft.think(&thought);
        }),
    ),
    (
        "function_call",
        Act::Do(|item, draft| draft.called(item.words("call_id id"), item.words("name"), item.words("arguments"))),
    ),
    (
        "custom_tool_call",
        Act::Do(|item, draft| draft.called(item.words("call_id id"), item.words("name"), item.words("input"))),
    ),
    (
        "local_shell_call web_search_call tool_search_call",
        Act::Do(|item, draft| {
            let kind = item.words("type");
            let name = kind.strip_suffix("_call").unwrap_or(kind);
            draft.called(item.words("call_id id"), name, item.get("action").as_raw());
        }),
    ),
    ("function_call_output custom_tool_call_output local_shell_call_output", Act::Own(OUTPUT)),
    ("compaction compaction_summary context_compaction", Act::Do(|_, draft| compaction("", draft))),
    (KNOWN, Act::Nothing),
];

const ASKED: u8 = 1;
const BEGUN: u8 = 2;
const ENDED: u8 = 3;
const ABORTED: u8 = 4;

/// What the screen showed.
const EVENTS: &Rules = &[
    ("user_message", Act::Own(ASKED)),
    ("task_started turn_started", Act::Own(BEGUN)),
    ("task_complete turn_complete", Act::Own(ENDED)),
    ("turn_aborted", Act::Own(ABORTED)),
    ("error", Act::Do(|event, draft| draft.end_failed(event.words("message")))),
    (
        "thread_rolled_back",
        Act::Do(|event, draft| {
            let undone = event.whole("num_turns").and_then(|turns| usize::try_from(turns).ok()).unwrap_or_default();
            draft.rewind(draft.conversation.turns.len().saturating_sub(undone));
        }),
    ),
    (
        "exec_command_end",
        Act::Do(|event, draft| {
            let id = event.words("call_id");
            if draft.find(id).is_some_and(|call| call.exit_code.is_none() && call.output.is_empty()) {
                draft.result(id, event.words("aggregated_output"), event.whole("exit_code"), false);
            }
        }),
    ),
    (
        "patch_apply_end",
        Act::Do(|event, draft| {
            if let Some(call) = draft.find(event.words("call_id")) {
                call.edits = changes(event.get("changes"), event.is("success"));
            }
        }),
    ),
    ("thread_name", Act::Do(|event, draft| event.put("name", &mut draft.conversation.title))),
    (KNOWN, Act::Nothing),
];

/// Who, where and on which commit. A rollout that continues another repeats it; the first counts.
fn session(meta: &Tree<'_>, draft: &mut Draft) {
    let conversation = &mut draft.conversation;
    if conversation.tool.is_some() {
        return;
    }
    conversation.tool = Some(["Codex ", meta.words("cli_version")].concat().trim().to_owned());
    let workspace = &mut conversation.workspace;
    meta.put("cwd", &mut workspace.folder);
    meta.put("git.branch", &mut workspace.branch);
    meta.put("git.commit_hash", &mut workspace.head_commit);
    workspace.repository = meta.text("git.repository_url").map(repository);
}

/// A picture by its path or address; one that the rollout carries by its type.
fn picture(source: &str, request: &mut Request) {
    let name = source.strip_prefix("data:").map_or(source, |carried| before(carried, ";"));
    request.attach(AttachmentKind::Image, name, None);
}

/// Everything before was summed up; the items around it say so again.
fn compaction(summary: &str, draft: &mut Draft) {
    let is_told = summary.is_empty() && matches!(draft.turn().parts.last(), Some(Part::Compaction(_)));
    if !is_told {
        draft.sum_in_words(summary);
    }
}

/// What a patch did, as Codex applied it.
fn changes(changes: &Tree<'_>, succeeded: bool) -> Vec<FileEdit> {
    let mut edits = Vec::new();
    for (path, change) in changes.fields().iter().filter(|_| succeeded) {
        let mut edit = FileEdit { path: path.to_string(), ..FileEdit::default() };
        match change.text("type") {
            Some("add") => {
                edit.change = Change::Added;
                edit.diff = patch::addition(change.words("content"));
            }
            Some("delete") => edit.change = Change::Deleted,
            _ => edit.diff = change.words("unified_diff").to_string(),
        }
        if let Some(moved) = change.string("move_path") {
            edit.from = Some(std::mem::replace(&mut edit.path, moved));
            edit.change = Change::Renamed;
        }
        edits.push(edit);
    }
    edits
}

/// The items of `codex exec --json`.
const STREAMED: &Rules = &[
    ("agent_message assistant_message", Act::Say("text")),
    ("reasoning", Act::Think("text")),
    ("error", Act::Do(|item, draft| draft.add(Part::Error(item.words("message").to_string())))),
    ("todo_list", Act::Do(|item, draft| draft.todos(tools::todo_items(item.list("items"))))),
    (
        "command_execution",
        Act::Do(|item, draft| {
            let id = item.words("id");
            draft.call(tools::call(id, "command_execution", item.words("command")));
            draft.result(id, item.words("aggregated_output"), item.whole("exit_code"), false);
        }),
    ),
    (
        "file_change",
        Act::Do(|item, draft| {
            let mut call = tools::call(item.words("id"), "file_change", "");
            for change in item.list("changes") {
                let kind = match change.text("kind") {
                    Some("add") => Change::Added,
                    Some("delete") => Change::Deleted,
                    _ => Change::Modified,
                };
                let path = change.words("path").to_string();
                call.paths.push(path.clone());
                call.edits.push(FileEdit { path, from: None, change: kind, diff: String::new() });
            }
            draft.call(call);
            silent(item, draft);
        }),
    ),
    (
        "mcp_tool_call web_search",
        Act::Do(|item, draft| {
            draft.call(tools::call(item.words("id"), item.words("tool type"), item.words("query")));
            silent(item, draft);
        }),
    ),
];

/// A call has ended whose output is not told.
fn silent(item: &Tree<'_>, draft: &mut Draft) {
    draft.result(item.words("id"), "", None, item.says("status", "failed"));
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
