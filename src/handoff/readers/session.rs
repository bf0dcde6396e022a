//! A session of ours: the `SessionDetail` of the JavaScript contract as JSON. So a session that ran in one cloud is handed over
//! to another.

use super::super::conversation::{Change, FileEdit, Part, ToolCall, ToolStatus, TurnState};
use super::super::tree::{Shape, Tree};
use super::super::{patch, tools};
use super::Reader;
use super::draft::Draft;
use super::source::Source;

/// The reader of this format.
pub(super) const READER: Reader = Reader { id: "session", knows, read };

const SHAPE: Shape = Shape { levels: 0, skip: &["usage", "artifacts", "raw"], raw: &["input"] };

fn knows(source: &Source<'_>) -> bool {
    let Some(document) = &source.document else { return false };
    ["rawStatus", "provider", "turns"].iter().all(|name| document.get(name).is_there())
}

fn read(source: &Source<'_>, draft: &mut Draft) {
    let Some(session) = Tree::parse(source.text, SHAPE) else { return draft.skip() };
    let conversation = &mut draft.conversation;
    conversation.title = session.string("title");
    conversation.tool = session.string("agent").or_else(|| session.string("provider"));
    conversation.model = session.string("model");
    conversation.workspace.repository = session.string("repository");
    conversation.workspace.branch = session.string("headRef");
    for turn in session.list("turns") {
        let request = turn.get("request").text("text").unwrap_or_default();
        draft.ask(request, turn.text("id"), turn.text("startedAt"));
        for part in turn.list("parts") {
            read_part(part, draft);
        }
        draft.end(match turn.text("state") {
            Some("failed") => TurnState::Failed,
            Some("cancelled") => TurnState::Cancelled,
            Some("running") => TurnState::Open,
            _ => TurnState::Completed,
        });
    }
    for question in session.list("questions") {
        let mut text = question.string("text").unwrap_or_default();
        for choice in question.list("choices").iter().filter_map(Tree::as_text) {
            text.push_str("\n- ");
            text.push_str(choice);
        }
        draft.add(Part::Question { text, answer: None });
    }
}

fn read_part(part: &Tree<'_>, draft: &mut Draft) {
    let text = |name: &str| part.text(name).unwrap_or_default();
    match part.text("kind") {
        Some("text") => draft.say(text("text")),
        Some("reasoning") => draft.think(text("text")),
        Some("tool") => {
            let input = match part.get("input") {
                Tree::Raw(input) => input,
                _ => "",
            };
            if let Some(todos) = tools::todos(text("name"), input) {
                draft.todos(todos);
            }
            draft.call(ToolCall {
                output: text("output").to_owned(),
                exit_code: part.whole("exitCode"),
                status: match text("status") {
                    "completed" => ToolStatus::Completed,
                    "failed" => ToolStatus::Failed,
                    _ => ToolStatus::Unknown,
                },
                ..tools::call(text("id"), text("name"), input)
            });
        }
        Some("diff") => {
            let edit = FileEdit {
                path: text("path").to_owned(),
                diff: patch::hunks(text("diff")).to_owned(),
                ..FileEdit::default()
            };
            let edit = FileEdit { change: change(text("diff")), ..edit };
            draft.call(ToolCall {
                name: "edit".to_owned(),
                paths: vec![edit.path.clone()],
                status: ToolStatus::Completed,
                edits: vec![edit],
                ..tools::call("", "edit", "")
            });
        }
        _ => draft.skip(),
    }
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
