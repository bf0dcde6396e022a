//! Agent Client Protocol: a recorded stream of JSON-RPC messages, or of `session/update` parameters alone.
//!
//! The format is that of the protocol's schema, version 1.

use super::super::conversation::{AttachmentKind, Change, FileEdit, Part, ToolCall, ToolKind, ToolStatus, TurnState};
use super::super::tree::{NULL, Shape, Tree};
use super::super::{patch, scaffolding, tools};
use super::Reader;
use super::draft::{Act, Draft, Rules, local};
use super::messages::{add_line, json};
use super::source::Source;
use crate::find::{bare, is_among};

pub(super) const READER: Reader = Reader { id: "acp", knows, read };

const SHAPE: Shape = Shape { levels: 0, skip: &["data", "blob", "_meta"], raw: &["rawInput", "rawOutput"] };

fn knows(source: &Source<'_>) -> bool {
    source.document.iter().chain(&source.peeked).any(|line| {
        line.has("params.sessionUpdate")
            || line.has("params.update")
            || line.has("update") && line.has("sessionId")
            || line.says("jsonrpc", "2.0")
                && (line.words("method").starts_with("session/") || line.has("result.protocolVersion"))
    })
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let mut reading = Reading::default();
    source.each_line(&SHAPE, draft, &mut |line, draft| reading.line(line, draft));
    for turn in &mut draft.conversation.turns {
        // Scaffolding is taken off the words in the end: they come in pieces, and only the whole shows what is what.
        let (said, mut injected) = scaffolding::split(&turn.request.text);
        turn.request.text = said;
        turn.request.scaffolding.append(&mut injected);
    }
}

#[derive(Debug, Default)]
struct Reading {
    /// The person's words come in a request; agents that play a session back send them as chunks.
    asks: bool,
    has_ended: bool,
}

impl Reading {
    fn line(&mut self, line: &Tree<'_>, draft: &mut Draft) {
        let params = line.get("params");
        let name = line.words("result.agentInfo.name");
        if !name.is_empty() {
            draft.conversation.tool = Some([&**name, " ", line.words("result.agentInfo.version")].concat());
        }
        match line.text("method") {
            Some("session/new" | "session/load") => params.put("cwd", &mut draft.conversation.workspace.folder),
            Some("session/prompt") => {
                (self.asks, self.has_ended) = (true, false);
                draft.ask("", &NULL, line.get("timestamp"));
                params.list("prompt").iter().for_each(|block| said(block, draft));
            }
            Some("session/cancel") => draft.end(TurnState::Cancelled),
            _ => {}
        }
        self.has_ended |= line.has("result.stopReason");
        match line.text("result.stopReason") {
            Some("cancelled") => draft.end(TurnState::Cancelled),
            Some("refusal") => draft.end(TurnState::Failed),
            Some(_) => draft.end(TurnState::Completed),
            None => {}
        }
        if let Some(message) = line.text("error.message") {
            draft.fail(message);
            draft.end(TurnState::Failed);
        }
        let update = if params.has("update") { params.get("update") } else { line.get("update") };
        if !update.is_there() {
            return;
        }
        // What the agent says after the end of a turn answers a prompt that was not recorded.
        let kind = update.words("sessionUpdate");
        if self.has_ended && (kind.starts_with("agent_") || kind == "tool_call") {
            self.has_ended = false;
            draft.begin(&NULL, &NULL);
        }
        if kind != "user_message_chunk" {
            draft.follow(UPDATES, kind, update);
        } else if !self.asks {
            let turn = draft.turn();
            if self.has_ended || !turn.parts.is_empty() || turn.state == TurnState::Cancelled {
                self.has_ended = false;
                draft.ask("", &NULL, line.get("timestamp"));
            }
            said(update.get("content"), draft);
        }
    }
}

const UPDATES: &Rules = &[
    (
        "agent_message_chunk",
        Act::Do(|update, draft| match update.text("content.text") {
            Some(text) => draft.more(text, false),
            None => linked(update.get("content"), draft),
        }),
    ),
    ("agent_thought_chunk", Act::Do(|update, draft| draft.think_more(update.words("content.text")))),
    ("tool_call tool_call_update", Act::Do(call)),
    ("plan", Act::Do(|update, draft| draft.todos(tools::todo_items(update.list("entries"))))),
    ("session_info_update", Act::Do(|update, draft| update.put("title", &mut draft.conversation.title))),
    ("available_commands_update current_mode_update config_option_update usage_update", Act::Nothing),
];

/// A block of the person's prompt.
fn said(block: &Tree<'_>, draft: &mut Draft) {
    let request = &mut draft.turn().request;
    let (kind, name) = match &**block.words("type") {
        "text" => return request.text.push_str(block.words("text")),
        "image" => (AttachmentKind::Image, &**block.words("uri mimeType")),
        "resource_link" => (AttachmentKind::File, &**block.words("uri")),
        "resource" => (AttachmentKind::File, &**block.words("resource.uri")),
        kind => (AttachmentKind::Other, kind),
    };
    request.attach(kind, local(name), block.text("resource.text"));
}

/// What is no text in a response.
fn linked(content: &Tree<'_>, draft: &mut Draft) {
    let uri = content.words("uri resource.uri");
    match content.says("type", "image") {
        true => draft.add(Part::Image(if uri.is_empty() { "image".to_owned() } else { uri.to_string() })),
        false => draft.say(uri),
    }
}

/// A call, or what has become of one: fields that an update does not have stay as they are.
fn call(update: &Tree<'_>, draft: &mut Draft) {
    let id = update.words("toolCallId");
    if draft.find(id).is_none() {
        draft.call(tools::call(id, "", ""));
    }
    let Some(call) = draft.find(id) else { return draft.skip() };
    if let Some(title) = update.text("title") {
        title.clone_into(&mut call.name);
    }
    let input = json(update.get("rawInput"));
    if !input.is_empty() {
        let named = tools::call(id, &call.name, &input);
        (call.input, call.command, call.paths) = (named.input, named.command, named.paths);
        if named.kind != ToolKind::Other {
            call.kind = named.kind;
        }
        if call.edits.is_empty() {
            call.edits = named.edits;
        }
    }
    let kind = update.words("kind");
    if let Some((_, kind)) = KINDS.iter().find(|(kinds, _)| is_among(kinds, kind)) {
        call.kind = *kind;
    }
    if call.kind == ToolKind::Execute && call.command.is_none() {
        let line = Tree::read(&call.input);
        // Clients show a command as the title of its call.
        call.command = Some(line.text("command cmd").unwrap_or(bare(&call.name, "`")).to_owned());
    }
    for location in update.list("locations") {
        let path = local(location.words("path"));
        if !path.is_empty() && call.paths.len() < 64 && !call.paths.iter().any(|known| known == path) {
            call.paths.push(path.to_owned());
        }
    }
    contents(update.list("content"), call);
    let raw = json(update.get("rawOutput"));
    if call.output.is_empty() && !raw.is_empty() {
        let tree = Tree::read(&raw);
        tree.text("output stdout formatted_output content").unwrap_or(&raw).clone_into(&mut call.output);
        call.exit_code = tree.whole("exit_code exitCode").or(call.exit_code);
    }
    if call.kind == ToolKind::Execute && call.exit_code.is_none() {
        call.exit_code = tools::exit_code(&call.output);
    }
    match update.text("status") {
        Some("completed") => call.status = ToolStatus::Completed,
        Some("failed") => call.status = ToolStatus::Failed,
        _ => {}
    }
    if matches!(call.status, ToolStatus::Completed | ToolStatus::Failed) {
        let has_failed = call.status == ToolStatus::Failed;
        tools::end(call, has_failed);
    }
    if !input.is_empty() {
        let name = call.name.clone();
        draft.todos_of(&name, &input);
    }
}

const KINDS: &[(&str, ToolKind)] = &[
    ("read", ToolKind::Read),
    ("edit delete move", ToolKind::Edit),
    ("search", ToolKind::Search),
    ("execute", ToolKind::Execute),
    ("fetch", ToolKind::Fetch),
];

/// What a call shows. It replaces what it showed before.
fn contents(items: &[Tree<'_>], call: &mut ToolCall) {
    let mut output = String::new();
    let mut edits = Vec::new();
    for item in items {
        if item.says("type", "diff") {
            let new = item.words("newText");
            let (change, diff) = match item.text("oldText") {
                Some(old) => (Change::Modified, patch::replacement(old, new)),
                None => (Change::Added, patch::addition(new)),
            };
            edits.push(FileEdit { path: local(item.words("path")).to_owned(), from: None, change, diff });
        } else {
            add_line(&mut output, item.words("content.text"));
        }
    }
    if !output.is_empty() {
        call.output = output;
    }
    if !edits.is_empty() {
        call.kind = ToolKind::Edit;
        call.edits = edits;
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
