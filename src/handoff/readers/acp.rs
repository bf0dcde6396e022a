//! Agent Client Protocol: a recorded stream of JSON-RPC messages, or of `session/update` parameters alone.
//!
//! The format is that of the protocol's schema, version 1.

use super::super::conversation::{
    Attachment, AttachmentKind, Change, FileEdit, Part, Request, ToolCall, ToolKind, ToolStatus, Turn, TurnState,
};
use super::super::tree::{Shape, Tree};
use super::super::{patch, scaffolding, tools};
use super::Reader;
use super::draft::Draft;
use super::messages::json;
use super::source::Source;

pub(super) const READER: Reader = Reader { id: "acp", knows, read };

const SHAPE: Shape = Shape { levels: 0, skip: &["data", "blob", "_meta"], raw: &["rawInput", "rawOutput"] };

fn knows(source: &Source<'_>) -> bool {
    source.document.iter().chain(&source.peeked).any(|line| {
        let params = line.get("params");
        params.get("sessionUpdate").is_there()
            || params.get("update").is_there()
            || line.get("update").is_there() && line.get("sessionId").is_there()
            || line.text("jsonrpc") == Some("2.0")
                && (line.text("method").is_some_and(|method| method.starts_with("session/"))
                    || line.get("result").get("protocolVersion").is_there())
    })
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    // The person's words come in a request; agents that play a session back send them as chunks.
    let mut asks = false;
    let mut has_ended = false;
    for line in source.lines(SHAPE) {
        let Some(line) = line else {
            draft.skip();
            continue;
        };
        let params = line.get("params");
        let info = line.at(&["result", "agentInfo"]);
        if let Some(name) = info.text("name") {
            draft.conversation.tool = Some([name, " ", info.text("version").unwrap_or_default()].concat());
        }
        match line.text("method") {
            Some("session/new" | "session/load") => {
                if let Some(folder) = params.string("cwd") {
                    draft.conversation.workspace.folder = Some(folder);
                }
            }
            Some("session/prompt") => {
                (asks, has_ended) = (true, false);
                draft.ask("", None, line.text("timestamp"));
                for block in params.list("prompt") {
                    said(block, draft);
                }
            }
            Some("session/cancel") => draft.end(TurnState::Cancelled),
            _ => {}
        }
        has_ended |= line.get("result").get("stopReason").is_there();
        match line.at(&["result"]).text("stopReason") {
            Some("cancelled") => draft.end(TurnState::Cancelled),
            Some("refusal") => draft.end(TurnState::Failed),
            Some(_) => draft.end(TurnState::Completed),
            None => {}
        }
        if let Some(message) = line.at(&["error"]).text("message") {
            draft.fail(message);
            draft.end(TurnState::Failed);
        }
        let update = if params.get("update").is_there() { params.get("update") } else { line.get("update") };
        if update.is_there() {
            // What the agent says after the end of a turn answers a prompt that was not recorded.
            let kind = update.text("sessionUpdate").unwrap_or_default();
            if has_ended && (kind.starts_with("agent_") || kind == "tool_call") {
                has_ended = false;
                draft.begin(Turn::default());
            }
            if kind == "user_message_chunk" && !asks {
                let turn = draft.turn();
                if has_ended || !turn.parts.is_empty() || turn.state == TurnState::Cancelled {
                    has_ended = false;
                    draft.ask("", None, line.text("timestamp"));
                }
                said(update.get("content"), draft);
            } else {
                told(update, draft);
            }
        }
    }
    for turn in &mut draft.conversation.turns {
        tidy(&mut turn.request);
    }
}

fn told(update: &Tree<'_>, draft: &mut Draft) {
    let content = update.get("content");
    match update.text("sessionUpdate").unwrap_or_default() {
        "agent_message_chunk" => match content.text("text") {
            Some(text) => draft.more(text, false),
            None => linked(content, draft),
        },
        "agent_thought_chunk" => draft.think_more(content.text("text").unwrap_or_default()),
        "tool_call" | "tool_call_update" => call(update, draft),
        "plan" => draft.todos(tools::todo_items(update.list("entries"))),
        "session_info_update" => {
            draft.conversation.title = update.string("title").or(draft.conversation.title.take());
        }
        // The echo of a prompt that was told already.
        "user_message_chunk" => {}
        "available_commands_update" | "current_mode_update" | "config_option_update" | "usage_update" => {}
        _ => draft.skip(),
    }
}

/// A block of the person's prompt.
fn said(block: &Tree<'_>, draft: &mut Draft) {
    let request = &mut draft.turn().request;
    let resource = block.get("resource");
    let (kind, name) = match block.text("type").unwrap_or_default() {
        "text" => return request.text.push_str(block.text("text").unwrap_or_default()),
        "image" => (AttachmentKind::Image, block.text("uri").or_else(|| block.text("mimeType"))),
        "resource_link" => (AttachmentKind::File, block.text("uri")),
        "resource" => (AttachmentKind::File, resource.text("uri")),
        kind => (AttachmentKind::Other, Some(kind)),
    };
    request.attachments.push(Attachment {
        kind,
        name: local(name.unwrap_or_default()).to_owned(),
        text: resource.string("text"),
    });
}

/// Takes scaffolding off the words. They come in pieces: only the whole shows what is what.
fn tidy(request: &mut Request) {
    let (said, mut injected) = scaffolding::split(&request.text);
    request.text = said;
    request.scaffolding.append(&mut injected);
}

/// What is no text in a response.
fn linked(content: &Tree<'_>, draft: &mut Draft) {
    let uri = content.text("uri").or_else(|| content.get("resource").text("uri")).unwrap_or_default();
    match content.text("type") {
        Some("image") => draft.add(Part::Image(if uri.is_empty() { "image".to_owned() } else { uri.to_owned() })),
        _ => draft.say(uri),
    }
}

fn local(uri: &str) -> &str {
    uri.strip_prefix("file://").unwrap_or(uri)
}

/// A call, or what has become of one: fields that an update does not have stay as they are.
fn call(update: &Tree<'_>, draft: &mut Draft) {
    let id = update.text("toolCallId").unwrap_or_default();
    if draft.find(id).is_none() {
        draft.call(ToolCall { id: id.to_owned(), ..ToolCall::default() });
    }
    let mut todos = None;
    let Some(call) = draft.find(id) else { return draft.skip() };
    if let Some(title) = update.text("title") {
        title.clone_into(&mut call.name);
    }
    let input = json(update.get("rawInput"));
    if !input.is_empty() {
        let named = tools::call(id, &call.name, &input);
        todos = tools::todos(&call.name, &input);
        let kind = if named.kind == ToolKind::Other { call.kind } else { named.kind };
        (call.input, call.command, call.paths, call.kind) = (named.input, named.command, named.paths, kind);
        if call.edits.is_empty() {
            call.edits = named.edits;
        }
    }
    if let Some(kind) = update.text("kind") {
        call.kind = match kind {
            "read" => ToolKind::Read,
            "edit" | "delete" | "move" => ToolKind::Edit,
            "search" => ToolKind::Search,
            "execute" => ToolKind::Execute,
            "fetch" => ToolKind::Fetch,
            _ => call.kind,
        };
    }
    if call.kind == ToolKind::Execute && call.command.is_none() {
        let line = Tree::parse(&call.input, Shape::default());
        let line = line.as_ref().and_then(|line| line.text("command").or_else(|| line.text("cmd")));
        // Clients show a command as the title of its call.
        call.command = Some(line.unwrap_or(call.name.trim_matches('`')).to_owned());
    }
    for location in update.list("locations") {
        let path = local(location.text("path").unwrap_or_default());
        if !path.is_empty() && call.paths.len() < 64 && !call.paths.iter().any(|known| known == path) {
            call.paths.push(path.to_owned());
        }
    }
    if update.get("content").is_there() {
        contents(update.list("content"), call);
    }
    let raw = json(update.get("rawOutput"));
    if call.output.is_empty() && !raw.is_empty() {
        let tree = Tree::parse(&raw, Shape::default()).unwrap_or(Tree::Null);
        let text = ["output", "stdout", "formatted_output", "content"].iter().find_map(|name| tree.text(name));
        text.unwrap_or(&raw).clone_into(&mut call.output);
        let code = tree.whole("exit_code").or_else(|| tree.whole("exitCode"));
        call.exit_code = code.or(call.exit_code);
    }
    if call.kind == ToolKind::Execute && call.exit_code.is_none() {
        call.exit_code = tools::exit_code(&call.output);
    }
    match update.text("status") {
        Some("completed") => call.status = ToolStatus::Completed,
        Some("failed") => call.status = ToolStatus::Failed,
        _ => {}
    }
    if call.status == ToolStatus::Completed && call.exit_code.is_some_and(|code| code != 0) {
        call.status = ToolStatus::Failed;
    }
    if call.status == ToolStatus::Failed && call.kind == ToolKind::Edit {
        call.edits.clear();
    }
    if let Some(todos) = todos {
        draft.todos(todos);
    }
}

/// What a call shows. It replaces what it showed before.
fn contents(items: &[Tree<'_>], call: &mut ToolCall) {
    let mut output = String::new();
    let mut edits = Vec::new();
    for item in items {
        match item.text("type") {
            Some("diff") => {
                let (old, new) = (item.text("oldText"), item.text("newText").unwrap_or_default());
                edits.push(FileEdit {
                    path: local(item.text("path").unwrap_or_default()).to_owned(),
                    from: None,
                    change: if old.is_some() { Change::Modified } else { Change::Added },
                    diff: match old {
                        Some(old) => patch::replacement(old, new),
                        None => patch::addition(new),
                    },
                });
            }
            _ => {
                let words = item.at(&["content"]).text("text").unwrap_or_default();
                if !output.is_empty() && !words.is_empty() {
                    output.push('\n');
                }
                output.push_str(words);
            }
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
