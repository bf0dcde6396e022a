//! Agent Host Protocol 1.0: the state of a chat (`ChatState`), alone or in the state of a session.
//!
//! File contents and terminal output are references there, which only a connected host resolves; what stands inline is read.

use super::super::conversation::{Attachment, AttachmentKind, Change, FileEdit, Part, ToolKind, ToolStatus, TurnState};
use super::super::tools;
use super::super::tree::{Shape, Tree};
use super::Reader;
use super::draft::Draft;
use super::source::Source;

pub(super) const READER: Reader = Reader { id: "ahp", knows, read };

const SHAPE: Shape = Shape { levels: 0, skip: &["data", "usage", "_meta", "queuedMessages", "draft"], raw: &[] };

fn knows(source: &Source<'_>) -> bool {
    let Some(document) = &source.document else { return false };
    let turns = |tree: &Tree<'_>| {
        tree.list("turns").iter().chain(std::slice::from_ref(tree.get("activeTurn"))).any(|turn| match turn {
            Tree::Raw(text) => text.contains("\"responseParts\""),
            turn => turn.get("responseParts").is_there(),
        })
    };
    turns(document)
        || document
            .list("chats")
            .iter()
            .any(|chat| matches!(chat, Tree::Raw(text) if text.contains("\"responseParts\"")))
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let Some(document) = Tree::parse(source.text, SHAPE) else { return draft.skip() };
    draft.conversation.title = document.string("title").or_else(|| document.at(&["summary"]).string("title"));
    chat(&document, draft);
    for item in document.list("chats") {
        chat(item, draft);
    }
}

fn chat(chat: &Tree<'_>, draft: &mut Draft) {
    if let Some(folder) = chat.text("workingDirectory") {
        draft.conversation.workspace.folder = Some(local(folder).to_owned());
    }
    for item in chat.list("turns") {
        turn(item, draft);
    }
    if chat.get("activeTurn").is_there() {
        turn(chat.get("activeTurn"), draft);
        draft.end(TurnState::Open);
    }
}

fn local(uri: &str) -> &str {
    uri.strip_prefix("file://").unwrap_or(uri)
}

fn turn(item: &Tree<'_>, draft: &mut Draft) {
    let message = if item.get("message").is_there() { item.get("message") } else { item.get("userMessage") };
    let begun = draft.ask(message.text("text").unwrap_or_default(), item.text("id"), item.text("startedAt"));
    for attachment in message.list("attachments") {
        let uri = attachment.text("uri").or_else(|| attachment.text("label")).unwrap_or_default();
        begun.request.attachments.push(Attachment {
            kind: match attachment.text("displayKind") {
                Some("image") => AttachmentKind::Image,
                Some("selection") => AttachmentKind::Selection,
                _ if attachment.text("type") == Some("simple") => AttachmentKind::Other,
                _ => AttachmentKind::File,
            },
            name: local(uri).to_owned(),
            text: attachment.string("modelRepresentation"),
        });
    }
    if let Some(model) = message.at(&["model"]).string("id") {
        draft.conversation.model = Some(model);
    }
    for part in item.list("responseParts") {
        match part.text("kind").unwrap_or_default() {
            "markdown" => draft.say(part.text("content").unwrap_or_default()),
            "reasoning" => draft.think(part.text("content").unwrap_or_default()),
            "toolCall" => call(part.get("toolCall"), draft),
            "contentRef" => draft.add(Part::Image(part.text("uri").unwrap_or_default().to_owned())),
            "systemNotification" => {}
            _ => draft.skip(),
        }
    }
    draft.fail(item.at(&["error"]).text("message").unwrap_or_default());
    draft.end(match item.text("state") {
        Some("cancelled") => TurnState::Cancelled,
        Some("error") => TurnState::Failed,
        _ => TurnState::Completed,
    });
}

fn call(item: &Tree<'_>, draft: &mut Draft) {
    let (name, input) = (item.text("toolName").unwrap_or_default(), item.text("toolInput").unwrap_or_default());
    let mut call = tools::call(item.text("toolCallId").unwrap_or_default(), name, input);
    let mut edits = Vec::new();
    for content in item.list("content") {
        match content.text("type").unwrap_or_default() {
            "text" => call.output.push_str(content.text("text").unwrap_or_default()),
            "fileEdit" => {
                let (before, after) = (content.get("before").text("uri"), content.get("after").text("uri"));
                let path = local(after.or(before).unwrap_or_default()).to_owned();
                let change = match (before, after) {
                    (None, _) => Change::Added,
                    (_, None) => Change::Deleted,
                    (before, after) if before != after => Change::Renamed,
                    _ => Change::Modified,
                };
                let from = before.filter(|_| change == Change::Renamed).map(|uri| local(uri).to_owned());
                edits.push(FileEdit { path, from, change, diff: String::new() });
            }
            "subagent" => call.kind = ToolKind::Subagent,
            _ => {}
        }
    }
    // What the call's arguments tell has the lines, too.
    if call.edits.is_empty() {
        call.edits = edits;
    }
    if let Some(message) = item.at(&["error"]).text("message") {
        call.output.push_str(message);
    }
    let is_cancelled = item.text("status") == Some("cancelled");
    if call.kind == ToolKind::Execute {
        call.exit_code = tools::exit_code(&call.output);
    }
    let has_failed = item.get("success") == &Tree::Flag(false) || call.exit_code.is_some_and(|code| code != 0);
    call.status = match item.text("status") {
        _ if is_cancelled => ToolStatus::Cancelled,
        Some("completed") if has_failed => ToolStatus::Failed,
        Some("completed") => ToolStatus::Completed,
        _ => ToolStatus::Unknown,
    };
    if is_cancelled || has_failed {
        call.edits.clear();
    }
    let unframed = tools::unframed(&call.output).len();
    if unframed != call.output.len() {
        call.output = tools::unframed(&call.output).to_owned();
    }
    draft.call(call);
    if let Some(todos) = tools::todos(name, input) {
        draft.todos(todos);
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
