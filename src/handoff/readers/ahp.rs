//! Agent Host Protocol 1.0: the state of a chat (`ChatState`), alone or in the state of a session.
//!
//! File contents and terminal output are references there, which only a connected host resolves; what stands inline is read.

use super::super::conversation::{AttachmentKind, Change, FileEdit, Part, ToolKind, ToolStatus, TurnState};
use super::super::tools;
use super::super::tree::{NULL, Shape, Tree};
use super::Reader;
use super::draft::{Act, Draft, Rules, local};
use super::messages::add_line;
use super::source::Source;
use crate::find::holds;

pub(super) const READER: Reader = Reader { id: "ahp", knows, read };

const SHAPE: Shape = Shape { levels: 0, skip: &["data", "usage", "_meta", "draft"], raw: &[] };

fn knows(source: &Source<'_>) -> bool {
    let Some(document) = &source.document else { return false };
    let is_turn = |turn: &Tree<'_>| holds(turn.as_raw(), "\"responseParts\"") || turn.has("responseParts");
    document.list("turns").iter().any(is_turn)
        || is_turn(document.get("activeTurn"))
        || document.list("chats").iter().any(|chat| holds(chat.as_raw(), "\"responseParts\""))
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let Some(document) = Tree::parse(source.text, &SHAPE) else { return draft.skip() };
    document.put("title summary.title", &mut draft.conversation.title);
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
    if chat.has("activeTurn") {
        turn(chat.get("activeTurn"), draft);
        draft.end(TurnState::Open);
    }
    let steering = chat.at("steeringMessage.message");
    if !aside(steering, draft) {
        draft.said_at_work(steering.words("text"));
    }
    for request in chat.list("inputRequests") {
        input(request, None, draft);
    }
    // Those begin turns as soon as the active one is over.
    for queued in chat.list("queuedMessages") {
        let message = queued.get("message");
        if !aside(message, draft) {
            ask(message, &NULL, &NULL, draft);
            draft.end(TurnState::Open);
        }
    }
}

/// Who said a message: the agent, a tool or the host; empty for the person.
fn other<'t>(message: &'t Tree<'_>) -> &'t str {
    message.text("origin.kind").filter(|kind| *kind != "user").unwrap_or_default()
}

/// Puts what the person did not say beside what the person did. Says whether it was such a message.
fn aside(message: &Tree<'_>, draft: &mut Draft) -> bool {
    let other = other(message);
    if !other.is_empty() {
        draft.inject(other, message.words("text"));
    }
    !other.is_empty()
}

fn ask(message: &Tree<'_>, id: &Tree<'_>, at: &Tree<'_>, draft: &mut Draft) {
    let begun = draft.ask(message.words("text"), id, at);
    for attachment in message.list("attachments") {
        let kind = match attachment.text("displayKind") {
            Some("image") => AttachmentKind::Image,
            Some("selection") => AttachmentKind::Selection,
            _ if attachment.says("type", "simple") => AttachmentKind::Other,
            _ => AttachmentKind::File,
        };
        let name = local(attachment.words("uri label"));
        begun.request.attach(kind, name, attachment.text("modelRepresentation"));
    }
    message.put("model.id", &mut draft.conversation.model);
}

fn turn(item: &Tree<'_>, draft: &mut Draft) {
    let message = if item.has("message") { item.get("message") } else { item.get("userMessage") };
    let (id, at) = (item.get("id"), item.get("startedAt"));
    if other(message).is_empty() {
        ask(message, id, at, draft);
    } else {
        draft.begin(id, at);
        aside(message, draft);
    }
    for part in item.list("responseParts") {
        draft.follow(PARTS, part.words("kind"), part);
    }
    draft.fail(item.words("error.message"));
    draft.end(match item.text("state") {
        Some("cancelled") => TurnState::Cancelled,
        Some("error") => TurnState::Failed,
        _ => TurnState::Completed,
    });
}

const PARTS: &Rules = &[
    ("markdown", Act::Say("content")),
    ("reasoning", Act::Think("content")),
    ("toolCall", Act::Do(|part, draft| call(part.get("toolCall"), draft))),
    ("contentRef", Act::Do(|part, draft| draft.add(Part::Image(part.words("uri").to_string())))),
    (
        "systemNotification",
        Act::Do(|part, draft| draft.inject("systemNotification", part.words("content content.markdown"))),
    ),
    ("inputRequest", Act::Do(|part, draft| input(part.get("request"), part.text("response"), draft))),
];

/// Questions to the person. `response` says whether they were answered, declined or cancelled, where that is over.
fn input(request: &Tree<'_>, response: Option<&str>, draft: &mut Draft) {
    let mut questions = request.list("questions").as_slice();
    match questions {
        // To open an address, say.
        [] => questions = std::slice::from_ref(request),
        _ => draft.say(request.words("message")),
    }
    draft.ask_all(questions, request.get("answers"), response);
}

fn call(item: &Tree<'_>, draft: &mut Draft) {
    let (name, input) = (item.words("toolName"), item.words("toolInput"));
    let mut call = tools::call(item.words("toolCallId"), name, input);
    let mut output = String::new();
    let mut edits = Vec::new();
    for content in item.list("content") {
        match content.text("type") {
            Some("text") => add_line(&mut output, content.words("text")),
            Some("fileEdit") => edits.push(file_edit(content.text("before.uri"), content.text("after.uri"))),
            Some("subagent") => call.kind = ToolKind::Subagent,
            _ => {}
        }
    }
    // What the call's arguments tell has the lines, too.
    if call.edits.is_empty() {
        call.edits = edits;
    }
    add_line(&mut output, item.words("error.message"));
    if call.kind == ToolKind::Execute {
        call.exit_code = tools::exit_code(&output);
    }
    let has_failed = item.is_not("success") || call.exit_code.is_some_and(|code| code != 0);
    let status = item.words("status");
    let is_cancelled = status == "cancelled";
    if is_cancelled {
        call.status = ToolStatus::Cancelled;
    } else if status == "completed" {
        tools::end(&mut call, has_failed);
    }
    if is_cancelled || has_failed {
        call.edits.clear();
    }
    tools::unframed(&output).clone_into(&mut call.output);
    draft.call(call);
    draft.todos_of(name, input);
}

/// What became of a file, told from where it was before and after.
fn file_edit(before: Option<&str>, after: Option<&str>) -> FileEdit {
    let path = local(after.or(before).unwrap_or_default()).to_owned();
    let change = match (before, after) {
        (None, _) => Change::Added,
        (_, None) => Change::Deleted,
        (before, after) if before != after => Change::Renamed,
        _ => Change::Modified,
    };
    let from = before.filter(|_| change == Change::Renamed).map(|uri| local(uri).to_owned());
    FileEdit { path, from, change, diff: String::new() }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
