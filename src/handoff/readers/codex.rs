//! Codex: the rollouts under `~/.codex/sessions`, and the lines that `codex exec --json` prints.
//!
//! Since 2025 a line is `{timestamp, type, payload}`; before, lines were the bare items of the Responses API. Items
//! (`response_item`) are what the model saw; events (`event_msg`) mirror them for the screen. Answers and calls are read from
//! the items. Requests are read from the events where a rollout has them, because a user's item may as well be injected.

use std::collections::BTreeMap;

use super::super::conversation::{Attachment, AttachmentKind, Change, FileEdit, Part, ToolStatus, TurnState};
use super::super::tree::{Shape, Tree};
use super::super::{patch, scaffolding, tools};
use super::Reader;
use super::draft::{Draft, repository};
use super::source::Source;

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
const FAILED: &[&str] = &["apply_patch verification failed", "failed to parse function arguments", "execution error"];
/// How outputs begin when the person refused.
const REFUSED: &[&str] = &["patch rejected", "aborted by user", "exec command rejected by user", "aborted"];
/// Kinds of lines and of payloads that tell nothing, or tell it again.
const KNOWN: &[&str] = &[
    "world_state",
    "state",
    "ghost_snapshot",
    "token_count",
    "agent_message",
    "agent_message_delta",
    "agent_reasoning",
    "agent_reasoning_raw_content",
    "agent_reasoning_section_break",
    "context_compacted",
    "task_started",
    "turn_started",
    "mcp_tool_call_begin",
    "mcp_tool_call_end",
    "exec_command_begin",
    "exec_command_output_delta",
    "patch_apply_begin",
    "web_search_begin",
    "web_search_end",
    "turn_diff",
    "plan_update",
    "background_event",
    "stream_error",
    "session_configured",
    "thread.started",
    "turn.started",
    "turn.completed",
    "item.started",
    "item.updated",
    "tool_search_output",
    "warning",
    "view_image_tool_call",
    "item_completed",
    "item_started",
    "thread_name_updated",
    "entered_review_mode",
    "exited_review_mode",
    "shutdown_complete",
    "deprecation_notice",
    "image_generation_end",
    "thread_settings_updated",
];

/// Whether a file is a rollout of Codex.
fn knows(source: &Source<'_>) -> bool {
    source.peeked.iter().any(|line| {
        let kind = line.text("type").unwrap_or_default();
        let has_payload = !line.get("payload").fields().is_empty();
        (has_payload && ["session_meta", "response_item", "event_msg", "turn_context"].contains(&kind))
            || line.text("record_type") == Some("state")
            || (kind == "thread.started" && line.text("thread_id").is_some())
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
    let mut reading = Reading { has_events: source.text.contains("\"user_message\""), ..Reading::default() };
    for line in source.lines(SHAPE) {
        match line {
            Some(line) => reading.line(&line, draft),
            None => draft.skip(),
        }
    }
    if reading.is_running {
        draft.end(TurnState::Open);
    }
}

#[derive(Debug, Default)]
struct Reading {
    /// Requests are mirrored as events.
    has_events: bool,
    /// A task began and has not ended.
    is_running: bool,
    /// The call that started a command which outlived it, by the number of its terminal.
    terminals: BTreeMap<String, String>,
}

impl Reading {
    fn line(&mut self, line: &Tree<'_>, draft: &mut Draft) {
        let at = line.text("timestamp");
        let kind = line.text("type").unwrap_or_default();
        let payload = line.get("payload");
        match kind {
            "session_meta" => session(payload, draft),
            "turn_context" => {
                draft.conversation.model = payload.string("model").or(draft.conversation.model.take());
                let folder = &mut draft.conversation.workspace.folder;
                *folder = folder.take().or_else(|| payload.string("cwd"));
            }
            "response_item" => self.item(payload, at, draft),
            "event_msg" => self.event(payload, at, draft),
            "compacted" => compaction(payload.text("message").unwrap_or_default(), draft),
            "item.completed" => streamed(line.get("item"), draft),
            "turn.failed" | "error" => failure(line.get("error").text("message").or(line.text("message")), draft),
            "" if is_old_meta(line) => session(line, draft),
            "" if line.text("record_type").is_some() => {}
            kind if KNOWN.contains(&kind) => {}
            _ => self.item(line, at, draft),
        }
    }

    fn item(&mut self, item: &Tree<'_>, at: Option<&str>, draft: &mut Draft) {
        let id = item.text("call_id").or(item.text("id")).unwrap_or_default();
        match item.text("type").unwrap_or_default() {
            "message" => self.message(item, at, draft),
            "reasoning" => {
                let before = draft.conversation.turns.last().map_or(0, |turn| turn.parts.len());
                draft.think(&joined(item.get("summary")));
                if draft.conversation.turns.last().map_or(0, |turn| turn.parts.len()) == before {
                    draft.think(&joined(item.get("content")));
                }
            }
            "function_call" => {
                let arguments = item.text("arguments").unwrap_or_default();
                self.call(id, item.text("name").unwrap_or_default(), arguments, draft);
            }
            "custom_tool_call" => {
                let input = item.text("input").unwrap_or_default();
                self.call(id, item.text("name").unwrap_or_default(), input, draft);
            }
            kind @ ("local_shell_call" | "web_search_call" | "tool_search_call") => {
                let name = kind.strip_suffix("_call").unwrap_or(kind);
                let input = if let Tree::Raw(action) = item.get("action") { action } else { "" };
                self.call(id, name, input, draft);
            }
            "function_call_output" | "custom_tool_call_output" | "local_shell_call_output" => {
                self.output(id, item.get("output"), draft);
            }
            "compaction" | "compaction_summary" | "context_compaction" => compaction("", draft),
            kind if KNOWN.contains(&kind) => {}
            _ => draft.skip(),
        }
    }

    fn message(&mut self, item: &Tree<'_>, at: Option<&str>, draft: &mut Draft) {
        let text = joined(item.get("content"));
        match item.text("role") {
            Some("assistant") => draft.say(&text),
            Some("user") if self.has_events => {
                let (_, found) = scaffolding::split(&text);
                draft.turn().request.scaffolding.extend(found);
            }
            Some("user") => {
                let turn = draft.ask(&text, None, at);
                for block in item.list("content") {
                    if let Some(image) = block.text("image_url") {
                        turn.request.attachments.push(picture(image));
                    }
                }
            }
            // What the maker and the configuration say to the model.
            Some("developer" | "system") => {}
            _ => draft.skip(),
        }
    }

    fn call(&mut self, id: &str, name: &str, input: &str, draft: &mut Draft) {
        draft.call(tools::call(id, name, input));
        if let Some(todos) = tools::todos(name, input) {
            draft.todos(todos);
        }
    }

    fn output(&mut self, id: &str, output: &Tree<'_>, draft: &mut Draft) {
        let text = match output {
            Tree::Text(text) => text.to_string(),
            // A list of texts and images, or an object around it.
            Tree::List(_) => joined(output),
            output => output.string("content").unwrap_or_else(|| joined(output.get("content"))),
        };
        // The frame of 2025 is JSON.
        let framed = match text.starts_with("{\"output\"") {
            true => Tree::parse(&text, Shape::default()),
            false => None,
        };
        let (shown, code) = match &framed {
            Some(framed) => (framed.text("output").unwrap_or_default(), framed.get("metadata").whole("exit_code")),
            None => (tools::unframed(&text), tools::exit_code(&text)),
        };
        let refused = REFUSED.iter().any(|words| text.starts_with(words));
        let failed = refused
            || FAILED.iter().any(|words| text.starts_with(words))
            || *output.get("success") == Tree::Flag(false);
        if !draft.result(id, shown, code, Some(failed)) {
            return draft.skip();
        }
        if refused && let Some(call) = draft.find(id) {
            call.status = ToolStatus::Cancelled;
        }
        if let Some(number) =
            text.lines().take(4).find_map(|line| line.strip_prefix("Process running with session ID "))
        {
            self.terminals.entry(number.trim().to_owned()).or_insert_with(|| id.to_owned());
        } else if let Some(code) = code {
            self.ended(id, code, draft);
        }
    }

    /// A command that ran on has ended while its terminal was read.
    fn ended(&mut self, reader: &str, code: i32, draft: &mut Draft) {
        let Some(call) = draft.find(reader).filter(|call| call.name == "write_stdin") else { return };
        let Some(input) = Tree::parse(&call.input, Shape::default()) else { return };
        let number = match input.get("session_id") {
            Tree::Text(number) => number.to_string(),
            _ => input.whole("session_id").unwrap_or_default().to_string(),
        };
        let output = call.output.clone();
        let Some(started) = self.terminals.remove(&number) else { return };
        let mut all = draft.find(&started).map(|call| std::mem::take(&mut call.output)).unwrap_or_default();
        all.push_str(&output);
        draft.result(&started, &all, Some(code), None);
    }

    fn event(&mut self, event: &Tree<'_>, at: Option<&str>, draft: &mut Draft) {
        match event.text("type").unwrap_or_default() {
            "user_message" => {
                let turn = draft.ask(event.text("message").unwrap_or_default(), None, at);
                for name in ["images", "local_images"] {
                    for image in event.list(name).iter().filter_map(Tree::as_text) {
                        turn.request.attachments.push(picture(image));
                    }
                }
            }
            "task_started" | "turn_started" => self.is_running = true,
            "task_complete" | "turn_complete" => self.is_running = false,
            "turn_aborted" => {
                self.is_running = false;
                draft.end(TurnState::Cancelled);
            }
            "error" => failure(event.text("message"), draft),
            "thread_rolled_back" => {
                let turns = draft.conversation.turns.len();
                let undone = event.whole("num_turns").and_then(|turns| usize::try_from(turns).ok()).unwrap_or_default();
                draft.rewind(turns.saturating_sub(undone));
            }
            "exec_command_end" => {
                let id = event.text("call_id").unwrap_or_default();
                let output = event.text("aggregated_output").unwrap_or_default();
                if draft.find(id).is_some_and(|call| call.exit_code.is_none() && call.output.is_empty()) {
                    draft.result(id, output, event.whole("exit_code"), None);
                }
            }
            "patch_apply_end" => {
                let id = event.text("call_id").unwrap_or_default();
                if let Some(call) = draft.find(id) {
                    call.edits = changes(event.get("changes"), event.is("success"));
                }
            }
            "thread_name" => draft.conversation.title = event.string("name"),
            kind if KNOWN.contains(&kind) => {}
            _ => draft.skip(),
        }
    }
}

/// Who, where and on which commit. A rollout that continues another repeats it; the first counts.
fn session(meta: &Tree<'_>, draft: &mut Draft) {
    let conversation = &mut draft.conversation;
    if conversation.tool.is_some() {
        return;
    }
    let version = meta.text("cli_version").unwrap_or_default();
    conversation.tool = Some(["Codex ", version].concat().trim().to_owned());
    let (git, workspace) = (meta.get("git"), &mut conversation.workspace);
    workspace.folder = meta.string("cwd");
    workspace.branch = git.string("branch");
    workspace.head_commit = git.string("commit_hash");
    workspace.repository = git.text("repository_url").map(repository);
}

/// The texts of a list, in lines.
fn joined(list: &Tree<'_>) -> String {
    let mut all = String::new();
    for item in list.items() {
        let text = item.text("text").or(item.as_text()).unwrap_or_default();
        if !all.is_empty() && !text.is_empty() {
            all.push('\n');
        }
        all.push_str(text);
    }
    all
}

/// A picture by its path or address; one that the rollout carries by its type.
fn picture(source: &str) -> Attachment {
    let carried = source.strip_prefix("data:").and_then(|data| data.split(';').next());
    Attachment { kind: AttachmentKind::Image, name: carried.unwrap_or(source).to_owned(), text: None }
}

/// Everything before was summed up; the items around it say so again.
fn compaction(summary: &str, draft: &mut Draft) {
    match draft.turn().parts.last_mut() {
        Some(Part::Compaction(text)) if text.is_empty() || summary.is_empty() => text.push_str(summary),
        _ => draft.add(Part::Compaction(summary.to_owned())),
    }
}

fn failure(message: Option<&str>, draft: &mut Draft) {
    draft.add(Part::Error(message.unwrap_or_default().to_owned()));
    draft.end(TurnState::Failed);
}

/// What a patch did, as Codex applied it.
fn changes(changes: &Tree<'_>, succeeded: bool) -> Vec<FileEdit> {
    let mut edits = Vec::new();
    for (path, change) in changes.fields().iter().filter(|_| succeeded) {
        let mut edit = FileEdit { path: path.to_string(), ..FileEdit::default() };
        match change.text("type") {
            Some("add") => {
                edit.change = Change::Added;
                edit.diff = patch::addition(change.text("content").unwrap_or_default());
            }
            Some("delete") => edit.change = Change::Deleted,
            _ => edit.diff = change.string("unified_diff").unwrap_or_default(),
        }
        if let Some(moved) = change.string("move_path") {
            edit.from = Some(std::mem::replace(&mut edit.path, moved));
            edit.change = Change::Renamed;
        }
        edits.push(edit);
    }
    edits
}

/// An item of `codex exec --json`.
fn streamed(item: &Tree<'_>, draft: &mut Draft) {
    let id = item.text("id").unwrap_or_default();
    let text = item.text("text").unwrap_or_default();
    match item.text("type").unwrap_or_default() {
        "agent_message" | "assistant_message" => draft.say(text),
        "reasoning" => draft.think(text),
        "error" => draft.add(Part::Error(item.string("message").unwrap_or_default())),
        "todo_list" => draft.todos(tools::todo_items(item.list("items"))),
        "command_execution" => {
            draft.call(tools::call(id, "command_execution", item.text("command").unwrap_or_default()));
            draft.result(id, item.text("aggregated_output").unwrap_or_default(), item.whole("exit_code"), None);
        }
        "file_change" => {
            let mut call = tools::call(id, "file_change", "");
            for change in item.list("changes") {
                let kind = match change.text("kind") {
                    Some("add") => Change::Added,
                    Some("delete") => Change::Deleted,
                    _ => Change::Modified,
                };
                let path = change.string("path").unwrap_or_default();
                call.paths.push(path.clone());
                call.edits.push(FileEdit { path, change: kind, ..FileEdit::default() });
            }
            draft.call(call);
            draft.result(id, "", None, Some(item.text("status") == Some("failed")));
        }
        kind @ ("mcp_tool_call" | "web_search") => {
            let name = item.text("tool").unwrap_or(kind);
            draft.call(tools::call(id, name, item.text("query").unwrap_or_default()));
            draft.result(id, "", None, Some(item.text("status") == Some("failed")));
        }
        _ => draft.skip(),
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
