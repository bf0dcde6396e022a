//! OpenCode: what `opencode export` prints, one JSON document of the session with its messages and their parts.

use super::super::conversation::{AttachmentKind, Change, Part, Request, ToolCall, ToolKind, TurnState};
use super::super::patch;
use super::super::tree::{Shape, Tree};
use super::Reader;
use super::draft::{Act, Draft, Rules, local};
use super::messages::add_line;
use super::moment;
use super::source::Source;
use crate::find;

/// The reader of this format.
pub(super) const READER: Reader = Reader { id: "opencode", knows, read };

const SHAPE: Shape = Shape {
    levels: 0,
    skip: &["tokens", "cost", "before", "after", "snapshot", "diagnostics", "preview", "system", "diffs"],
    raw: &["input"],
};
/// How errors begin when the person refused a call.
const REFUSED: &str = "The user rejected permission|The user dismissed|The user has specified a rule";

fn knows(source: &Source<'_>) -> bool {
    let Some(document) = &source.document else { return false };
    document.words("info.id").starts_with("ses_") && document.has("messages")
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let Some(document) = Tree::parse(source.text, &SHAPE) else { return draft.skip() };
    let session = document.get("info");
    let conversation = &mut draft.conversation;
    session.put("title", &mut conversation.title);
    conversation.tool = Some(["OpenCode ", session.words("version")].concat().trim().to_owned());
    session.put("directory", &mut conversation.workspace.folder);
    let undone = session.text("revert.messageID");
    for message in document.list("messages") {
        let info = message.get("info");
        // What was reverted stays in the export until the next request.
        if undone.is_some() && info.text("id") == undone {
            break;
        }
        match info.text("role") {
            Some("user") => request(info, message.list("parts"), draft),
            Some("assistant") => response(info, message.list("parts"), draft),
            _ => draft.skip(),
        }
    }
}

fn request(info: &Tree<'_>, parts: &[Tree<'_>], draft: &mut Draft) {
    let (mut said, mut request) = (String::new(), Request::default());
    let mut is_begun = false;
    for part in parts {
        let text = part.words("text");
        match part.text("type") {
            Some("text") if part.is("ignored") => {}
            Some("text") if part.is("synthetic") => request.inject("synthetic", text),
            Some("text") => add_line(&mut said, text),
            // The person called a command; its author wrote the prompt.
            Some("subtask") => {
                if let Some(command) = part.text("command") {
                    add_line(&mut said, &["/", command].concat());
                }
                is_begun = true;
                request.inject("subtask", part.words("prompt"));
            }
            Some("file") => attach(part, &mut request),
            Some("compaction") => return draft.sum(""),
            Some("agent") => {}
            _ => draft.skip(),
        }
    }
    let turn = match is_begun || !said.is_empty() || !request.attachments.is_empty() {
        true => draft.ask(&said, info.get("id"), &moment::tree(info.at("time.created"))),
        false => draft.turn(),
    };
    turn.request.scaffolding.append(&mut request.scaffolding);
    turn.request.attachments.append(&mut request.attachments);
}

fn attach(part: &Tree<'_>, request: &mut Request) {
    let mime = part.words("mime");
    let kind = if mime.starts_with("image/") { AttachmentKind::Image } else { AttachmentKind::File };
    request.attach(kind, name(part), part.text("source.text.value"));
}

/// A file's path, its name, where it is, or else what it is.
fn name<'t>(part: &'t Tree<'_>) -> &'t str {
    let address = part.text("url").filter(|url| !url.starts_with("data:"));
    part.text("source.path filename").or(address.map(local)).unwrap_or(part.words("mime"))
}

const PARTS: &Rules = &[
    ("text", Act::Say("text")),
    ("reasoning", Act::Think("text")),
    ("tool", Act::Do(call)),
    ("file", Act::Do(|part, draft| draft.add(Part::Image(name(part).to_owned())))),
    ("retry", Act::Do(|part, draft| draft.fail(part.words("error.data.message error.message error.name")))),
    ("step-start step-finish snapshot patch agent compaction subtask", Act::Nothing),
];

fn response(info: &Tree<'_>, parts: &[Tree<'_>], draft: &mut Draft) {
    info.put("modelID", &mut draft.conversation.model);
    let mut summary = String::new();
    for part in parts {
        match info.is("summary") && part.says("type", "text") {
            true => add_line(&mut summary, part.words("text")),
            false => drop(draft.follow(PARTS, part.words("type"), part)),
        }
    }
    if !summary.is_empty() {
        draft.sum_in_words(&summary);
    }
    match info.text("error.name") {
        None => {}
        Some("MessageAbortedError") => draft.end(TurnState::Cancelled),
        Some(name) => draft.end_failed(info.text("error.data.message").unwrap_or(name)),
    }
}

fn call(part: &Tree<'_>, draft: &mut Draft) {
    let (id, name) = (part.words("callID"), part.words("tool"));
    let (state, metadata) = (part.get("state"), part.at("state.metadata"));
    let input = match state.get("input").as_raw() {
        "" => "{}",
        input => input,
    };
    draft.called(id, name, input);
    if name == "question" {
        questions(input, metadata.list("answers"), draft);
    }
    let (output, failed) = match state.text("status") {
        Some("completed") => (state.words("output"), false),
        Some("error") => (state.words("error"), true),
        // It was pending or running when the session was exported.
        _ => return,
    };
    draft.result(id, output, metadata.whole("exit"), failed);
    if failed && find::any(REFUSED, &|words| output.starts_with(words)) {
        draft.refused(id);
    }
    if let Some(call) = draft.find(id)
        && call.kind == ToolKind::Edit
        && !failed
    {
        edited(call, metadata);
    }
}

/// The edit as it was made, with line numbers; a file that was there before is not new.
fn edited(call: &mut ToolCall, metadata: &Tree<'_>) {
    let [edit] = &mut *call.edits else { return };
    if metadata.is("exists") {
        edit.change = Change::Modified;
    }
    patch::place(metadata.words("diff"), edit);
}

fn questions(input: &str, answers: &[Tree<'_>], draft: &mut Draft) {
    let Some(input) = Tree::parse(input, Shape::ALL) else { return };
    for (at, question) in input.list("questions").iter().enumerate() {
        let answer = answers.get(at).map(|chosen| {
            let mut said = chosen.as_words().to_string();
            for label in chosen.items().iter().filter_map(Tree::as_text) {
                add_line(&mut said, label);
            }
            said
        });
        draft.ask_person(question.words("question"), question.get("options"), answer);
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
