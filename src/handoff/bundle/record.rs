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
    /// An item that was there is of no kind that is known.
    fn skip(&mut self) {}
}

/// What lists hold.
trait Record {
    /// One that is still to be read.
    fn empty() -> Self;
    /// Goes through its fields. Says whether it is of a kind that is known.
    fn fields(&mut self, io: &mut dyn Fields) -> bool;
}

/// A list of records, whatever they are, so that the one walk through lists serves all of them.
trait Records {
    fn count(&self) -> usize;
    fn add(&mut self);
    fn drop_last(&mut self);
    fn fields(&mut self, index: usize, io: &mut dyn Fields) -> bool;
}

impl<T: Record> Records for Vec<T> {
    fn count(&self) -> usize {
        self.len()
    }

    fn add(&mut self) {
        self.push(T::empty());
    }

    fn drop_last(&mut self) {
        self.pop();
    }

    fn fields(&mut self, index: usize, io: &mut dyn Fields) -> bool {
        self.get_mut(index).is_some_and(|record| record.fields(io))
    }
}

/// A list of records. Items that nobody knows are left out.
fn list(io: &mut dyn Fields, name: &'static str, items: &mut dyn Records) {
    let count = io.begin_list(name, items.count());
    let mut index = 0;
    for place in 0..count {
        let is_read = index == items.count();
        if is_read {
            items.add();
        }
        let mut known = false;
        io.item(place, &mut |io| known = items.fields(index, io));
        if known {
            index += 1;
        } else if is_read {
            items.drop_last();
            io.skip();
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

/// One of several words, by its place among them; the empty one is what a missing word means, an unknown one changes nothing.
fn word(io: &mut dyn Fields, name: &'static str, words: &'static str, place: usize) -> usize {
    let read = io.word(name, nth(words, place));
    read.and_then(|read| place_of(words, &read)).unwrap_or(place)
}

fn nth(words: &'static str, place: usize) -> &'static str {
    let mut words = words.split(' ');
    for _ in 0..place {
        words.next();
    }
    words.next().unwrap_or_default()
}

fn place_of(words: &str, word: &str) -> Option<usize> {
    words.split(' ').position(|known| known == word)
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

/// The words of the enums, in the order in which these are declared.
const CHANGES: &str = " added deleted renamed";
const STATES: &str = " failed cancelled open";
const ATTACHMENTS: &str = " image selection terminal diagnostic other";
const TOOLS: &str = "read edit search execute fetch subagent ";
const STATUSES: &str = "completed failed cancelled ";
const TODOS: &str = " in-progress completed cancelled";

/// The fields of a conversation.
pub(super) fn conversation(conversation: &mut Conversation, io: &mut dyn Fields) {
    io.text("format", &mut conversation.format);
    io.maybe("title", &mut conversation.title);
    io.maybe("tool", &mut conversation.tool);
    io.maybe("model", &mut conversation.model);
    list(io, "turns", &mut conversation.turns);
    let mut skipped = Some(conversation.skipped).filter(|&skipped| skipped > 0);
    number(io, "skipped", &mut skipped);
    conversation.skipped = skipped.unwrap_or_default();
    io.record("workspace", &mut |io| workspace(&mut conversation.workspace, io));
}

impl Record for Turn {
    fn empty() -> Self {
        Self::default()
    }

    fn fields(&mut self, io: &mut dyn Fields) -> bool {
        io.maybe("id", &mut self.id);
        io.maybe("at", &mut self.at);
        io.record("request", &mut |io| {
            io.text("text", &mut self.request.text);
            list(io, "attachments", &mut self.request.attachments);
            list(io, "scaffolding", &mut self.request.scaffolding);
        });
        list(io, "parts", &mut self.parts);
        let states = [TurnState::Completed, TurnState::Failed, TurnState::Cancelled, TurnState::Open];
        self.state = states[word(io, "state", STATES, self.state as usize)];
        true
    }
}

impl Record for Attachment {
    fn empty() -> Self {
        Self::default()
    }

    fn fields(&mut self, io: &mut dyn Fields) -> bool {
        let kinds = [
            AttachmentKind::File,
            AttachmentKind::Image,
            AttachmentKind::Selection,
            AttachmentKind::Terminal,
            AttachmentKind::Diagnostic,
            AttachmentKind::Other,
        ];
        self.kind = kinds[word(io, "kind", ATTACHMENTS, self.kind as usize)];
        io.text("name", &mut self.name);
        io.maybe("text", &mut self.text);
        true
    }
}

impl Record for Scaffolding {
    fn empty() -> Self {
        Self { kind: String::new(), text: String::new() }
    }

    fn fields(&mut self, io: &mut dyn Fields) -> bool {
        io.text("kind", &mut self.kind);
        io.text("text", &mut self.text);
        true
    }
}

/// The kinds of parts, in the order of [`kind_of`].
const PARTS: &str = "text reasoning plan error compaction image tool todos question";

fn kind_of(part: &Part) -> usize {
    match part {
        Part::Text(_) => 0,
        Part::Reasoning(_) => 1,
        Part::Plan(_) => 2,
        Part::Error(_) => 3,
        Part::Compaction(_) => 4,
        Part::Image(_) => 5,
        Part::Tool(_) => 6,
        Part::Todos(_) => 7,
        Part::Question { .. } => 8,
    }
}

impl Record for Part {
    fn empty() -> Self {
        Self::Text(String::new())
    }

    fn fields(&mut self, io: &mut dyn Fields) -> bool {
        if let Some(kind) = io.word("kind", nth(PARTS, kind_of(self))) {
            *self = match place_of(PARTS, &kind) {
                Some(0) => Self::Text(String::new()),
                Some(1) => Self::Reasoning(String::new()),
                Some(2) => Self::Plan(String::new()),
                Some(3) => Self::Error(String::new()),
                Some(4) => Self::Compaction(String::new()),
                Some(5) => Self::Image(String::new()),
                Some(6) => Self::Tool(Box::default()),
                Some(7) => Self::Todos(Vec::new()),
                Some(8) => Self::Question { text: String::new(), answer: None },
                // A kind of a later version: the part costs itself.
                _ => return false,
            };
        }
        match self {
            Self::Text(text)
            | Self::Reasoning(text)
            | Self::Plan(text)
            | Self::Error(text)
            | Self::Compaction(text)
            | Self::Image(text) => io.text("text", text),
            Self::Question { text, answer } => {
                io.text("text", text);
                io.maybe("answer", answer);
            }
            Self::Todos(todos) => list(io, "todos", todos),
            Self::Tool(call) => tool_call(call, io),
        }
        true
    }
}

impl Record for Todo {
    fn empty() -> Self {
        Self { text: String::new(), status: TodoStatus::Pending }
    }

    fn fields(&mut self, io: &mut dyn Fields) -> bool {
        io.text("text", &mut self.text);
        let statuses = [TodoStatus::Pending, TodoStatus::InProgress, TodoStatus::Completed, TodoStatus::Cancelled];
        self.status = statuses[word(io, "status", TODOS, self.status as usize)];
        true
    }
}

fn tool_call(call: &mut ToolCall, io: &mut dyn Fields) {
    io.text("id", &mut call.id);
    io.text("name", &mut call.name);
    let kinds = [
        ToolKind::Read,
        ToolKind::Edit,
        ToolKind::Search,
        ToolKind::Execute,
        ToolKind::Fetch,
        ToolKind::Subagent,
        ToolKind::Other,
    ];
    call.kind = kinds[word(io, "does", TOOLS, call.kind as usize)];
    io.text("input", &mut call.input);
    io.maybe("command", &mut call.command);
    texts(io, "paths", &mut call.paths);
    io.text("output", &mut call.output);
    number(io, "exitCode", &mut call.exit_code);
    let statuses = [ToolStatus::Completed, ToolStatus::Failed, ToolStatus::Cancelled, ToolStatus::Unknown];
    call.status = statuses[word(io, "status", STATUSES, call.status as usize)];
    list(io, "edits", &mut call.edits);
    list(io, "subagent", &mut call.subagent);
}

impl Record for FileEdit {
    fn empty() -> Self {
        Self::default()
    }

    fn fields(&mut self, io: &mut dyn Fields) -> bool {
        io.text("path", &mut self.path);
        io.maybe("from", &mut self.from);
        let changes = [Change::Modified, Change::Added, Change::Deleted, Change::Renamed];
        self.change = changes[word(io, "change", CHANGES, self.change as usize)];
        io.diff("diff", &mut self.diff);
        true
    }
}

/// The fields of a workspace.
pub(super) fn workspace(workspace: &mut Workspace, io: &mut dyn Fields) {
    io.maybe("repository", &mut workspace.repository);
    io.maybe("folder", &mut workspace.folder);
    io.maybe("branch", &mut workspace.branch);
    io.maybe("baseCommit", &mut workspace.base_commit);
    io.maybe("headCommit", &mut workspace.head_commit);
    io.maybe("pullRequest", &mut workspace.pull_request);
    list(io, "changes", &mut workspace.changes);
    list(io, "failingTests", &mut workspace.failing_tests);
    list(io, "diagnostics", &mut workspace.diagnostics);
    list(io, "selections", &mut workspace.selections);
    list(io, "terminals", &mut workspace.terminals);
    texts(io, "openFiles", &mut workspace.open_files);
    texts(io, "customAgents", &mut workspace.custom_agents);
}

impl Record for FailingTest {
    fn empty() -> Self {
        Self::default()
    }

    fn fields(&mut self, io: &mut dyn Fields) -> bool {
        io.text("name", &mut self.name);
        io.maybe("path", &mut self.path);
        io.text("output", &mut self.output);
        true
    }
}

impl Record for Diagnostic {
    fn empty() -> Self {
        Self::default()
    }

    fn fields(&mut self, io: &mut dyn Fields) -> bool {
        io.text("path", &mut self.path);
        number(io, "line", &mut self.line);
        io.text("severity", &mut self.severity);
        io.text("message", &mut self.message);
        true
    }
}

impl Record for Selection {
    fn empty() -> Self {
        Self::default()
    }

    fn fields(&mut self, io: &mut dyn Fields) -> bool {
        io.text("path", &mut self.path);
        number(io, "line", &mut self.line);
        io.text("text", &mut self.text);
        true
    }
}

impl Record for Terminal {
    fn empty() -> Self {
        Self::default()
    }

    fn fields(&mut self, io: &mut dyn Fields) -> bool {
        io.text("name", &mut self.name);
        io.text("text", &mut self.text);
        true
    }
}
