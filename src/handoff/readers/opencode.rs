//! OpenCode: what `opencode export` prints, one JSON document of the session with its messages and their parts.

use super::super::conversation::{
    Attachment, AttachmentKind, Change, Part, Scaffolding, ToolCall, ToolKind, ToolStatus, TurnState,
};
use super::super::tree::{Shape, Tree};
use super::super::{patch, tools};
use super::Reader;
use super::draft::Draft;
use super::moment;
use super::source::Source;

/// The reader of this format.
pub(super) const READER: Reader = Reader { id: "opencode", knows, read };

const SHAPE: Shape = Shape {
    levels: 0,
    skip: &["tokens", "cost", "before", "after", "snapshot", "diagnostics", "preview", "system", "diffs"],
    raw: &["input"],
};
/// How errors begin when the person refused a call.
const REFUSED: &[&str] = &["The user rejected permission", "The user dismissed", "The user has specified a rule"];

fn knows(source: &Source<'_>) -> bool {
    let Some(document) = &source.document else { return false };
    document.at(&["info", "id"]).as_text().is_some_and(|id| id.starts_with("ses_"))
        && document.get("messages").is_there()
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let Some(document) = Tree::parse(source.text, SHAPE) else { return draft.skip() };
    let session = document.get("info");
    let conversation = &mut draft.conversation;
    conversation.title = session.string("title");
    conversation.tool = Some(["OpenCode ", session.text("version").unwrap_or_default()].concat().trim().to_owned());
    conversation.workspace.folder = session.string("directory");
    let undone = session.at(&["revert", "messageID"]).as_text();
    for message in document.list("messages") {
        let info = message.get("info");
        // What was reverted stays in the export until the next request.
        if undone.is_some() && info.text("id") == undone {
            break;
        }
        let parts = message.list("parts");
        match info.text("role") {
            Some("user") => request(info, parts, draft),
            Some("assistant") => response(info, parts, draft),
            _ => draft.skip(),
        }
    }
}

fn request(info: &Tree<'_>, parts: &[Tree<'_>], draft: &mut Draft) {
    let (mut said, mut injected, mut attachments) = (String::new(), Vec::new(), Vec::new());
    for part in parts {
        match part.text("type") {
            Some("text") if part.is("ignored") => {}
            Some("text") if part.is("synthetic") => {
                injected
                    .push(Scaffolding { kind: "synthetic".to_owned(), text: part.string("text").unwrap_or_default() });
            }
            Some("text") => join(&mut said, part.text("text").unwrap_or_default()),
            Some("subtask") => join(&mut said, part.text("prompt").unwrap_or_default()),
            Some("file") => attachments.push(attachment(part)),
            Some("compaction") => return draft.add(Part::Compaction(String::new())),
            Some("agent") => {}
            _ => draft.skip(),
        }
    }
    let at = info.get("time").number("created").and_then(moment::iso);
    let turn = match said.is_empty() && attachments.is_empty() {
        true => draft.turn(),
        false => draft.ask(&said, info.text("id"), at.as_deref()),
    };
    turn.request.scaffolding.append(&mut injected);
    turn.request.attachments.append(&mut attachments);
}

fn join(all: &mut String, text: &str) {
    if !all.is_empty() {
        all.push('\n');
    }
    all.push_str(text);
}

fn attachment(part: &Tree<'_>) -> Attachment {
    let mime = part.text("mime").unwrap_or_default();
    let kind = if mime.starts_with("image/") { AttachmentKind::Image } else { AttachmentKind::File };
    let path = part.at(&["source", "path"]).as_text();
    let address =
        part.text("url").filter(|url| !url.starts_with("data:")).map(|url| url.strip_prefix("file://").unwrap_or(url));
    let name = path.or(part.text("filename")).or(address).unwrap_or(mime).to_owned();
    let text = part.at(&["source", "text"]).string("value");
    Attachment { kind, name, text }
}

fn response(info: &Tree<'_>, parts: &[Tree<'_>], draft: &mut Draft) {
    draft.conversation.model = info.string("modelID").or(draft.conversation.model.take());
    let is_summary = info.is("summary");
    let mut summary = String::new();
    for part in parts {
        let text = part.text("text").unwrap_or_default();
        match part.text("type") {
            Some("text") if is_summary => join(&mut summary, text),
            Some("text") => draft.say(text),
            Some("reasoning") => draft.think(text),
            Some("tool") => call(part, draft),
            Some("file") => {
                let name = attachment(part).name;
                draft.add(Part::Image(name));
            }
            Some(
                "step-start" | "step-finish" | "snapshot" | "patch" | "agent" | "retry" | "compaction" | "subtask",
            ) => {}
            _ => draft.skip(),
        }
    }
    if !summary.is_empty() {
        match draft.turn().parts.last_mut() {
            Some(Part::Compaction(text)) if text.is_empty() => *text = summary,
            _ => draft.add(Part::Compaction(summary)),
        }
    }
    let error = info.get("error");
    match error.text("name") {
        None => {}
        Some("MessageAbortedError") => draft.end(TurnState::Cancelled),
        Some(name) => {
            draft.add(Part::Error(error.get("data").text("message").unwrap_or(name).to_owned()));
            draft.end(TurnState::Failed);
        }
    }
}

fn call(part: &Tree<'_>, draft: &mut Draft) {
    let (id, name) = (part.text("callID").unwrap_or_default(), part.text("tool").unwrap_or_default());
    let state = part.get("state");
    let input = if let Tree::Raw(input) = state.get("input") { input } else { "{}" };
    draft.call(tools::call(id, name, input));
    if let Some(todos) = tools::todos(name, input) {
        draft.todos(todos);
    }
    if name == "question" {
        questions(input, state, draft);
    }
    let metadata = state.get("metadata");
    let (output, failed) = match state.text("status") {
        Some("completed") => (state.text("output").unwrap_or_default(), false),
        Some("error") => (state.text("error").unwrap_or_default(), true),
        // It was pending or running when the session was exported.
        _ => return,
    };
    draft.result(id, output, metadata.whole("exit"), Some(failed));
    let Some(call) = draft.find(id) else { return };
    if REFUSED.iter().any(|words| failed && output.starts_with(words)) {
        call.status = ToolStatus::Cancelled;
    }
    if call.kind == ToolKind::Edit && !failed {
        edited(call, metadata);
    }
}

/// The edit as it was made, with line numbers; a file that was there before is not new.
fn edited(call: &mut ToolCall, metadata: &Tree<'_>) {
    let [edit] = &mut *call.edits else { return };
    if metadata.is("exists") {
        edit.change = Change::Modified;
    }
    if let Some(diff) = metadata.text("diff")
        && let Ok(shown) = patch::unified(diff)
        && let [shown] = &*shown
        && !shown.diff.is_empty()
    {
        edit.diff.clone_from(&shown.diff);
    }
}

fn questions(input: &str, state: &Tree<'_>, draft: &mut Draft) {
    let Some(input) = Tree::parse(input, Shape::default()) else { return };
    let answers = state.get("metadata").list("answers");
    for (at, question) in input.list("questions").iter().enumerate() {
        let mut text = question.string("question").unwrap_or_default();
        for option in question.list("options") {
            text.push_str("\n- ");
            text.push_str(option.text("label").unwrap_or_default());
        }
        let answer = answers.get(at).map(|chosen| {
            let mut said = chosen.as_text().unwrap_or_default().to_owned();
            for label in chosen.items().iter().filter_map(Tree::as_text) {
                join(&mut said, label);
            }
            said
        });
        draft.add(Part::Question { text, answer });
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
