//! A session of ours: the `SessionDetail` of the JavaScript contract as JSON. So a session that ran in one cloud is handed over
//! to another.

use super::super::conversation::{Change, FileEdit, ToolStatus, TurnState};
use super::super::tree::{Shape, Tree};
use super::super::{patch, tools};
use super::Reader;
use super::draft::{Act, Draft, Rules};
use super::messages::json;
use super::source::Source;

/// The reader of this format.
pub(super) const READER: Reader = Reader { id: "session", knows, read };

const SHAPE: Shape = Shape { levels: 0, skip: &["usage", "artifacts", "raw"], raw: &["input"] };

fn knows(source: &Source<'_>) -> bool {
    let Some(document) = &source.document else { return false };
    document.has("rawStatus") && document.has("provider") && document.has("turns")
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let Some(session) = Tree::parse(source.text, &SHAPE) else { return draft.skip() };
    let conversation = &mut draft.conversation;
    session.put("title", &mut conversation.title);
    session.put("agent provider", &mut conversation.tool);
    session.put("model", &mut conversation.model);
    session.put("repository", &mut conversation.workspace.repository);
    session.put("headRef", &mut conversation.workspace.branch);
    for turn in session.list("turns") {
        draft.ask(turn.words("request.text"), turn.get("id"), turn.get("startedAt"));
        for part in turn.list("parts") {
            draft.follow(PARTS, part.words("kind"), part);
        }
        draft.end(match turn.text("state") {
            Some("failed") => TurnState::Failed,
            Some("cancelled") => TurnState::Cancelled,
            Some("running") => TurnState::Open,
            _ => TurnState::Completed,
        });
    }
    for question in session.list("questions") {
        draft.ask_person(question.words("text"), question.get("choices"), None);
    }
}

const PARTS: &Rules = &[
    ("text", Act::Say("text")),
    ("reasoning", Act::Think("text")),
    ("tool", Act::Do(tool)),
    (
        "diff",
        Act::Do(|part, draft| {
            let (path, diff) = (part.words("path").to_string(), part.words("diff"));
            draft.edited(FileEdit { path, from: None, change: change(diff), diff: patch::hunks(diff).to_owned() });
        }),
    ),
];

fn tool(part: &Tree<'_>, draft: &mut Draft) {
    // Some tools take a text, and some providers send the object as one.
    let (name, input) = (part.words("name"), json(part.get("input")));
    draft.todos_of(name, &input);
    let mut call = tools::call(part.words("id"), name, &input);
    part.words("output").as_ref().clone_into(&mut call.output);
    call.exit_code = part.whole("exitCode");
    call.status = match part.text("status") {
        Some("completed") => ToolStatus::Completed,
        Some("failed") => ToolStatus::Failed,
        _ => ToolStatus::Unknown,
    };
    draft.call(call);
}

fn change(diff: &str) -> Change {
    let mut headers = diff.lines().take_while(|line| !line.starts_with("@@"));
    headers
        .find_map(|line| match line {
            "--- /dev/null" => Some(Change::Added),
            "+++ /dev/null" => Some(Change::Deleted),
            _ => None,
        })
        .unwrap_or_default()
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
