//! The fields of everything in a bundle, named once for all that goes through them: writing, reading and masking.

use super::super::conversation::{
    Attachment, AttachmentKind, Change, Conversation, FileEdit, Part, Scaffolding, Todo, TodoStatus, ToolCall,
    ToolKind, ToolStatus, Turn, TurnState,
};
use super::super::workspace::{Diagnostic, FailingTest, Selection, Terminal, Workspace};

/// Goes through the fields of a record, in the order in which they are written.
pub(super) trait Fields {
    /// A text; an empty one is as good as none.
    fn text(&mut self, name: &'static str, text: &mut String);
    /// Hunks, whose lines have to stay.
    fn diff(&mut self, name: &'static str, diff: &mut String) {
        self.text(name, diff);
    }
    /// A text that may be missing.
    fn maybe(&mut self, name: &'static str, text: &mut Option<String>);
    /// A number that may be missing.
    fn number(&mut self, name: &'static str, number: &mut Option<i64>);
    /// One of several words; the empty one is not written. Returns what was read.
    fn word(&mut self, name: &'static str, word: &'static str) -> Option<String>;
    /// A record within.
    fn record(&mut self, name: &'static str, fields: &mut dyn FnMut(&mut dyn Fields));
    /// How many items a list has; it is told how many there are in memory.
    fn begin_list(&mut self, name: &'static str, count: usize) -> usize;
    /// An item of the list that was begun last.
    fn item(&mut self, index: usize, fields: &mut dyn FnMut(&mut dyn Fields));
    /// A text that is an item of the list that was begun last.
    fn text_item(&mut self, index: usize, text: &mut String);
    /// Ends the list that was begun last.
    fn end_list(&mut self);
}

/// A list of records. Items that nobody knows are left out: `each` says which.
fn list<T>(
    io: &mut dyn Fields,
    name: &'static str,
    items: &mut Vec<T>,
    empty: fn() -> T,
    each: fn(&mut T, &mut dyn Fields) -> bool,
) {
    let count = io.begin_list(name, items.len());
    let mut index = 0;
    for place in 0..count {
        if index == items.len() {
            items.push(empty());
        }
        let Some(item) = items.get_mut(index) else { break };
        let mut known = false;
        io.item(place, &mut |io| known = each(item, io));
        if known {
            index += 1;
        } else {
            items.remove(index);
        }
    }
    io.end_list();
}

fn texts(io: &mut dyn Fields, name: &'static str, items: &mut Vec<String>) {
    let count = io.begin_list(name, items.len());
    items.resize_with(count, String::new);
    for (index, item) in items.iter_mut().enumerate() {
        io.text_item(index, item);
    }
    io.end_list();
}

/// A word of a table. The first entry is what a missing or unknown word means.
fn word<T: Copy + PartialEq>(io: &mut dyn Fields, name: &'static str, table: &[(T, &'static str)], value: &mut T) {
    let current = table.iter().find(|(known, _)| known == value).map_or("", |(_, word)| word);
    if let Some(read) = io.word(name, current)
        && let Some((known, _)) = table.iter().find(|(_, word)| *word == read)
    {
        *value = *known;
    }
}

/// A number of whatever size it has in memory.
fn number<T: TryFrom<i64> + Copy>(io: &mut dyn Fields, name: &'static str, value: &mut Option<T>)
where
    i64: TryFrom<T>,
{
    let mut wide = value.and_then(|value| i64::try_from(value).ok());
    io.number(name, &mut wide);
    *value = wide.and_then(|wide| T::try_from(wide).ok());
}

const CHANGES: &[(Change, &str)] =
    &[(Change::Modified, ""), (Change::Added, "added"), (Change::Deleted, "deleted"), (Change::Renamed, "renamed")];
const STATES: &[(TurnState, &str)] = &[
    (TurnState::Completed, ""),
    (TurnState::Failed, "failed"),
    (TurnState::Cancelled, "cancelled"),
    (TurnState::Open, "open"),
];
const ATTACHMENTS: &[(AttachmentKind, &str)] = &[
    (AttachmentKind::File, ""),
    (AttachmentKind::Image, "image"),
    (AttachmentKind::Selection, "selection"),
    (AttachmentKind::Terminal, "terminal"),
    (AttachmentKind::Diagnostic, "diagnostic"),
    (AttachmentKind::Other, "other"),
];
const TOOLS: &[(ToolKind, &str)] = &[
    (ToolKind::Other, ""),
    (ToolKind::Read, "read"),
    (ToolKind::Edit, "edit"),
    (ToolKind::Search, "search"),
    (ToolKind::Execute, "execute"),
    (ToolKind::Fetch, "fetch"),
    (ToolKind::Subagent, "subagent"),
];
const STATUSES: &[(ToolStatus, &str)] = &[
    (ToolStatus::Unknown, ""),
    (ToolStatus::Completed, "completed"),
    (ToolStatus::Failed, "failed"),
    (ToolStatus::Cancelled, "cancelled"),
];
const TODOS: &[(TodoStatus, &str)] = &[
    (TodoStatus::Pending, ""),
    (TodoStatus::InProgress, "in-progress"),
    (TodoStatus::Completed, "completed"),
    (TodoStatus::Cancelled, "cancelled"),
];

/// The fields of a conversation.
pub(super) fn conversation(conversation: &mut Conversation, io: &mut dyn Fields) {
    io.text("format", &mut conversation.format);
    io.maybe("title", &mut conversation.title);
    io.maybe("tool", &mut conversation.tool);
    io.maybe("model", &mut conversation.model);
    list(io, "turns", &mut conversation.turns, Turn::default, turn);
    let mut skipped = Some(conversation.skipped).filter(|&skipped| skipped > 0);
    number(io, "skipped", &mut skipped);
    conversation.skipped = skipped.unwrap_or_default();
    io.record("workspace", &mut |io| workspace(&mut conversation.workspace, io));
}

fn turn(turn: &mut Turn, io: &mut dyn Fields) -> bool {
    io.maybe("id", &mut turn.id);
    io.maybe("at", &mut turn.at);
    io.record("request", &mut |io| {
        io.text("text", &mut turn.request.text);
        list(io, "attachments", &mut turn.request.attachments, Attachment::default, attachment);
        let empty = || Scaffolding { kind: String::new(), text: String::new() };
        list(io, "scaffolding", &mut turn.request.scaffolding, empty, scaffolding);
    });
    list(io, "parts", &mut turn.parts, || Part::Text(String::new()), part);
    word(io, "state", STATES, &mut turn.state);
    true
}

fn attachment(attachment: &mut Attachment, io: &mut dyn Fields) -> bool {
    word(io, "kind", ATTACHMENTS, &mut attachment.kind);
    io.text("name", &mut attachment.name);
    io.maybe("text", &mut attachment.text);
    true
}

fn scaffolding(scaffolding: &mut Scaffolding, io: &mut dyn Fields) -> bool {
    io.text("kind", &mut scaffolding.kind);
    io.text("text", &mut scaffolding.text);
    true
}

fn kind_of(part: &Part) -> &'static str {
    match part {
        Part::Text(_) => "text",
        Part::Reasoning(_) => "reasoning",
        Part::Plan(_) => "plan",
        Part::Error(_) => "error",
        Part::Compaction(_) => "compaction",
        Part::Image(_) => "image",
        Part::Tool(_) => "tool",
        Part::Todos(_) => "todos",
        Part::Question { .. } => "question",
    }
}

fn part(part: &mut Part, io: &mut dyn Fields) -> bool {
    if let Some(kind) = io.word("kind", kind_of(part)) {
        *part = match kind.as_str() {
            "tool" => Part::Tool(Box::default()),
            "todos" => Part::Todos(Vec::new()),
            "question" => Part::Question { text: String::new(), answer: None },
            "text" => Part::Text(String::new()),
            "reasoning" => Part::Reasoning(String::new()),
            "plan" => Part::Plan(String::new()),
            "error" => Part::Error(String::new()),
            "compaction" => Part::Compaction(String::new()),
            "image" => Part::Image(String::new()),
            // A kind of a later version: the part costs itself.
            _ => return false,
        };
    }
    match part {
        Part::Text(text)
        | Part::Reasoning(text)
        | Part::Plan(text)
        | Part::Error(text)
        | Part::Compaction(text)
        | Part::Image(text) => io.text("text", text),
        Part::Question { text, answer } => {
            io.text("text", text);
            io.maybe("answer", answer);
        }
        Part::Todos(todos) => {
            let empty = || Todo { text: String::new(), status: TodoStatus::Pending };
            list(io, "todos", todos, empty, todo);
        }
        Part::Tool(call) => tool_call(call, io),
    }
    true
}

fn todo(todo: &mut Todo, io: &mut dyn Fields) -> bool {
    io.text("text", &mut todo.text);
    word(io, "status", TODOS, &mut todo.status);
    true
}

fn tool_call(call: &mut ToolCall, io: &mut dyn Fields) {
    io.text("id", &mut call.id);
    io.text("name", &mut call.name);
    word(io, "does", TOOLS, &mut call.kind);
    io.text("input", &mut call.input);
    io.maybe("command", &mut call.command);
    texts(io, "paths", &mut call.paths);
    io.text("output", &mut call.output);
    number(io, "exitCode", &mut call.exit_code);
    word(io, "status", STATUSES, &mut call.status);
    list(io, "edits", &mut call.edits, FileEdit::default, edit);
    list(io, "subagent", &mut call.subagent, Turn::default, turn);
}

fn edit(edit: &mut FileEdit, io: &mut dyn Fields) -> bool {
    io.text("path", &mut edit.path);
    io.maybe("from", &mut edit.from);
    word(io, "change", CHANGES, &mut edit.change);
    io.diff("diff", &mut edit.diff);
    true
}

/// The fields of a workspace.
pub(super) fn workspace(workspace: &mut Workspace, io: &mut dyn Fields) {
    io.maybe("repository", &mut workspace.repository);
    io.maybe("folder", &mut workspace.folder);
    io.maybe("branch", &mut workspace.branch);
    io.maybe("baseCommit", &mut workspace.base_commit);
    io.maybe("headCommit", &mut workspace.head_commit);
    io.maybe("pullRequest", &mut workspace.pull_request);
    list(io, "changes", &mut workspace.changes, FileEdit::default, edit);
    list(io, "failingTests", &mut workspace.failing_tests, FailingTest::default, failing_test);
    list(io, "diagnostics", &mut workspace.diagnostics, Diagnostic::default, diagnostic);
    list(io, "selections", &mut workspace.selections, Selection::default, selection);
    list(io, "terminals", &mut workspace.terminals, Terminal::default, terminal);
    texts(io, "openFiles", &mut workspace.open_files);
    texts(io, "customAgents", &mut workspace.custom_agents);
}

fn failing_test(test: &mut FailingTest, io: &mut dyn Fields) -> bool {
    io.text("name", &mut test.name);
    io.maybe("path", &mut test.path);
    io.text("output", &mut test.output);
    true
}

fn diagnostic(diagnostic: &mut Diagnostic, io: &mut dyn Fields) -> bool {
    io.text("path", &mut diagnostic.path);
    number(io, "line", &mut diagnostic.line);
    io.text("severity", &mut diagnostic.severity);
    io.text("message", &mut diagnostic.message);
    true
}

fn selection(selection: &mut Selection, io: &mut dyn Fields) -> bool {
    io.text("path", &mut selection.path);
    number(io, "line", &mut selection.line);
    io.text("text", &mut selection.text);
    true
}

fn terminal(terminal: &mut Terminal, io: &mut dyn Fields) -> bool {
    io.text("name", &mut terminal.name);
    io.text("text", &mut terminal.text);
    true
}
